package io.mesh.policy;

import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The future that a policy hands out for an asynchronous call.
 *
 * <p>It ends once: either the policy ends it, having {@linkplain #claim() claimed} the end before it records
 * the outcome, or somebody else completes or cancels it, and then the call is abandoned. Never both, so an
 * outcome is recorded, and a permit given back, exactly once.
 *
 * @param <T> the result
 */
public final class CallFuture<T extends @Nullable Object> extends CompletableFuture<T> {

    private static final System.Logger LOG = System.getLogger("io.mesh");

    private final AtomicBoolean claimed = new AtomicBoolean();
    private volatile @Nullable CompletionStage<?> begun;

    /**
     * A future not yet ended.
     *
     * @param abandoned run once if somebody else than the policy ends this future, for example by
     *     cancelling it, before work that this future has {@linkplain #begin begun} is cancelled; must not throw
     */
    public CallFuture(Runnable abandoned) {
        whenComplete((value, failure) -> {
            if (claim()) {
                abandoned.run();
                cancelWork();
            }
        });
    }

    /**
     * Claims the end of the call. Whoever gets true records the outcome and then calls {@link #end} or
     * {@link #fail}.
     *
     * @return true the first time, false for ever after
     */
    public boolean claim() {
        return claimed.compareAndSet(false, true);
    }

    /**
     * Ends the future with a result, after a successful {@link #claim()}.
     *
     * @param value the result; closed if somebody has cancelled in between, so that nobody will see it
     */
    public void end(T value) {
        if (!complete(value)) {
            discard(value);
        }
    }

    /**
     * Ends the future with a failure, after a successful {@link #claim()}.
     *
     * @param failure what went wrong, unwrapped
     */
    public void fail(Throwable failure) {
        completeExceptionally(failure);
    }

    /**
     * Starts the work of this call as {@link #start} does, so that it is cancelled if this future is abandoned. If the
     * end has been claimed already, the work is cancelled as soon as it is there.
     *
     * @param work starts the call
     * @return what the work returned, or a failed stage if it threw or returned null
     */
    public CompletionStage<? extends T> begin(CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        CompletionStage<? extends T> stage = CallFuture.<T>start(work);
        begun = stage; // whoever claims the end either finds it here or is found to have claimed
        if (claimed.get()) {
            cancel(stage);
        }
        return stage;
    }

    /** Cancels the work that was begun, or is about to be if the end has been {@linkplain #claim() claimed}. */
    public void cancelWork() {
        CompletionStage<?> stage = begun;
        if (stage != null) {
            cancel(stage);
        }
    }

    /**
     * Starts asynchronous work.
     *
     * @param <T> the result
     * @param work starts the call
     * @return what the work returned, or a failed stage if it threw or returned null
     */
    public static <T extends @Nullable Object> CompletionStage<? extends T> start(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        try {
            CompletionStage<? extends T> stage = work.get();
            if (stage != null) {
                return stage;
            }
            return CompletableFuture.failedFuture(
                    new NullPointerException("The asynchronous call returned null instead of a CompletionStage."));
        } catch (Throwable failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    /**
     * Cancels the work behind a stage, as far as it can be.
     *
     * @param stage any stage
     */
    public static void cancel(CompletionStage<?> stage) {
        try {
            stage.toCompletableFuture().cancel(true);
        } catch (Throwable cannotBeCancelled) { // hostile stages throw anything
            LOG.log(Level.DEBUG, () -> "A stage of " + stage.getClass() + " cannot be cancelled.", cannotBeCancelled);
        }
    }

    /**
     * Closes a result that nobody will see, if it can be closed.
     *
     * @param result any result, or null
     */
    public static void discard(@Nullable Object result) {
        if (result instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Throwable failure) {
                if (failure instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                LOG.log(Level.WARNING, "A result that is not used could not be closed.", failure);
            }
        }
    }
}
