package io.mesh.policy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An answer for when the call has failed for good. It has a type, so it is no {@link Policy}, and it always
 * stands outermost: {@code Fallback.to(failure -> cached).around(retry.around(breaker)).call(work)}.
 *
 * <p>It is not asked when the caller gave up ({@code InterruptedException}, an interrupted thread, a
 * cancelled future) nor on a {@code VirtualMachineError}. If the fallback itself fails, the caller gets its
 * exception, with the call's own failure suppressed (unless one is the cause of the other). Thread-safe if
 * the function is.
 *
 * @param <R> the answer
 */
public final class Fallback<R extends @Nullable Object> {

    private static final int DEEPEST = 50; // cause chains may be cyclic

    private final Function<? super Throwable, ? extends R> answer;

    private Fallback(Function<? super Throwable, ? extends R> answer) {
        this.answer = answer;
    }

    /**
     * A fallback.
     *
     * @param <R> the answer
     * @param answer makes the answer from the failure, without {@code CompletionException} around it
     * @return the fallback
     */
    public static <R extends @Nullable Object> Fallback<R> to(Function<? super Throwable, ? extends R> answer) {
        return new Fallback<>(answer);
    }

    /**
     * This fallback around a policy.
     *
     * @param policy stands around the call
     * @return both as one
     */
    public Guarded<R> around(Policy policy) {
        return new Guarded<>(this, policy);
    }

    private R answer(Throwable failure) {
        try {
            return answer.apply(failure);
        } catch (Throwable failed) {
            if (!isCause(failure, failed) && !isCause(failed, failure)) {
                failed.addSuppressed(failure);
            }
            throw failed;
        }
    }

    /** Whether a throwable is another one or one of its causes. */
    private static boolean isCause(Throwable cause, Throwable of) {
        Throwable at = of;
        for (int depth = 0; at != null && depth < DEEPEST; depth++) {
            if (at == cause) {
                return true;
            }
            at = at.getCause();
        }
        return false;
    }

    private static boolean callerGaveUp(Throwable inside) {
        return inside instanceof InterruptedException || inside instanceof VirtualMachineError;
    }

    /**
     * A fallback around a policy. Thread-safe.
     *
     * @param <R> the answer
     */
    public static final class Guarded<R extends @Nullable Object> {

        private final Fallback<R> fallback;
        private final Policy policy;

        private Guarded(Fallback<R> fallback, Policy policy) {
            this.fallback = fallback;
            this.policy = policy;
        }

        /**
         * Calls the work on the calling thread.
         *
         * @param <E> what the work may throw
         * @param work the call
         * @return what the work returned, or the fallback's answer
         * @throws E what the work threw, if the fallback was not asked
         */
        public <E extends Throwable> R call(CheckedSupplier<? extends R, ? extends E> work) throws E {
            try {
                return policy.<R, E>call(work);
            } catch (Throwable failure) {
                Throwable inside = FailureMatcher.unwrap(failure);
                if (callerGaveUp(inside) || Thread.currentThread().isInterrupted()) {
                    throw failure;
                }
                return fallback.answer(inside);
            }
        }

        /**
         * Calls work that can be interrupted on the calling thread.
         *
         * @param <E> what the work may throw besides {@code InterruptedException}
         * @param work the call
         * @return what the work returned, or the fallback's answer
         * @throws E what the work threw, if the fallback was not asked
         * @throws InterruptedException what the work threw
         */
        @SuppressWarnings("unchecked") // what the work throws is E or InterruptedException, both declared here
        public <E extends Throwable> R callInterruptibly(InterruptibleSupplier<? extends R, ? extends E> work)
                throws E, InterruptedException {
            return this.<E>call((CheckedSupplier<? extends R, ? extends E>) (CheckedSupplier<?, ?>) work);
        }

        /**
         * Calls work whose result comes later; see {@link Policy#callAsync}.
         *
         * @param work starts the call
         * @return what comes of the work, or the fallback's answer
         */
        public CompletableFuture<R> callAsync(CheckedSupplier<? extends CompletionStage<? extends R>, ?> work) {
            CompletableFuture<R> call = policy.<R>callAsync(work);
            CallFuture<R> future = new CallFuture<>(() -> call.cancel(true));
            call.whenComplete((value, thrown) -> {
                if (!future.claim()) {
                    CallFuture.discard(value);
                } else if (thrown == null) {
                    future.end(value);
                } else {
                    end(future, FailureMatcher.unwrap(thrown));
                }
            });
            return future;
        }

        private void end(CallFuture<R> future, Throwable failure) {
            if (callerGaveUp(failure)) {
                future.fail(failure);
                return;
            }
            try {
                future.end(fallback.answer(failure));
            } catch (Throwable failed) {
                future.fail(failed);
            }
        }
    }
}
