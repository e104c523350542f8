package io.mesh.circuitbreaker;

import io.mesh.model.BreakerSnapshot;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts for people, never for decisions, since the breaker was made.
 *
 * <p>A success writes one striped counter; how many there were is derived. A call is counted as ended before
 * it is counted as failed or ignored, and read the other way round, so no count is ever below zero. At rest
 * all are exact.
 */
final class CallStatistics {

    private final LongAdder completed = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final AtomicLong ignored = new AtomicLong();
    private final LastFailures failures = new LastFailures();

    void succeeded() {
        completed.increment();
    }

    void failed(Object what, long now) {
        completed.increment();
        failures.add(what.getClass().getName(), now);
    }

    void ignored() {
        completed.increment();
        ignored.getAndIncrement();
    }

    void rejected() {
        rejected.increment();
    }

    /** Like the one of {@link #totals()}, without an object. */
    long successes() {
        long other = failures.count() + ignored.get();
        return completed.sum() - other;
    }

    Totals totals() {
        long failed = failures.count();
        long noEvidence = ignored.get();
        long ended = completed.sum();
        return new Totals(ended - failed - noEvidence, failed, noEvidence, rejected.sum());
    }

    List<BreakerSnapshot.Failure> lastFailures(long now) {
        return failures.newestFirst(now);
    }

    LastFailures.@Nullable Entry lastFailure() {
        return failures.newest();
    }

    record Totals(long succeeded, long failed, long ignored, long rejected) {}
}
