package io.mesh.circuitbreaker;

import io.mesh.policy.FailureMatcher;
import org.jspecify.annotations.Nullable;

/**
 * The permit of a call that a breaker would have rejected if it did not only observe. What comes of the call adds to the
 * lifetime totals and changes nothing else: the breaker would not have seen it.
 */
record WouldBeRejected(Period period) implements Permit {

    @Override
    public void success() {
        period.breaker.statistics().succeededLate();
    }

    @Override
    public boolean result(@Nullable Object result) {
        if (result != null && period.settings.classification().isFailure(result)) {
            period.breaker.statistics().failedLate(result, period.breaker.now());
            return true;
        }
        success();
        return false;
    }

    @Override
    public boolean failure(Throwable failure) {
        Classification.Verdict verdict = period.settings.classification().of(failure);
        switch (verdict) {
            case SUCCESS -> success();
            case FAILURE ->
                period.breaker.statistics().failedLate(FailureMatcher.unwrap(failure), period.breaker.now());
            case IGNORED -> release();
        }
        return verdict == Classification.Verdict.FAILURE;
    }

    @Override
    public void release() {
        period.breaker.statistics().ignored();
    }
}
