package io.mesh.circuitbreaker;

import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.Mode;
import io.mesh.model.WindowConfig;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A snapshot in words: why the breaker is in its state, what failed last, and what will change the state. */
final class Explanation {

    private static final long NANOS_OF_A_MILLI = 1_000_000;

    private final BreakerSnapshot now;
    private final CircuitBreakerConfig config;
    private final Duration openAgainFor;
    private final Duration recoversFor;

    /**
     * An explanation.
     *
     * @param openAgainFor how long it will be open if it opens next, jitter left out
     * @param recoversFor how long only a share of the calls passes, 0 if all do
     */
    Explanation(BreakerSnapshot now, CircuitBreakerConfig config, Duration openAgainFor, Duration recoversFor) {
        this.now = now;
        this.config = config;
        this.openAgainFor = openAgainFor;
        this.recoversFor = recoversFor;
    }

    /** Sentences, each on its line. */
    String text() {
        StringBuilder text = new StringBuilder(String.format(
                "Circuit breaker '%s' has been %s for %s: %s.",
                now.name(), words(now.state()), seconds(now.inState()), now.reason()));
        if (now.mode() == Mode.OBSERVE) {
            text.append(
                    "\nIt only observes: every call passes, and those that it would reject are counted as rejected.");
        }
        if (!now.lastFailures().isEmpty()) {
            text.append('\n').append(lastFailures(now.lastFailures()));
        }
        return text.append('\n').append(outlook()).toString();
    }

    private static String words(CircuitState state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** By class, the most frequent ones of the newest; the newest of each tells the time. */
    private static String lastFailures(List<BreakerSnapshot.Failure> newestFirst) {
        Map<String, Integer> counts = new TreeMap<>();
        newestFirst.forEach(failure -> counts.merge(failure.type(), 1, Integer::sum));
        StringBuilder text = new StringBuilder("The last failures: ");
        String separator = "";
        for (Map.Entry<String, Integer> type : counts.entrySet()) {
            text.append(separator).append(type.getValue()).append(" × ").append(type.getKey());
            newestFirst.stream()
                    .filter(failure -> failure.type().equals(type.getKey()))
                    .findFirst()
                    .ifPresent(newest ->
                            text.append(", ").append(seconds(newest.age())).append(" ago"));
            separator = "; ";
        }
        return text.append('.').toString();
    }

    private String outlook() {
        return switch (now.state()) {
            case CLOSED -> recovery() + opensWhen("It opens");
            case DISABLED -> "Every call passes until reset() or forceOpen() is called. " + opensWhen("It would open");
            case FORCED_OPEN -> "Every call is rejected until reset() or disable() is called.";
            case OPEN -> "A trial call may pass in " + seconds(now.nextTrialIn()) + "; " + trialsDecide();
            case HALF_OPEN -> trials(now.trials()) + " under way; " + trialsDecide();
        };
    }

    private String recovery() {
        return recoversFor.isZero()
                ? ""
                : "Only a share of the calls passes for another " + seconds(recoversFor) + ". ";
    }

    private String opensWhen(String opens) {
        WindowConfig window = config.window();
        BreakerSnapshot.Window inside = now.window();
        if (window == null || inside == null) {
            return opens + " after " + config.failureThreshold() + " failures in a row; there are "
                    + now.consecutiveFailures() + ".";
        }
        String calls = window.calls() != null
                ? "the last " + window.calls() + " calls"
                : "the calls of the last " + seconds(window.time());
        String slow = window.slowCallDuration() == null
                ? ""
                : ", or " + percent(window.slowCallRateThreshold()) + " take longer than "
                        + seconds(window.slowCallDuration());
        String slowNow = window.slowCallDuration() == null ? "" : ", " + inside.slow() + " slow";
        return opens + " when " + percent(window.failureRateThreshold()) + " of " + calls + " fail" + slow
                + ", once there are " + window.minimumCalls() + "; there are " + inside.calls() + ", " + inside.failed()
                + " failed" + slowNow + ".";
    }

    private String trialsDecide() {
        return trials(config.successThreshold()) + " that succeed close it, one that fails opens it again for "
                + seconds(openAgainFor) + ".";
    }

    private static String trials(int count) {
        return count + (count == 1 ? " trial call" : " trial calls");
    }

    private static String percent(double percent) {
        return (percent == Math.rint(percent) ? String.valueOf((long) percent) : String.valueOf(percent)) + " %";
    }

    private static String seconds(@Nullable Duration time) {
        if (time == null) {
            return "an unknown time";
        }
        return String.format(Locale.ROOT, "%d.%03d s", time.toSeconds(), time.toNanosPart() / NANOS_OF_A_MILLI);
    }
}
