package io.mesh.retry;

import io.mesh.model.Jitter;
import io.mesh.model.RetryConfig;
import io.mesh.time.Ticker;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt.
 *
 * <p>The wait after the n-th attempt has a ceiling, {@code initialDelay * multiplier^(n-1)}, at most
 * {@code maxDelay}. Jitter is drawn inside it and never capped after the draw, so that callers stay spread
 * out at the ceiling, too (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015; its decorrelated
 * form caps after the draw, ours draws inside).
 *
 * <p>Computed in floating point, which saturates where whole numbers would wrap: a wait is 0 to
 * {@link Ticker#FOREVER}, at any attempt.
 */
final class Backoff {

    private final long initialNanos;
    private final long maxNanos;
    private final double multiplier;
    private final Jitter jitter;

    Backoff(RetryConfig config) {
        this.initialNanos = Ticker.nanos(config.initialDelay());
        this.maxNanos = Ticker.nanos(config.maxDelay());
        this.multiplier = config.multiplier();
        this.jitter = config.jitter();
    }

    /** The longest computed wait after an attempt, counted from 1. */
    long ceiling(int attempt) {
        if (attempt == 1 || initialNanos == 0) {
            return initialNanos;
        }
        double exact = initialNanos * Math.pow(multiplier, attempt - 1.0);
        return exact < maxNanos ? Math.round(exact) : maxNanos;
    }

    /** What the first wait of a call is given as the one before it. */
    long first() {
        return initialNanos;
    }

    /** The wait after an attempt, counted from 1, in nanoseconds; {@code previous} is the wait before. */
    long delay(int attempt, long previous, RandomGenerator random) {
        return switch (jitter) {
            case NONE -> ceiling(attempt);
            case FULL -> upTo(ceiling(attempt), random);
            case EQUAL -> {
                long ceiling = ceiling(attempt);
                long half = ceiling / 2;
                yield half + upTo(ceiling - half, random);
            }
            case DECORRELATED -> {
                long ceiling = previous > maxNanos / 3 ? maxNanos : 3 * previous;
                yield initialNanos + upTo(ceiling - initialNanos, random);
            }
        };
    }

    /** Any of 0 to the bound, both included, each equally likely; the bound is at most {@link Ticker#FOREVER}. */
    static long upTo(long bound, RandomGenerator random) {
        return bound == 0 ? 0 : random.nextLong(bound + 1);
    }
}
