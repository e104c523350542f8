package io.mesh.loadbalancer;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * The latency of one endpoint as {@code PEAK_EWMA} sees it: the greatest of late, each forgotten with e<sup>-t / 10 s</sup>.
 *
 * <p>A latency above the average is the average at once; one below it is already told of by the decay, which goes on
 * whether calls are made or not. Finagle's {@code PeakEwma}, whence name and figures, gets there by averaging in a zero
 * at each look.
 *
 * <ol>
 * <li>Average and time of its peak are one long, swapped as one: a float of nanoseconds above a count of 65,536 ns. The
 *     count comes round after 78 hours; the peak of an endpoint idle for exactly so long counts once more.
 * <li>A failed or abandoned call never lowers the average. An unknown average counts as a second for it, so that a call
 *     that fails fast does not make a new endpoint look fast.
 * <li>Whoever comes with a time a little before that of the peak, since another thread was quicker, sees the peak.
 * </ol>
 */
final class PeakEwma extends PeakEwmaWord implements CallObserver {

    static final long DECAY_NANOS = TimeUnit.SECONDS.toNanos(10);
    static final long FAILURE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final AtomicLongFieldUpdater<PeakEwmaWord> WORD =
            AtomicLongFieldUpdater.newUpdater(PeakEwmaWord.class, "word");
    private static final int TICK_BITS = 16;
    private static final long TICK_MASK = 0xFFFF_FFFFL;
    private static final long LATE_TICKS = 1 << 20; // 69 s
    private static final double DECAY_TICKS = (double) (DECAY_NANOS >> TICK_BITS);

    @Override
    public void ended(CallOutcome outcome, long latencyNanos, long now) {
        if (latencyNanos == UNKNOWN) {
            return;
        }
        long took = Math.max(1, latencyNanos); // 0 is unknown
        double unknown = outcome == CallOutcome.SUCCESS ? 0 : FAILURE_NANOS;
        while (true) {
            long seen = word;
            double average = average(seen, now);
            boolean tells = took > (average == 0 ? unknown : average);
            if (!tells || WORD.compareAndSet(this, seen, word(took, now))) {
                return;
            }
        }
    }

    /** The average in nanoseconds; 0 if no call has been measured. */
    double average(long now) {
        return average(word, now);
    }

    private static double average(long word, long now) {
        float peak = Float.intBitsToFloat((int) (word >>> 32));
        if (peak == 0) {
            return 0;
        }
        long ticks = ((now >>> TICK_BITS) - word) & TICK_MASK;
        boolean isNow = ticks == 0 || ticks > TICK_MASK - LATE_TICKS;
        return Math.max(1, isNow ? peak : peak * Math.exp(-(double) ticks / DECAY_TICKS));
    }

    private static long word(long nanos, long now) {
        return ((long) Float.floatToIntBits((float) nanos) << 32) | ((now >>> TICK_BITS) & TICK_MASK);
    }
}
