package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;
import io.mesh.policy.DelayHints;
import io.mesh.time.Scheduler.Cancellation;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Calls are refused; the first that comes after the open time makes the circuit half-open, or a timer if that is set.
 *
 * <p>A failure that says when to come again keeps the circuit open for at least so long, within {@code maxOpenTimeout}.
 */
final class Open extends Period {

    private static final int MOST_OPENINGS = 1_000_000; // far beyond where any open time grows

    private final double draw;
    private final long hintNanos;
    private final long openNanos;
    private final AtomicReference<@Nullable Cancellation> timer; // shared as this stay is reconfigured

    /**
     * An opening.
     *
     * @param what the failure or result that opens it; null if there is none
     */
    Open(Period before, long since, @Nullable EjectionPlace place, @Nullable Object what) {
        super(before, since, place, Math.min(before.recentOpenings(since) + 1, MOST_OPENINGS));
        this.draw = settings.openTimes().jitter() == 0 ? 0 : breaker.random().nextDouble();
        this.hintNanos = what instanceof Throwable failure ? DelayHints.ofInstance(failure) : DelayHints.ofResult(what);
        this.openNanos = openNanos();
        this.timer = new AtomicReference<>();
    }

    private Open(Open same, Settings settings) {
        super(same, settings);
        this.draw = same.draw;
        this.hintNanos = same.hintNanos;
        this.openNanos = openNanos();
        this.timer = same.timer;
    }

    @Override
    CircuitState state() {
        return CircuitState.OPEN;
    }

    @Override
    Open with(Settings settings) {
        return new Open(this, settings);
    }

    @Override
    boolean goesOn() {
        return breaker.current() instanceof Open current && current.sequence == sequence;
    }

    @Override
    @Nullable
    Permit tryEnter(long now) {
        return null;
    }

    /** Whoever finds the time over only changes the state: it is then admitted, or not, like any other. */
    @Override
    boolean endIfDue(long now) {
        if (!isTrialDue(now)) {
            return false;
        }
        breaker.change(this, new HalfOpen(this, now), Reason.OPEN_TIME_OVER);
        return true;
    }

    @Override
    boolean isTrialDue(long now) {
        return nanosUntilPermit(now) == 0;
    }

    @Override
    long nanosUntilPermit(long now) {
        return Math.max(0, openNanos - (now - since));
    }

    private long openNanos() {
        OpenTimes times = settings.openTimes();
        return Math.max(times.nanos(openings, draw), Math.min(hintNanos, times.maxNanos()));
    }

    @Override
    void begun() {
        if (settings.config().eagerHalfOpen()) {
            arm();
        } else {
            ended(); // if it was wanted before
        }
    }

    @Override
    void ended() {
        Cancellation armed = timer.getAndSet(null);
        if (armed != null) {
            armed.cancel();
        }
    }

    private void arm() {
        Cancellation armed;
        try {
            armed = breaker.scheduler().schedule(this::wake, nanosUntilPermit(breaker.now()));
        } catch (RejectedExecutionException shutDown) {
            return; // then the first call after the open time makes it half-open, as without a timer
        }
        Cancellation before = timer.getAndSet(armed);
        if (before != null) {
            before.cancel();
        }
        if (!goesOn()) {
            ended();
        }
    }

    /** The open time may have changed meanwhile, and the circuit may have been closed and opened anew. */
    private void wake() {
        if (breaker.current() instanceof Open current
                && current.sequence == sequence
                && !current.endIfDue(breaker.now())) {
            current.begun();
        }
    }
}
