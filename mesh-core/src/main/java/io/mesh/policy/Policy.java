package io.mesh.policy;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that stands around a call: a circuit breaker, a retry policy, a timeout, a concurrency limit, or one around
 * another.
 *
 * <p>What the work throws reaches the caller as it was thrown, never wrapped. One checked exception type of
 * a lambda is inferred exactly; two become their common supertype ({@code IOException} and
 * {@code InterruptedException} become {@code Exception}): use {@link #callInterruptibly} for that pair.
 *
 * <p>Implementations are thread-safe.
 */
public interface Policy {

    /**
     * Calls the work on the calling thread.
     *
     * @param <T> the result
     * @param <E> what the work may throw
     * @param work the call
     * @return what the work returned
     * @throws E what the work threw
     * @throws io.mesh.model.RejectedCallException if the policy did not let the call through
     */
    <T extends @Nullable Object, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work) throws E;

    /**
     * Calls work that can be interrupted on the calling thread.
     *
     * @param <T> the result
     * @param <E> what the work may throw besides {@code InterruptedException}
     * @param work the call
     * @return what the work returned
     * @throws E what the work threw
     * @throws InterruptedException what the work threw
     * @throws io.mesh.model.RejectedCallException if the policy did not let the call through
     */
    @SuppressWarnings("unchecked") // what the work throws is E or InterruptedException, both declared here
    default <T extends @Nullable Object, E extends Throwable> T callInterruptibly(
            InterruptibleSupplier<? extends T, ? extends E> work) throws E, InterruptedException {
        return this.<T, E>call((CheckedSupplier<? extends T, ? extends E>) (CheckedSupplier<?, ?>) work);
    }

    /**
     * Calls work without a result on the calling thread.
     *
     * @param <E> what the work may throw
     * @param work the call
     * @throws E what the work threw
     * @throws io.mesh.model.RejectedCallException if the policy did not let the call through
     */
    default <E extends Throwable> void run(CheckedRunnable<? extends E> work) throws E {
        this.<@Nullable Object, E>call(() -> {
            work.run();
            return null;
        });
    }

    /**
     * Calls work whose result comes later. Never throws and always ends: a failure to start, a rejection and
     * a null stage come through the future too.
     *
     * <p>Cancelling the returned future (not what {@code thenApply} makes of it) cancels the work. It fails
     * with the work's own exception, without {@code CompletionException} or {@code ExecutionException} around it.
     *
     * @param <T> the result
     * @param work starts the call
     * @return the result to come
     */
    <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work);

    /**
     * The work with this policy around it, to be called later and more than once.
     *
     * @param <T> the result
     * @param <E> what the work may throw
     * @param work the call
     * @return calls the work by {@link #call}
     */
    default <T extends @Nullable Object, E extends Throwable> CheckedSupplier<T, E> decorate(
            CheckedSupplier<? extends T, ? extends E> work) {
        return () -> this.<T, E>call(work);
    }

    /**
     * The work with this policy around it, to be called later and more than once.
     *
     * @param <T> the result
     * @param work the call
     * @return calls the work by {@link #call}
     */
    default <T extends @Nullable Object> Supplier<T> decorateSupplier(Supplier<? extends T> work) {
        return () -> this.<T, RuntimeException>call(work::get);
    }

    /**
     * The work with this policy around it, to be called later and more than once.
     *
     * @param work the call
     * @return calls the work by {@link #run}
     */
    default Runnable decorateRunnable(Runnable work) {
        return () -> this.<RuntimeException>run(work::run);
    }

    /**
     * The work with this policy around it, to be called later and more than once.
     *
     * @param <T> the result
     * @param work the call
     * @return calls the work by {@link #call}
     */
    default <T extends @Nullable Object> Callable<T> decorateCallable(Callable<? extends T> work) {
        return () -> this.<T, Exception>call(work::call);
    }

    /**
     * This policy around another, which is nearer to the work: {@code retry.around(breaker)} retries, and
     * every attempt passes the breaker.
     *
     * @param inner the policy nearer to the work
     * @return both as one
     */
    default Policy around(Policy inner) {
        return new Composition(this, inner);
    }
}
