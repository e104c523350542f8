package io.mesh.time;

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
 * <li>A bucket counts to 4,294,967,295 and stays there.
 * </ol>
 *
 * <p>Two of the same span that begin at the same moment have the same buckets. Thread-safe and without locks; exact
 * once all is quiet.
 */
public final class RecentCount {

    /** How many parts a span has. */
    public static final int BUCKETS = 10;

    private static final int TAG_SHIFT = 32;
    private static final long COUNT = 0xFFFF_FFFFL;

    /** How many buckets a tag may be ahead of a reading of the clock; one that seems further ahead is ancient. */
    private static final int MOST_AHEAD = 1 << 20;

    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);
    private final long origin;
    private final long width;
    private Tenth latest; // of those counted in; any thread may see an earlier one

    /**
     * Nothing has happened yet.
     *
     * @param spanNanos how far to look back, ten or more
     * @param now a reading of the clock
     */
    public RecentCount(long spanNanos, long now) {
        this.width = spanNanos / BUCKETS;
        this.origin = now - spanNanos; // the first tag is not that of an empty bucket
        this.latest = tenthOf(now);
    }

    /**
     * A tenth of the span; kept, since nearly all calls count in the one of the call before, and a division costs more than
     * the counting.
     *
     * @param slot which bucket counts it
     * @param since when it begins
     */
    private record Tenth(long bucket, int slot, long since) {}

    private Tenth tenthOf(long at) {
        long bucket = Math.floorDiv(at - origin, width);
        return new Tenth(bucket, Math.floorMod(bucket, BUCKETS), origin + bucket * width);
    }

    private Tenth tenthToCountIn(long at) {
        Tenth seen = latest;
        long into = at - seen.since;
        if (into >= 0 && into < width) {
            return seen;
        }
        Tenth other = tenthOf(at);
        latest = other;
        return other;
    }

    /**
     * Counts once.
     *
     * @param at a reading of the clock
     */
    public void add(long at) {
        Tenth tenth = tenthToCountIn(at);
        long there = buckets.get(tenth.slot);
        boolean goesOn = ahead(there, tenth.bucket) == 0 && (there & COUNT) < COUNT;
        if (!goesOn || !buckets.compareAndSet(tenth.slot, there, there + 1)) {
            add(tenth, 1);
        }
    }

    /**
     * Counts several times, unless the moment is so long ago that its bucket has been taken over.
     *
     * @param at a reading of the clock
     * @param times 0 or more
     */
    public void add(long at, long times) {
        add(tenthToCountIn(at), times);
    }

    private void add(Tenth tenth, long times) {
        while (true) {
            long there = buckets.get(tenth.slot);
            int ahead = ahead(there, tenth.bucket);
            if (ahead > 0 && ahead <= MOST_AHEAD) {
                return;
            }
            long before = ahead == 0 ? there & COUNT : 0;
            long counted = (tenth.bucket << TAG_SHIFT) | Math.min(COUNT, before + times);
            if (buckets.compareAndSet(tenth.slot, there, counted)) {
                return;
            }
        }
    }

    /**
     * Takes back what was counted once at a moment, unless that is past.
     *
     * @param at as it was counted
     */
    public void remove(long at) {
        Tenth tenth = tenthOf(at);
        int slot = tenth.slot;
        while (true) {
            long there = buckets.get(slot);
            if (ahead(there, tenth.bucket) != 0
                    || (there & COUNT) == 0
                    || buckets.compareAndSet(slot, there, there - 1)) {
                return;
            }
        }
    }

    /**
     * How often it has happened lately.
     *
     * @param now a reading of the clock
     * @return 0 or more
     */
    public long sum(long now) {
        long bucket = tenthOf(now).bucket;
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

    /**
     * How often it has happened in the tenth of the span that a moment is in.
     *
     * @param moment a reading of the clock, less than a span ago
     * @return 0 or more
     */
    public long inTenthOf(long moment) {
        Tenth tenth = tenthOf(moment);
        long there = buckets.get(tenth.slot);
        return ahead(there, tenth.bucket) == 0 ? there & COUNT : 0;
    }

    /** How many buckets what is there is ahead of another; 0 if it is the same. Tags may wrap. */
    private static int ahead(long there, long bucket) {
        return (int) (there >>> TAG_SHIFT) - (int) bucket;
    }
}
