package io.mesh.circuitbreaker;

import io.mesh.policy.FailureMatcher;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The permit of one trial call. It reports once: a second report is told apart and changes nothing. */
final class Trial implements Permit {

    private static final System.Logger LOG = System.getLogger("io.mesh");

    private final HalfOpen period;
    private final int place;
    private final long since;
    private final AtomicBoolean reported = new AtomicBoolean();

    Trial(HalfOpen period, int place, long since) {
        this.period = period;
        this.place = place;
        this.since = since;
    }

    int place() {
        return place;
    }

    long since() {
        return since;
    }

    @Override
    public void success() {
        if (isFirstReport()) {
            succeed();
        }
    }

    @Override
    public boolean result(@Nullable Object result) {
        if (!isFirstReport()) {
            return false;
        }
        if (result != null && period.settings.classification().isFailure(result)) {
            fail(result);
            return true;
        }
        succeed();
        return false;
    }

    @Override
    public boolean failure(Throwable failure) {
        if (!isFirstReport()) {
            return false;
        }
        Classification.Verdict verdict = period.settings.classification().of(failure);
        switch (verdict) {
            case SUCCESS -> succeed();
            case FAILURE -> fail(FailureMatcher.unwrap(failure));
            case IGNORED -> {
                period.breaker.statistics().ignored();
                period.ignored(this);
            }
        }
        return verdict == Classification.Verdict.FAILURE;
    }

    @Override
    public void release() {
        if (isFirstReport()) {
            period.breaker.statistics().ignored();
            period.released(this);
        }
    }

    /** Gives up a place whose period had ended before the call could begin: there was no call to count. */
    void withdraw() {
        period.released(this);
    }

    private void succeed() {
        if (period.goesOn()) {
            period.breaker.statistics().succeeded();
        } else {
            period.breaker.statistics().succeededLate();
        }
        if (period.settings.timesCalls()) {
            long now = period.breaker.now();
            if (period.settings.isSlow(now - since)) {
                period.failed(null, now, Reason.TRIAL_SLOW);
                return;
            }
        }
        period.succeeded(this);
    }

    private void fail(Object what) {
        long now = period.breaker.now();
        if (period.goesOn()) {
            period.breaker.statistics().failed(what, now);
        } else {
            period.breaker.statistics().failedLate(what, now);
        }
        period.failed(what, now, Reason.TRIAL_FAILED);
    }

    private boolean isFirstReport() {
        if (reported.compareAndSet(false, true)) {
            return true;
        }
        LOG.log(Level.DEBUG, "A trial call of circuit breaker ''{0}'' reported twice.", period.breaker.name());
        return false;
    }
}
