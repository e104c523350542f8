package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;
import org.jspecify.annotations.Nullable;

/** Calls are refused; the first that comes after {@code openTimeout} makes the circuit half-open. */
final class Open extends Period {

    Open(Period before, long since, @Nullable EjectionPlace place) {
        super(before, since, place);
    }

    private Open(Open same, Settings settings) {
        super(same, settings);
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
        return Math.max(0, settings.openNanos() - (now - since));
    }
}
