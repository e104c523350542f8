package io.mesh.policy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One policy around another. */
record Composition(Policy outer, Policy inner) implements Policy {

    @Override
    public <T extends @Nullable Object, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work)
            throws E {
        return outer.<T, E>call(() -> inner.<T, E>call(work));
    }

    @Override
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        return outer.<T>callAsync(() -> inner.<T>callAsync(work));
    }
}
