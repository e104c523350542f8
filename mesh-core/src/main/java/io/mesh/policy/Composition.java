package io.mesh.policy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One policy around another. The work as the outer one sees it is a new lambda for each call, which costs no
 * allocation where the compiler can see through both policies.
 */
record Composition(Policy outer, Policy inner) implements Policy {

    @Override
    public <T extends @Nullable Object, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work)
            throws E {
        return outer.<T, E>call(() -> inner.<T, E>call(work));
    }

    /** Joins the two once, so that the calls of what it returns allocate nothing; {@link #call} joins them anew. */
    @Override
    public <T extends @Nullable Object, E extends Throwable> CheckedSupplier<T, E> decorate(
            CheckedSupplier<? extends T, ? extends E> work) {
        return outer.<T, E>decorate(inner.<T, E>decorate(work));
    }

    @Override
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        return outer.<T>callAsync(() -> inner.<T>callAsync(work));
    }
}
