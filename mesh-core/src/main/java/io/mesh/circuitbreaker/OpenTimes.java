package io.mesh.circuitbreaker;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.time.Ticker;

/**
 * How long a circuit stays open: longer each time it opens again, no longer than the most, and spread by chance.
 *
 * @param firstNanos the first time
 * @param multiplier how many times longer each further time, 1 or more
 * @param maxNanos the most
 * @param jitter share by which it varies, 0 to 1
 */
record OpenTimes(long firstNanos, double multiplier, long maxNanos, double jitter) {

    static OpenTimes of(CircuitBreakerConfig config) {
        return new OpenTimes(
                Ticker.nanos(config.openTimeout()),
                config.openTimeoutMultiplier(),
                Ticker.nanos(config.maxOpenTimeout()),
                config.openTimeoutJitter());
    }

    /**
     * The time of one opening. The range is capped, not what is drawn from it: else all that reached the most would end
     * at the same moment.
     *
     * @param opening its number, from 1
     * @param draw a random number, 0.0 to 1.0, kept with the opening
     */
    long nanos(int opening, double draw) {
        long base = nanos(opening);
        if (jitter == 0) {
            return base;
        }
        double least = base * (1 - jitter);
        double most = Math.min((double) maxNanos, base * (1 + jitter));
        return Math.max(1, (long) (least + draw * (most - least)));
    }

    /** The time of one opening, jitter left out. */
    long nanos(int opening) {
        if (opening <= 1 || multiplier == 1) {
            return firstNanos;
        }
        double grown = firstNanos * Math.pow(multiplier, opening - 1);
        return grown >= maxNanos ? maxNanos : (long) grown;
    }

    /** How many openings still count after so long a time in which the circuit was closed. */
    int left(int openings, long closedNanos) {
        return (int) Math.max(0, openings - closedNanos / firstNanos);
    }
}
