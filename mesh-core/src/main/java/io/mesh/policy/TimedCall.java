package io.mesh.policy;

import io.mesh.model.CallTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Work limited in time, to be handed to other policies by whoever makes the call: {@link Timeout#timed}.
 *
 * <p>A value in hand beats the limit, but the policies that the work is handed to should hear of the limit: to them a
 * result that came too late is a {@link CallTimeoutException}. Whoever made this catches it behind them, recognises it
 * by {@link #isLate}, and goes on with the {@link #lateResult}.
 *
 * <p>One call after the other, all on one thread.
 *
 * @param <T> the result
 * @param <E> what the work may throw
 */
public final class TimedCall<T extends @Nullable Object, E extends Throwable> implements CheckedSupplier<T, E> {

    private final Timeout timeout;
    private final CheckedSupplier<? extends T, ? extends E> work;
    private final long atMostNanos;
    private final Late<T> late = new Late<>();

    TimedCall(Timeout timeout, CheckedSupplier<? extends T, ? extends E> work, long atMostNanos) {
        this.timeout = timeout;
        this.work = work;
        this.atMostNanos = atMostNanos;
    }

    /**
     * Does the work. A late result that nobody has taken out since the call before is closed.
     *
     * @return what the work returned in time
     * @throws E what the work threw in time
     * @throws CallTimeoutException if it did neither
     */
    @Override
    public T get() throws E {
        late.discard();
        return timeout.<T, E>tell(late, atMostNanos, work);
    }

    /**
     * Whether a failure says no more than that there is a result that came too late.
     *
     * @param failure what a policy, or this itself, has thrown
     * @return true if {@link #lateResult} has the result
     */
    public boolean isLate(Throwable failure) {
        return late.isToldBy(failure);
    }

    /**
     * The result that came too late. Whoever takes it out hands it to the caller, or closes it.
     *
     * @return the result of the last call
     * @throws NullPointerException if there is none, or it has been taken out
     */
    public T lateResult() {
        return late.take();
    }

    /** Closes a late result that nobody has taken out and nobody will: a policy in between has kept it to itself. */
    public void discardLate() {
        late.discard();
    }
}
