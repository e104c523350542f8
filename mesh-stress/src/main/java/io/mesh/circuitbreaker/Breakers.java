package io.mesh.circuitbreaker;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.WindowConfig;
import io.mesh.time.Ticker;

/** Breakers for races: time stands still. */
final class Breakers {

    private static final Ticker STILL = () -> 0;

    private Breakers() {}

    static Exception failure() {
        return new IllegalStateException("no");
    }

    static CircuitBreaker closed(CircuitBreakerConfig.Builder config) {
        return CircuitBreaker.of("raced", config.build(), STILL);
    }

    static CircuitBreaker closed(WindowConfig window) {
        return closed(CircuitBreakerConfig.builder().window(window));
    }

    /** With one place for a trial call, which one success closes. */
    static CircuitBreaker halfOpen(Clock clock) {
        CircuitBreaker breaker = CircuitBreaker.of(
                "raced",
                CircuitBreakerConfig.builder()
                        .failureThreshold(1)
                        .successThreshold(1)
                        .halfOpenMaxCalls(1)
                        .build(),
                clock);
        breaker.tryAcquire().failure(failure());
        clock.now = Ticker.nanos(breaker.config().openTimeout());
        return breaker;
    }

    static final class Clock implements Ticker {

        volatile long now;

        @Override
        public long now() {
            return now;
        }
    }
}
