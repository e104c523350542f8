package io.mesh.circuitbreaker;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.Mode;
import io.mesh.time.Ticker;
import org.jspecify.annotations.Nullable;

/** A breaker's settings, worked out once. */
record Settings(
        CircuitBreakerConfig config,
        Mode mode,
        OpenTimes openTimes,
        long trialNanos,
        long recoveryNanos,
        long stuckNanos,
        Classification classification,
        @Nullable WindowRules window) {

    static Settings of(CircuitBreakerConfig config, Mode mode, Ticker ticker) {
        return new Settings(
                config,
                mode,
                OpenTimes.of(config),
                Ticker.nanos(config.trialTimeout()),
                Ticker.nanos(config.recoveryTime()),
                config.stuckCallTimeout() == null ? Ticker.FOREVER : Ticker.nanos(config.stuckCallTimeout()),
                new Classification(config, ticker),
                WindowRules.of(config.window()));
    }

    /** Whether calls pass that would be rejected. */
    boolean observes() {
        return mode == Mode.OBSERVE;
    }

    /** How long a circuit is open the first time, which is the measure of other times. */
    long openNanos() {
        return openTimes.firstNanos();
    }

    /** Whether each call is timed, since it may be slow. */
    boolean timesCalls() {
        return window != null && window.timesCalls();
    }

    boolean watchesCalls() {
        return stuckNanos < Ticker.FOREVER;
    }

    /** Whether nothing is to be asked or noted before a call. */
    boolean isPlain() {
        return !timesCalls() && !watchesCalls();
    }

    boolean isOnlyTimed() {
        return timesCalls() && !watchesCalls();
    }

    boolean isSlow(long tookNanos) {
        return window != null && window.isSlow(tookNanos);
    }
}
