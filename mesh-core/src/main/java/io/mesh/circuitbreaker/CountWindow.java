package io.mesh.circuitbreaker;

import org.jspecify.annotations.Nullable;

/**
 * The last calls. The row of calls is the breaker's own count of them, so a call that goes well writes nothing more:
 * see {@link MarkedCalls}.
 */
final class CountWindow implements FailureWindow {

    private static final int BASIS_POINTS = 10_000;

    private final WindowRules rules;
    private final CallStatistics statistics;
    private final long before; // calls that were counted before this window began
    private final MarkedCalls failed;
    private final @Nullable MarkedCalls slow;
    private volatile boolean filled; // once there were enough calls, one that goes well can only lower a rate

    CountWindow(WindowRules rules, int calls, CallStatistics statistics) {
        this(
                rules,
                statistics,
                statistics.evidence(),
                new MarkedCalls(calls),
                rules.timesCalls() ? new MarkedCalls(calls) : null);
    }

    private CountWindow(
            WindowRules rules, CallStatistics statistics, long before, MarkedCalls failed, @Nullable MarkedCalls slow) {
        this.rules = rules;
        this.statistics = statistics;
        this.before = before;
        this.failed = failed;
        this.slow = slow;
    }

    @Override
    public @Nullable Rates ended(boolean hasFailed, boolean wasSlow, long now) {
        boolean counts = rules.isFailed(hasFailed, wasSlow);
        if (!counts && !wasSlow && (filled || isUnmarked())) {
            return null;
        }
        long position = total();
        if (counts) {
            failed.mark(position);
        }
        if (wasSlow && slow != null) {
            slow.mark(position);
        }
        long reachedAt = reachedAt(failed, rules.failureBasisPoints());
        if (reachedAt < 0 && slow != null) {
            reachedAt = reachedAt(slow, rules.slowBasisPoints());
        }
        return reachedAt < 0 ? null : ratesAt(reachedAt);
    }

    private boolean isUnmarked() {
        return failed.count() == 0 && (slow == null || slow.count() == 0);
    }

    private long total() {
        return statistics.evidence() - before;
    }

    /**
     * The number of calls at which the share was seen to be reached, or -1. That number is read last: a thread may be
     * held up at any place, and marks that are newer than the number would all seem to be in the window.
     */
    private long reachedAt(MarkedCalls marked, int basisPoints) {
        int size = marked.size();
        long least = ((long) basisPoints * size + BASIS_POINTS - 1) / BASIS_POINTS;
        long marks = marked.count();
        long last = marks < least ? 0 : marked.position(marks - least);
        boolean moved = marked.count() != marks;
        long total = total();
        if (total < rules.minimumCalls()) {
            return -1;
        }
        filled = true;
        boolean reached = total < size
                ? marks > 0 && marks * BASIS_POINTS >= total * basisPoints
                : last > total - size && !moved; // if it moved, its place may have been taken; who took it looks, too
        return reached ? total : -1;
    }

    @Override
    public Rates rates(long now) {
        return ratesAt(total());
    }

    private Rates ratesAt(long total) {
        int size = failed.size();
        long behind = Math.max(0, total - size);
        long calls = Math.min(total, size);
        return new Rates(
                calls,
                Math.min(calls, failed.countBetween(behind, total)),
                slow == null ? 0 : Math.min(calls, slow.countBetween(behind, total)));
    }

    @Override
    public boolean readsClock() {
        return false;
    }

    @Override
    public FailureWindow with(WindowRules newRules, CallStatistics same, long now) {
        Integer calls = newRules.config().calls();
        if (calls == null) {
            return newRules.newWindow(same, now);
        }
        int size = calls;
        MarkedCalls keptFailed = size == failed.size() ? failed : new MarkedCalls(size, failed);
        MarkedCalls keptSlow = slow == null || size == slow.size() ? slow : new MarkedCalls(size, slow);
        if (!newRules.timesCalls()) {
            keptSlow = null;
        } else if (keptSlow == null) {
            keptSlow = new MarkedCalls(size);
        }
        return new CountWindow(newRules, same, before, keptFailed, keptSlow);
    }
}
