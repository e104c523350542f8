package io.mesh.loadbalancer;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Turns among parties that change from one turn to the next.
 *
 * <p>A plain counter modulo the size would be in step with the changes: if every second turn is between two
 * parties, it would always fall to the same of them. These turns are the fractional parts of the multiples of
 * the golden ratio, which are spread evenly over any stretch of turns, and over every second or third of them
 * just as well.
 */
final class SpreadTurns {

    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L; // its fractional part, times 2^64

    private final AtomicLong turn = new AtomicLong();

    /** The next turn: 0 to {@code shares} - 1. At most 2^62 shares. */
    long next(long shares) {
        long fraction = (turn.getAndIncrement() * GOLDEN_RATIO) >>> 1;
        return Math.multiplyHigh(fraction, shares << 1);
    }
}
