package io.mesh.loadbalancer;

import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long a failed call counts as one more in flight, and the time of that; shared by the endpoints of a balancer.
 *
 * <p>It also knows whether any failure may still count, so that a pick reads no clock while none does. Times
 * are nanoseconds since the balancer was made, so they are compared directly.
 */
final class FailurePenalty {

    static final int BUCKETS = 10;
    private static final long LEAST_BUCKET_NANOS = TimeUnit.MILLISECONDS.toNanos(1); // or bucket numbers overflow

    private final Ticker ticker;
    private final long origin;
    private final AtomicLong countsUntil = new AtomicLong(); // 0: no failure counts
    private volatile long bucketNanos;

    FailurePenalty(Ticker ticker, Duration duration) {
        this.ticker = ticker;
        this.origin = ticker.now();
        change(duration);
    }

    /** Failures so far count for as long as they would have, but those of an endpoint end with its next one. */
    void change(Duration duration) {
        long nanos = Ticker.nanos(duration);
        bucketNanos = nanos == 0 ? 0 : Math.max(LEAST_BUCKET_NANOS, nanos / BUCKETS);
    }

    /** A tenth of the penalty; 0 if failures do not count. */
    long bucketNanos() {
        return bucketNanos;
    }

    long now() {
        return ticker.now() - origin;
    }

    void extend(long until) {
        long seen = countsUntil.get();
        while (seen < until && !countsUntil.compareAndSet(seen, until)) {
            seen = countsUntil.get();
        }
    }

    /** Whether a failure may count, so that a pick must read the clock. */
    boolean isLive() {
        return countsUntil.get() != 0;
    }

    /**
     * The time for a pick.
     *
     * @param wanted whether the strategy needs it in any case
     * @return {@link Endpoint#UNTIMED} if it is not wanted and no failure counts at that reading any more
     */
    long at(long reading, boolean wanted) {
        long at = reading - origin;
        long until = countsUntil.get();
        if (until != 0 && at < until) {
            return at;
        }
        if (until != 0) {
            countsUntil.compareAndSet(until, 0); // unless another call has failed just now
        }
        return wanted ? at : Endpoint.UNTIMED;
    }
}
