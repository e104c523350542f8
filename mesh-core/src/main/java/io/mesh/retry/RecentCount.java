package io.mesh.retry;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How often something has happened lately: within a span of time that is ten buckets long, the running one
 * included, so it is between nine and ten tenths of the span that are looked back on.
 *
 * <ol>
 * <li>A bucket is one long: which tenth of the span it counts, and how many. A bucket that has become too old
 *     is taken over and counted in by one compare-and-set, so nothing is lost or counted twice on the way.
 * <li>What belongs to a bucket that was taken over is past, and changes nothing: a thread that was held up for a
 *     whole span between reading the clock and counting disturbs nobody.
 * </ol>
 */
final class RecentCount {

    private static final int BUCKETS = 10;
    private static final int TAG_SHIFT = 32;
    private static final long COUNT = 0xFFFF_FFFFL;

    /** How many buckets a tag may be ahead of a reading of the clock; one that seems further ahead is ancient. */
    private static final int MOST_AHEAD = 1 << 20;

    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);
    private final long origin;
    private final long width;

    /**
     * Nothing has happened yet.
     *
     * @param spanNanos how far to look back, ten or more
     * @param now a reading of the clock
     */
    RecentCount(long spanNanos, long now) {
        this.width = spanNanos / BUCKETS;
        this.origin = now - spanNanos; // the first tag is not that of an empty bucket
    }

    void add(long at, long times) {
        long bucket = bucket(at);
        int slot = slot(bucket);
        while (true) {
            long there = buckets.get(slot);
            int ahead = ahead(there, bucket);
            if (ahead > 0 && ahead <= MOST_AHEAD) {
                return;
            }
            long counted = ahead == 0 ? there + times : (bucket << TAG_SHIFT) | times;
            if (buckets.compareAndSet(slot, there, counted)) {
                return;
            }
        }
    }

    /** Takes back what was added at a moment, unless that is past. */
    void remove(long at) {
        long bucket = bucket(at);
        int slot = slot(bucket);
        while (true) {
            long there = buckets.get(slot);
            if (ahead(there, bucket) != 0 || (there & COUNT) == 0 || buckets.compareAndSet(slot, there, there - 1)) {
                return;
            }
        }
    }

    long sum(long now) {
        long bucket = bucket(now);
        long sum = 0;
        for (int slot = 0; slot < BUCKETS; slot++) {
            long there = buckets.get(slot);
            int ahead = ahead(there, bucket);
            if (ahead > -BUCKETS && ahead <= MOST_AHEAD) {
                sum += there & COUNT;
            }
        }
        return sum;
    }

    private long bucket(long at) {
        return Math.floorDiv(at - origin, width);
    }

    private static int slot(long bucket) {
        return Math.floorMod(bucket, BUCKETS);
    }

    /** How many buckets what is there is ahead of another; 0 if it is the same. Tags may wrap. */
    private static int ahead(long there, long bucket) {
        return (int) (there >>> TAG_SHIFT) - (int) bucket;
    }
}
