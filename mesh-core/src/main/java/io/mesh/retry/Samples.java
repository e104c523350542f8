package io.mesh.retry;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * How many first attempts there had been at moments that are at least a second apart, the newest last.
 * Immutable. Between two samples the rate is taken as even, so a count is known for every moment in between.
 *
 * <p>No count is ever lower than that of the sample before, even if what was read was: what is counted by many
 * counters may be read a little too low while calls run.
 */
final class Samples {

    static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /**
     * The counts at one moment.
     *
     * @param at reading of the clock
     * @param succeeded first attempts that had gone well
     * @param failed first attempts that had not
     */
    private record Sample(long at, long succeeded, long failed) {}

    private final List<Sample> samples;
    private final Sample newest;

    private Samples(List<Sample> samples) {
        this.samples = samples;
        this.newest = samples.get(samples.size() - 1);
    }

    /** Nothing has been counted yet. */
    static Samples begin(long now) {
        return new Samples(List.of(new Sample(now, 0, 0)));
    }

    boolean isDue(long now) {
        return now - newest.at >= SECOND;
    }

    /**
     * These and one more, without those that nobody will ask for.
     *
     * @param spanNanos how far back is asked for; one sample that old, or older, is kept
     */
    Samples with(long now, long succeeded, long failed, long spanNanos) {
        int oldest = samples.size() - 1;
        while (oldest > 0 && now - samples.get(oldest).at < spanNanos) {
            oldest--;
        }
        List<Sample> kept = new ArrayList<>(samples.subList(oldest, samples.size()));
        kept.add(new Sample(now, Math.max(newest.succeeded, succeeded), Math.max(newest.failed, failed)));
        return new Samples(kept);
    }

    /** First attempts that had gone well or failed by the newest sample. */
    long total() {
        return newest.succeeded + newest.failed;
    }

    /** First attempts that went well between a moment and the newest sample. */
    long succeededSince(long moment) {
        return newest.succeeded - countAt(moment, Sample::succeeded);
    }

    /**
     * First attempts in a second: in the one before the newest sample, or in the last one as far as it is known,
     * whichever is more. What went well since the newest sample is not known, what failed is.
     *
     * @param failed first attempts that have failed by now
     */
    long inLastSecond(long now, long failed) {
        return Math.max(inSecondBefore(newest.at, newest.failed), inSecondBefore(now, failed));
    }

    private long inSecondBefore(long end, long failed) {
        return succeededSince(end - SECOND) + failed - countAt(end - SECOND, Sample::failed);
    }

    private long countAt(long moment, ToLongFunction<Sample> count) {
        Sample later = newest;
        if (moment - later.at >= 0) {
            return count.applyAsLong(later);
        }
        for (int i = samples.size() - 2; i >= 0; i--) {
            Sample earlier = samples.get(i);
            if (moment - earlier.at >= 0) {
                double share = (double) (moment - earlier.at) / (later.at - earlier.at);
                long between = count.applyAsLong(later) - count.applyAsLong(earlier);
                return count.applyAsLong(earlier) + (long) (between * share);
            }
            later = earlier;
        }
        return count.applyAsLong(later);
    }
}
