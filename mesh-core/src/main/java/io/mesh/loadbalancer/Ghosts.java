package io.mesh.loadbalancer;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Calls of one endpoint that have failed and still count as calls in flight.
 *
 * <p>Ten buckets, each for a tenth of the penalty. A bucket is one long: the number of its tenth, and how many
 * calls failed in it.
 *
 * <ol>
 * <li>A failure counts from the moment it is added until nine tenths to ten tenths of the penalty later.
 * <li>A bucket changes only by compare-and-set of number and count together, so no failure is counted under
 *     the number of another tenth.
 * </ol>
 */
final class Ghosts {

    private static final int BUCKETS = FailurePenalty.BUCKETS;
    private static final int COUNT_BITS = 20;
    private static final long MOST = (1L << COUNT_BITS) - 1;

    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);
    private final long bucketNanos;

    Ghosts(long bucketNanos) {
        this.bucketNanos = bucketNanos;
    }

    long bucketNanos() {
        return bucketNanos;
    }

    void add(long at) {
        long tenth = at / bucketNanos;
        int bucket = (int) (tenth % BUCKETS);
        while (true) {
            long seen = buckets.get(bucket);
            long seenTenth = seen >>> COUNT_BITS;
            if (seenTenth > tenth || (seenTenth == tenth && (seen & MOST) == MOST)) {
                return; // this thread was held up for a whole round, or there are a million already
            }
            long next = seenTenth == tenth ? seen + 1 : (tenth << COUNT_BITS) + 1;
            if (buckets.compareAndSet(bucket, seen, next)) {
                return;
            }
        }
    }

    long count(long at) {
        long tenth = at / bucketNanos;
        long count = 0;
        for (int i = 0; i < BUCKETS; i++) {
            long seen = buckets.get(i);
            if (tenth - (seen >>> COUNT_BITS) < BUCKETS) {
                count += seen & MOST;
            }
        }
        return count;
    }

    /** When a failure added now no longer counts. */
    long endOf(long at) {
        return (at / bucketNanos + BUCKETS) * bucketNanos;
    }
}
