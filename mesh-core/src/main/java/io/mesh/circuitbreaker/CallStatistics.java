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

    private final LongAdder completed = new LongAdder(); // and were evidence
    private final AtomicLong late = new AtomicLong();
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

    /** A success of an earlier period, which must not move the window of this one. */
    void succeededLate() {
        late.getAndIncrement();
    }

    /** The same of a failure. */
    void failedLate(Object what, long now) {
        late.getAndIncrement();
        failures.add(what.getClass().getName(), now);
    }

    void ignored() {
        ignored.getAndIncrement();
    }

    /** How many calls have ended, in time and with evidence: the row that a {@link CountWindow} looks at. */
    long evidence() {
        return completed.sum();
    }

    void rejected() {
        rejected.increment();
    }

    /** Like the one of {@link #totals()}, without an object. */
    long successes() {
        long failed = failures.count();
        return late.get() + completed.sum() - failed;
    }

    Totals totals() {
        long failed = failures.count();
        long ended = late.get() + completed.sum();
        return new Totals(ended - failed, failed, ignored.get(), rejected.sum());
    }

    List<BreakerSnapshot.Failure> lastFailures(long now) {
        return failures.newestFirst(now);
    }

    LastFailures.@Nullable Entry lastFailure() {
        return failures.newest();
    }

    record Totals(long succeeded, long failed, long ignored, long rejected) {}
}
