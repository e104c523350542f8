package io.mesh.model;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker rejected the call: its circuit is open, or half-open with every trial place taken.
 *
 * <p>The specification of Mesh calls it {@code CircuitOpenError}. Always a new object; its sentence is
 * built when asked for.
 */
public final class CircuitOpenException extends RejectedCallException implements DelayHint {

    private static final long serialVersionUID = 1L;

    private final String breaker;
    private final CircuitState state;
    private final @Nullable String lastFailure;
    private final long retryAfterNanos; // durations are made when asked for: most rejections are only counted
    private final long lastFailureAgeNanos;

    /**
     * Makes a rejection.
     *
     * @param breaker name of the breaker
     * @param state the state that refused the call
     * @param retryAfterNanos nanoseconds until a trial may pass, above 0; 0 if nobody can tell (forced open)
     * @param lastFailure class name of the last failure the breaker counted, or null if there was none
     * @param lastFailureAgeNanos how many nanoseconds ago that was; not looked at if there was none
     * @param stackTrace whether to walk the stack
     * @throws InvalidSettingException if a time is below 0
     */
    public CircuitOpenException(
            String breaker,
            CircuitState state,
            long retryAfterNanos,
            @Nullable String lastFailure,
            long lastFailureAgeNanos,
            boolean stackTrace) {
        super(stackTrace);
        Check.notNegative("retryAfterNanos", retryAfterNanos);
        Check.notNegative("lastFailureAgeNanos", lastFailureAgeNanos);
        this.breaker = breaker;
        this.state = state;
        this.retryAfterNanos = retryAfterNanos;
        this.lastFailure = lastFailure;
        this.lastFailureAgeNanos = lastFailureAgeNanos;
    }

    /** {@return the name of the breaker that rejected the call} */
    public String breaker() {
        return breaker;
    }

    /** {@return the state that refused the call: open, half-open or forced open} */
    public CircuitState state() {
        return state;
    }

    /** {@return the time until a trial call may pass, above zero; empty when forced open} */
    @Override
    public Optional<Duration> retryAfter() {
        return retryAfterNanos == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(retryAfterNanos));
    }

    /** {@return the class name of the last failure the breaker counted; empty if it was opened by hand before any} */
    public Optional<String> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }

    /** {@return how long before this rejection the last failure was; empty if there was none} */
    public Optional<Duration> lastFailureAge() {
        return lastFailure == null ? Optional.empty() : Optional.of(Duration.ofNanos(lastFailureAgeNanos));
    }

    @Override
    public String getMessage() {
        StringBuilder sentence = new StringBuilder("Circuit breaker '")
                .append(breaker)
                .append("' is ")
                .append(state.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        if (retryAfterNanos != 0) {
            sentence.append("; a trial call may pass in ").append(seconds(retryAfterNanos));
        } else {
            sentence.append(" until it is reset");
        }
        if (lastFailure != null) {
            sentence.append("; last failure: ")
                    .append(lastFailure)
                    .append(", ")
                    .append(seconds(lastFailureAgeNanos))
                    .append(" ago");
        }
        return sentence.append('.').toString();
    }

    /** By hand: a future that wraps a rejection asks for its sentence, and a formatter would cost most of that. */
    private static String seconds(long nanos) {
        Duration time = Duration.ofNanos(nanos);
        return time.toSeconds() + "."
                + Integer.toString(1_000 + time.toMillisPart()).substring(1) + " s";
    }
}
