package io.mesh.proxy;

import io.mesh.time.RecentCount;
import java.util.concurrent.TimeUnit;

/**
 * What hedges may add to the load of one service: a share of its first attempts of the last 10 s, and nothing beside.
 *
 * <p>A hedge is counted first and asked about then, and taken back if it is denied, so no two get what is there only
 * once. A hedge is forgotten no earlier than the first attempts that have paid for it, so the share holds over any span
 * of 10 s.
 */
final class HedgeBudget {

    private static final long SPAN = TimeUnit.SECONDS.toNanos(10);

    private final RecentCount firstAttempts;
    private final RecentCount hedges;

    HedgeBudget(long now) {
        this.firstAttempts = new RecentCount(SPAN, now);
        this.hedges = new RecentCount(SPAN, now);
    }

    /** A first attempt begins. */
    void earn(long now) {
        firstAttempts.add(now);
    }

    /** Pays for a hedge, unless there would be more of them than {@code percent} of the first attempts. */
    boolean take(double percent, long now) {
        hedges.add(now);
        if (hedges.sum(now) * 100.0 <= percent * firstAttempts.sum(now)) {
            return true;
        }
        giveBack(now);
        return false;
    }

    /** A hedge is not sent after all. */
    void giveBack(long taken) {
        hedges.remove(taken);
    }
}
