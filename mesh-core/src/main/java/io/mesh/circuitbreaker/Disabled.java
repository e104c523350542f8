package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;
import org.jspecify.annotations.Nullable;

/**
 * Switched off by hand: calls pass and are measured, and no failure changes the state. Where it would have
 * opened it says so, once for each run of failures, by an event from disabled to disabled.
 */
final class Disabled extends Passing {

    Disabled(Period before, long since) {
        super(before, since);
    }

    private Disabled(Disabled same, Settings settings) {
        super(same, settings, same.failures);
    }

    /** The same stay with the same counters, after it has been said that the circuit would have opened. */
    private Disabled(Disabled same) {
        super(same, same.since, same.failures);
    }

    @Override
    CircuitState state() {
        return CircuitState.DISABLED;
    }

    @Override
    Disabled with(Settings settings) {
        return new Disabled(this, settings);
    }

    @Override
    void failed(int inARow, long now) {
        Disabled live = live();
        while (live != null && inARow == live.settings.config().failureThreshold()) {
            if (breaker.change(live, new Disabled(live), Reason.wouldHaveOpened(inARow))) {
                return;
            }
            live = live();
        }
    }

    /** This period as it goes on after reconfiguring, or null if it has ended. */
    private @Nullable Disabled live() {
        return breaker.current() instanceof Disabled current && current.failures == failures ? current : null;
    }
}
