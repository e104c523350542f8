package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;
import org.jspecify.annotations.Nullable;

/**
 * Calls pass until {@code failureThreshold} have failed in a row, or too many in the window.
 *
 * <p>A breaker whose fleet has no place left for one more ejected goes on to ten times as many, or until nothing in the
 * window went well: a partial failure never closes a service.
 */
final class Closed extends Passing {

    Closed(CircuitBreaker breaker, Settings settings, long since) {
        super(breaker, settings, since);
    }

    private Closed(Period before, long since, int openings, @Nullable Recovery recovery) {
        super(before, since, openings, recovery);
    }

    private Closed(Closed same, Settings settings, @Nullable Recovery recovery) {
        super(same, settings, recovery);
    }

    private Closed(Closed same) {
        super(same);
    }

    /** After trial calls went well. What was opened shortly before is not forgotten at once. */
    static Closed after(HalfOpen trials, long now) {
        long recovery = trials.settings.recoveryNanos();
        return new Closed(trials, now, trials.openings, recovery == 0 ? null : new Recovery(now, recovery));
    }

    /** Closed by hand. */
    static Closed afresh(Period before, long now) {
        return new Closed(before, now, 0, null);
    }

    @Override
    CircuitState state() {
        return CircuitState.CLOSED;
    }

    @Override
    Closed with(Settings settings) {
        return new Closed(this, settings, recovery);
    }

    /** The same stay counted anew: calls under way are late from now on. */
    Closed restarted() {
        return new Closed(this);
    }

    @Override
    int recentOpenings(long now) {
        return settings.openTimes().left(openings, now - since);
    }

    @Override
    long recoveryNanosLeft(long now) {
        return recovery == null ? 0 : recovery.nanosLeft(now);
    }

    /** The recovery is over: from now on every call passes without being asked. */
    @Override
    boolean endIfDue(long now) {
        if (recovery == null || recoveryNanosLeft(now) > 0) {
            return false;
        }
        breaker.replace(this, new Closed(this, settings, null));
        return true;
    }

    @Override
    void counted(Evidence evidence, long now) {
        while (live() instanceof Closed live) {
            if (!evidence.isEnough(live.settings)) {
                return;
            }
            Ejections ejections = breaker.ejections();
            EjectionPlace taken = ejections.tryTake() ? new EjectionPlace(ejections) : null;
            if (taken == null && !evidence.isOverwhelming(live.settings)) {
                return;
            }
            Open open = new Open(live, now, taken, evidence.what());
            if (breaker.change(live, open, evidence.reason(live.settings))) {
                return;
            }
            if (taken != null) {
                taken.giveBack();
            }
        }
    }
}
