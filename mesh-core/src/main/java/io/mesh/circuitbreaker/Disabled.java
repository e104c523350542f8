package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Switched off by hand: calls pass and are measured, and no failure changes the state. Where it would have
 * opened it says so, once for each run of failures, by an event from disabled to disabled.
 */
final class Disabled extends Passing {

    /** Whether it has been said that the circuit would have opened, and what is counted has been enough since. */
    private final AtomicBoolean enough;

    Disabled(Period before, long since) {
        super(before, since, 0, null);
        this.enough = new AtomicBoolean();
    }

    private Disabled(Disabled same, Settings settings) {
        super(same, settings, null);
        this.enough = same.enough;
    }

    /** The same stay with the same counters, after it has been said that the circuit would have opened. */
    private Disabled(Disabled same) {
        super(same, same.since);
        this.enough = same.enough;
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
    void counted(Evidence evidence, long now) {
        while (live() instanceof Disabled live) {
            if (!evidence.isEnough(live.settings)) {
                enough.set(false);
                return;
            }
            if (!enough.compareAndSet(false, true)) {
                return;
            }
            String reason = Reason.wouldHaveOpened(evidence.reason(live.settings));
            if (breaker.change(live, new Disabled(live), reason)) {
                return;
            }
            enough.set(false);
        }
    }
}
