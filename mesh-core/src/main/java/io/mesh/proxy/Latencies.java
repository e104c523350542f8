package io.mesh.proxy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How long the calls of one service have taken lately, as a log-linear histogram: eight parts of every power of two, so
 * that what is read is at most an eighth too long.
 *
 * <ol>
 * <li>There are two slices of 10 s, the running one and the one before, so the last 10 to 20 s are known. Whoever comes
 *     first after a slice is over swaps both by one compare-and-set.
 * <li>Whoever is held up meanwhile counts in a slice that is no longer the running one: late, but neither lost nor
 *     counted twice while that is looked at.
 * </ol>
 *
 * <p>About 2.6 KiB. Thread-safe and without locks: one atomic add for each latency.
 */
final class Latencies {

    private static final int PART_BITS = 3;
    private static final int PARTS = 1 << PART_BITS;
    private static final int POWERS = 40; // of two, so that the longest told apart is more than an hour
    private static final int BUCKETS = POWERS * PARTS;
    private static final long SLICE = TimeUnit.SECONDS.toNanos(10);

    private final AtomicReference<Slices> slices;

    Latencies(long now) {
        this.slices = new AtomicReference<>(new Slices(now, empty(), empty()));
    }

    /** The running slice since when, and the one before. */
    private record Slices(long since, AtomicIntegerArray running, AtomicIntegerArray before) {}

    private static AtomicIntegerArray empty() {
        return new AtomicIntegerArray(BUCKETS);
    }

    /** A call has taken so long, or at least so long. */
    void add(long nanos, long now) {
        at(now).running.getAndIncrement(bucket(nanos));
    }

    /**
     * The latency that a share of the calls does not exceed.
     *
     * @param percent above 0, below 100
     * @param atLeast how many calls must be known
     * @return in nanoseconds, or -1 if too few calls are known
     */
    long percentile(double percent, int atLeast, long now) {
        Slices seen = at(now);
        long[] counts = new long[BUCKETS];
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] = (long) seen.running.get(i) + seen.before.get(i);
            total += counts[i];
        }
        if (total < atLeast) {
            return -1;
        }
        long rank = (long) Math.ceil(total * percent / 100);
        int bucket = 0;
        for (long below = counts[0]; below < rank && bucket < BUCKETS - 1; below += counts[bucket]) {
            bucket++;
        }
        return longest(bucket);
    }

    private Slices at(long now) {
        while (true) {
            Slices seen = slices.get();
            long age = now - seen.since;
            if (age < SLICE) {
                return seen;
            }
            Slices next = age < 2 * SLICE
                    ? new Slices(seen.since + SLICE, empty(), seen.running)
                    : new Slices(now, empty(), empty());
            if (slices.compareAndSet(seen, next)) {
                return next;
            }
        }
    }

    /** Below eight each nanosecond has a bucket; from there on each power of two has eight. */
    static int bucket(long nanos) {
        long value = Math.max(0, nanos);
        if (value < PARTS) {
            return (int) value;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(value) - PART_BITS;
        int bucket = (shift << PART_BITS) + (int) (value >>> shift); // the leading one makes for the first eight
        return Math.min(bucket, BUCKETS - 1);
    }

    /** The longest latency that belongs to a bucket. */
    static long longest(int bucket) {
        if (bucket < PARTS) {
            return bucket;
        }
        int shift = (bucket >>> PART_BITS) - 1;
        long first = (long) (PARTS + (bucket & (PARTS - 1))) << shift;
        return first + (1L << shift) - 1;
    }
}
