package io.mesh.retry;

import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.Policy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A retry policy around another. It hands that one the work already limited by {@code attemptTimeout}. */
record RetryAround(RetryPolicy retry, Policy inner) implements Policy {

    @Override
    public <T extends @Nullable Object, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work)
            throws E {
        return retry.<T, E>callAround(inner, work);
    }

    /** Joins inner policy and work once, so that the calls of what it returns allocate nothing. */
    @Override
    public <T extends @Nullable Object, E extends Throwable> CheckedSupplier<T, E> decorate(
            CheckedSupplier<? extends T, ? extends E> work) {
        CheckedSupplier<T, E> decorated = inner.decorate(work);
        return () -> retry.<T, E>callDecorated(decorated, inner, work);
    }

    @Override
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        return retry.<T>callAsyncAround(inner, work);
    }

    @Override
    public Policy around(Policy innermost) {
        return retry.around(inner.around(innermost));
    }
}
