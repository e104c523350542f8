package io.mesh.circuitbreaker;

import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The calls of the last time, in ten parts: see {@link TimedCounts}. */
final class TimeWindow implements FailureWindow {

    private static final long NEVER = -TimedCounts.PARTS;

    private final WindowRules rules;
    private final long origin;
    private final long partNanos;
    private final TimedCounts all;
    private final TimedCounts failed;
    private final TimedCounts slow;
    private volatile long lastMarked = NEVER; // part of the last failed or slow call; one that is overwritten is as new

    TimeWindow(WindowRules rules, long now) {
        this(rules, now, new TimedCounts(), new TimedCounts(), new TimedCounts());
    }

    private TimeWindow(WindowRules rules, long origin, TimedCounts all, TimedCounts failed, TimedCounts slow) {
        this.rules = rules;
        this.origin = origin;
        Duration time = Objects.requireNonNull(rules.config().time());
        this.partNanos = Ticker.nanos(time) / TimedCounts.PARTS;
        this.all = all;
        this.failed = failed;
        this.slow = slow;
    }

    @Override
    public @Nullable Rates ended(boolean hasFailed, boolean wasSlow, long now) {
        long part = part(now);
        all.add(part);
        boolean counts = rules.isFailed(hasFailed, wasSlow);
        if (counts) {
            failed.add(part); // after all, and read before: never more failed than all
        }
        if (wasSlow) {
            slow.add(part);
        }
        if (counts || wasSlow) {
            lastMarked = part;
        } else if (part - lastMarked >= TimedCounts.PARTS) {
            return null;
        }
        Rates rates = ratesAt(part);
        return rates.calls() < rules.minimumCalls() ? null : rates;
    }

    private long part(long now) {
        return Math.max(0, now - origin) / partNanos;
    }

    @Override
    public Rates rates(long now) {
        return ratesAt(part(now));
    }

    private Rates ratesAt(long part) {
        long failures = failed.sum(part);
        long slowOnes = slow.sum(part);
        long calls = all.sum(part);
        return new Rates(calls, Math.min(calls, failures), Math.min(calls, slowOnes));
    }

    @Override
    public boolean readsClock() {
        return true;
    }

    @Override
    public FailureWindow with(WindowRules newRules, CallStatistics statistics, long now) {
        Integer calls = newRules.config().calls();
        if (calls != null) {
            return new CountWindow(newRules, calls, statistics);
        }
        if (Objects.equals(newRules.config().time(), rules.config().time())) {
            TimeWindow same = new TimeWindow(newRules, origin, all, failed, slow);
            same.lastMarked = lastMarked;
            return same;
        }
        return resized(newRules, now);
    }

    private TimeWindow resized(WindowRules newRules, long now) {
        TimeWindow resized = new TimeWindow(newRules, origin, new TimedCounts(), new TimedCounts(), new TimedCounts());
        long newest = part(now);
        for (long part = Math.max(0, newest - TimedCounts.PARTS + 1); part <= newest; part++) {
            long there = resized.part(origin + part * partNanos);
            resized.all.add(there, all.count(part));
            resized.failed.add(there, failed.count(part));
            resized.slow.add(there, slow.count(part));
        }
        resized.lastMarked = resized.part(now);
        return resized;
    }
}
