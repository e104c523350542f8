package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;
import io.mesh.time.Ticker;
import org.jspecify.annotations.Nullable;

/** Opened by hand: every call is refused until {@code reset()} or {@code disable()}. */
final class ForcedOpen extends Period {

    ForcedOpen(Period before, long since) {
        super(before, since, null, 0);
    }

    private ForcedOpen(ForcedOpen same, Settings settings) {
        super(same, settings);
    }

    @Override
    CircuitState state() {
        return CircuitState.FORCED_OPEN;
    }

    @Override
    ForcedOpen with(Settings settings) {
        return new ForcedOpen(this, settings);
    }

    @Override
    boolean goesOn() {
        return breaker.current() instanceof ForcedOpen;
    }

    @Override
    @Nullable
    Permit tryEnter(long now) {
        return null;
    }

    @Override
    long nanosUntilPermit(long now) {
        return Ticker.FOREVER;
    }
}
