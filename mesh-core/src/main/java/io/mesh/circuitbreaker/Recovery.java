package io.mesh.circuitbreaker;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The time after half-open in which only a share of the calls passes, so that what has just recovered is not met by all
 * at once: one in four in its first half, one in two in its second. Thread-safe.
 */
final class Recovery {

    private static final int FIRST_ONE_IN = 4;
    private static final int THEN_ONE_IN = 2;

    private final long since;
    private final long nanos;
    private final AtomicInteger asked = new AtomicInteger();

    Recovery(long since, long nanos) {
        this.since = since;
        this.nanos = nanos;
    }

    boolean admits(long now) {
        int oneIn = now - since < nanos / 2 ? FIRST_ONE_IN : THEN_ONE_IN;
        return Math.floorMod(asked.getAndIncrement(), oneIn) == 0;
    }

    /** 0 if it is over. */
    long nanosLeft(long now) {
        return Math.max(0, nanos - (now - since));
    }
}
