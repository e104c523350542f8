package io.mesh.circuitbreaker;

import io.mesh.time.RecentCount;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The calls of the last time, in ten parts: see {@link RecentCount}. */
final class TimeWindow implements FailureWindow {

    private final WindowRules rules;
    private final long span;
    private final RecentCount all;
    private final RecentCount failed;
    private final RecentCount slow;
    private volatile long lastMarkedAt; // the last failed or slow call; one that is overwritten is about as new

    TimeWindow(WindowRules rules, long now) {
        this.rules = rules;
        Duration time = Objects.requireNonNull(rules.config().time());
        this.span = Ticker.nanos(time);
        this.all = new RecentCount(span, now);
        this.failed = new RecentCount(span, now);
        this.slow = new RecentCount(span, now);
        this.lastMarkedAt = now - span; // none yet
    }

    private TimeWindow(WindowRules rules, TimeWindow same) {
        this.rules = rules;
        this.span = same.span;
        this.all = same.all;
        this.failed = same.failed;
        this.slow = same.slow;
        this.lastMarkedAt = same.lastMarkedAt;
    }

    @Override
    public @Nullable Rates ended(boolean hasFailed, boolean wasSlow, long now) {
        all.add(now);
        boolean counts = rules.isFailed(hasFailed, wasSlow);
        if (counts) {
            failed.add(now); // after all, and read before: never more failed than all
        }
        if (wasSlow) {
            slow.add(now);
        }
        if (counts || wasSlow) {
            lastMarkedAt = now;
        } else if (now - lastMarkedAt >= span) {
            return null;
        }
        Rates rates = rates(now);
        return rates.calls() < rules.minimumCalls() ? null : rates;
    }

    @Override
    public Rates rates(long now) {
        long failures = failed.sum(now);
        long slowOnes = slow.sum(now);
        long calls = all.sum(now);
        return new Rates(calls, Math.min(calls, failures), Math.min(calls, slowOnes));
    }

    @Override
    public boolean readsClock() {
        return true;
    }

    @Override
    public FailureWindow with(WindowRules newRules, CallStatistics statistics, long now) {
        if (!Objects.equals(newRules.config().time(), rules.config().time())) {
            return newRules.config().calls() != null ? newRules.newWindow(statistics, now) : resized(newRules, now);
        }
        return new TimeWindow(newRules, this);
    }

    private TimeWindow resized(WindowRules newRules, long now) {
        TimeWindow resized = new TimeWindow(newRules, now);
        long tenth = span / RecentCount.BUCKETS;
        for (long moment = now - (RecentCount.BUCKETS - 1) * tenth; now - moment >= 0; moment += tenth) {
            resized.all.add(moment, all.inTenthOf(moment));
            resized.failed.add(moment, failed.inTenthOf(moment));
            resized.slow.add(moment, slow.inTenthOf(moment));
        }
        resized.lastMarkedAt = now; // perhaps
        return resized;
    }
}
