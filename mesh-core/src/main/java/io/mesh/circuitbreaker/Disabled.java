package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;

/** Switched off by hand: calls pass and are measured, and no failure changes the state. */
final class Disabled extends Passing {

    Disabled(Period before, long since) {
        super(before, since);
    }

    private Disabled(Disabled same, Settings settings) {
        super(same, settings, same.failures);
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
        // measured only
    }
}
