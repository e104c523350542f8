package io.mesh.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a circuit breaker looked like at one moment. Counts are since the breaker was made; they are exact
 * when no call is under way.
 *
 * @param name of the breaker
 * @param mode whether it acts, or only observes
 * @param state at that moment; still open after the open time if no call has asked since
 * @param inState how long it has been in that state
 * @param reason why it is in that state, for people: {@code 5 consecutive failures}
 * @param succeeded calls that ended well
 * @param failed calls that ended in a failure
 * @param ignored calls whose end was no evidence
 * @param rejected calls not let through, or that would not have been while it only observes; these have ended as
 *     {@code succeeded}, {@code failed} or {@code ignored}, too
 * @param consecutiveFailures failures in a row, while closed or disabled; 0 otherwise
 * @param window what is in the window while closed or disabled; null if there is none
 * @param trials trial calls under way, while half-open; 0 otherwise
 * @param nextTrialIn time until a trial call may pass, or might if it did not only observe; null if calls pass, or if it is open until reset
 * @param lastFailures the newest failures, newest first, at most ten
 */
public record BreakerSnapshot(
        String name,
        Mode mode,
        CircuitState state,
        Duration inState,
        String reason,
        long succeeded,
        long failed,
        long ignored,
        long rejected,
        int consecutiveFailures,
        @Nullable Window window,
        int trials,
        @Nullable Duration nextTrialIn,
        List<Failure> lastFailures) {

    /** Keeps the list as an unmodifiable copy. */
    public BreakerSnapshot {
        lastFailures = List.copyOf(lastFailures);
    }

    /** {@return how many calls were let through and have ended} */
    public long calls() {
        return succeeded + failed + ignored;
    }

    /** {@return the failed share of the calls that were evidence, 0.0 to 1.0; 0.0 if there were none} */
    public double failureRate() {
        long evidence = succeeded + failed;
        return evidence == 0 ? 0.0 : (double) failed / evidence;
    }

    /**
     * The calls that decide whether the circuit opens.
     *
     * @param calls in the window
     * @param failed of them
     * @param slow of them
     */
    public record Window(long calls, long failed, long slow) {

        /** {@return the failed share of the calls, 0.0 to 1.0; 0.0 if there are none} */
        public double failureRate() {
            return calls == 0 ? 0.0 : (double) failed / calls;
        }

        /** {@return the slow share of the calls, 0.0 to 1.0; 0.0 if there are none} */
        public double slowCallRate() {
            return calls == 0 ? 0.0 : (double) slow / calls;
        }
    }

    /**
     * One failure, as kept for people.
     *
     * @param type class name of what was thrown, or of the result that counted as a failure
     * @param age how long ago
     */
    public record Failure(String type, Duration age) {}
}
