package io.mesh.circuitbreaker;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many there were in each of the last parts of time. A part is one long, its number in time above and the count
 * below, so that beginning a part anew and counting in it is one atomic step.
 *
 * <p>Numbers wrap around after 2^28 parts, which are 310 days of the shortest; a part that is older than the window by
 * exactly that is taken for a new one.
 */
final class TimedCounts {

    static final int PARTS = 10;

    private static final int COUNT_BITS = 36;
    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
    private static final long NUMBER_MASK = (1L << (Long.SIZE - COUNT_BITS)) - 1;
    private static final long HALF_OF_THE_NUMBERS = NUMBER_MASK >>> 1;

    private final AtomicLongArray parts = new AtomicLongArray(PARTS);

    /** Counts one in a part, unless that has been over for so long that its place has been taken. */
    void add(long number) {
        add(number, 1);
    }

    void add(long number, long count) {
        int slot = (int) (number % PARTS);
        long tag = number & NUMBER_MASK;
        while (true) {
            long old = parts.get(slot);
            long age = (tag - (old >>> COUNT_BITS)) & NUMBER_MASK;
            if (age > HALF_OF_THE_NUMBERS) {
                return; // the one in its place is newer
            }
            long before = age == 0 ? old & COUNT_MASK : 0;
            long after = tag << COUNT_BITS | Math.min(COUNT_MASK, before + count);
            if (parts.compareAndSet(slot, old, after)) {
                return;
            }
        }
    }

    /** How many in the parts up to this one. */
    long sum(long number) {
        long sum = 0;
        for (int i = 0; i < PARTS; i++) {
            sum += countOf(parts.get(i), number);
        }
        return sum;
    }

    /** How many in one part, 0 if it has left the window of the newest. */
    long count(long number) {
        long part = parts.get((int) (number % PARTS));
        return part >>> COUNT_BITS == (number & NUMBER_MASK) ? part & COUNT_MASK : 0;
    }

    private static long countOf(long part, long newest) {
        long age = ((newest & NUMBER_MASK) - (part >>> COUNT_BITS)) & NUMBER_MASK;
        return age < PARTS ? part & COUNT_MASK : 0;
    }
}
