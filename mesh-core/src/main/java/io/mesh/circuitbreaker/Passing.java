package io.mesh.circuitbreaker;

import io.mesh.policy.FailureMatcher;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A period in which every call passes. It is itself the permit of these calls, so a call allocates nothing,
 * and a success writes nothing but one striped counter: the failures in a row are reset only if there are any.
 */
abstract sealed class Passing extends Period implements Permit permits Closed, Disabled {

    /** Failures in a row. Shared by the periods that follow each other by reconfiguring. */
    final AtomicInteger failures;

    Passing(CircuitBreaker breaker, Settings settings, long since) {
        super(breaker, settings, since);
        this.failures = new AtomicInteger();
    }

    Passing(Period before, long since) {
        super(before, since, null);
        this.failures = new AtomicInteger();
    }

    Passing(Passing before, long since, AtomicInteger failures) {
        super(before, since, null);
        this.failures = failures;
    }

    Passing(Passing same, Settings settings, AtomicInteger failures) {
        super(same, settings);
        this.failures = failures;
    }

    /** A failure was counted. */
    abstract void failed(int inARow, long now);

    @Override
    final Permit tryEnter(long now) {
        return this;
    }

    @Override
    final boolean goesOn() {
        return breaker.current() instanceof Passing current && current.failures == failures;
    }

    @Override
    final long nanosUntilPermit(long now) {
        return 0;
    }

    @Override
    final int consecutiveFailures() {
        return failures.get();
    }

    @Override
    public final void success() {
        breaker.statistics().succeeded();
        if (failures.get() != 0) {
            failures.set(0);
        }
    }

    @Override
    public final boolean result(@Nullable Object result) {
        if (result != null && settings.classification().isFailure(result)) {
            fail(result);
            return true;
        }
        success();
        return false;
    }

    @Override
    public final boolean failure(Throwable failure) {
        Classification.Verdict verdict = settings.classification().of(failure);
        switch (verdict) {
            case SUCCESS -> success();
            case FAILURE -> fail(FailureMatcher.unwrap(failure));
            case IGNORED -> release();
        }
        return verdict == Classification.Verdict.FAILURE;
    }

    @Override
    public final void release() {
        breaker.statistics().ignored();
    }

    private void fail(Object what) {
        long now = breaker.now();
        breaker.statistics().failed(what, now);
        failed(failures.updateAndGet(n -> n == Integer.MAX_VALUE ? n : n + 1), now);
    }
}
