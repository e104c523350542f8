package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Calls pass until {@code failureThreshold} have failed in a row.
 *
 * <p>A breaker whose fleet has no place left for one more ejected goes on to ten times as many: a partial
 * failure never closes a service.
 */
final class Closed extends Passing {

    private static final int EVIDENCE_WITHOUT_A_PLACE = 10;

    Closed(CircuitBreaker breaker, Settings settings, long since) {
        super(breaker, settings, since);
    }

    Closed(Period before, long since) {
        super(before, since);
    }

    private Closed(Closed same, Settings settings, AtomicInteger failures) {
        super(same, settings, failures);
    }

    @Override
    CircuitState state() {
        return CircuitState.CLOSED;
    }

    @Override
    Closed with(Settings settings) {
        return new Closed(this, settings, failures);
    }

    /** The same stay counted anew: calls under way are late from now on. */
    Closed restarted() {
        return new Closed(this, settings, new AtomicInteger());
    }

    @Override
    void failed(int inARow, long now) {
        Closed live = live();
        while (live != null && inARow >= live.settings.config().failureThreshold()) {
            Ejections ejections = breaker.ejections();
            EjectionPlace taken = ejections.tryTake() ? new EjectionPlace(ejections) : null;
            if (taken == null && inARow < live.thresholdWithoutAPlace()) {
                return;
            }
            if (breaker.change(live, new Open(live, now, taken), Reason.consecutiveFailures(inARow))) {
                return;
            }
            if (taken != null) {
                taken.giveBack();
            }
            live = live();
        }
    }

    /** This period as it goes on after reconfiguring, or null if it has ended. */
    private @Nullable Closed live() {
        return breaker.current() instanceof Closed current && current.failures == failures ? current : null;
    }

    private int thresholdWithoutAPlace() {
        return (int)
                Math.min((long) settings.config().failureThreshold() * EVIDENCE_WITHOUT_A_PLACE, Integer.MAX_VALUE);
    }
}
