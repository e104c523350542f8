package io.mesh.circuitbreaker;

import io.mesh.model.WindowConfig;
import io.mesh.time.Ticker;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A window's settings, worked out once. Rates are compared in whole numbers, so a threshold is met by exactly its share.
 *
 * @param failureBasisPoints share of failed calls that opens, in hundredths of a percent
 * @param slowBasisPoints the same of slow calls
 * @param slowNanos a call that takes longer is slow; {@link Ticker#FOREVER} if none is
 */
record WindowRules(WindowConfig config, int failureBasisPoints, int slowBasisPoints, int minimumCalls, long slowNanos) {

    private static final int BASIS_POINTS = 10_000;

    static @Nullable WindowRules of(@Nullable WindowConfig config) {
        if (config == null) {
            return null;
        }
        Integer minimum = config.minimumCalls();
        return new WindowRules(
                config,
                basisPoints(config.failureRateThreshold()),
                basisPoints(config.slowCallRateThreshold()),
                minimum == null ? 1 : minimum, // never null: the record puts in a default
                config.slowCallDuration() == null ? Ticker.FOREVER : Ticker.nanos(config.slowCallDuration()));
    }

    FailureWindow newWindow(CallStatistics statistics, long now) {
        Integer calls = config.calls();
        return calls == null ? new TimeWindow(this, now) : new CountWindow(this, calls, statistics);
    }

    private static int basisPoints(double percent) {
        return BigDecimal.valueOf(percent).movePointRight(2).intValueExact();
    }

    boolean timesCalls() {
        return slowNanos < Ticker.FOREVER;
    }

    boolean isSlow(long tookNanos) {
        return tookNanos > slowNanos;
    }

    boolean isFailed(boolean failed, boolean slow) {
        return failed || (slow && config.slowCountsAsFailure());
    }

    /** Whether these rates open the circuit. */
    boolean isReached(Rates rates) {
        return rates.calls() >= minimumCalls && (isFailureRateReached(rates) || isSlowRateReached(rates));
    }

    /** Why they do, for people. */
    String reason(Rates rates) {
        return isFailureRateReached(rates) ? Reason.failureRate(rates) : Reason.slowRate(rates);
    }

    private boolean isFailureRateReached(Rates rates) {
        return isShare(rates.failed(), rates.calls(), failureBasisPoints);
    }

    private boolean isSlowRateReached(Rates rates) {
        return timesCalls() && isShare(rates.slow(), rates.calls(), slowBasisPoints);
    }

    private static boolean isShare(long some, long all, int basisPoints) {
        return some > 0 && some * BASIS_POINTS >= all * basisPoints;
    }
}
