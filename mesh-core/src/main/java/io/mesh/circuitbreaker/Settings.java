package io.mesh.circuitbreaker;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.time.Ticker;

/** A breaker's settings, worked out once. */
record Settings(CircuitBreakerConfig config, long openNanos, Classification classification) {

    static Settings of(CircuitBreakerConfig config, Ticker ticker) {
        return new Settings(config, Ticker.nanos(config.openTimeout()), new Classification(config, ticker));
    }
}
