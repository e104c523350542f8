package io.mesh.model;

import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a closed circuit counts its failures, if not in a row: over the last calls, or over the last time. It opens when
 * at least {@code minimumCalls} are in the window and the failed share, or the slow share, is at least its threshold.
 *
 * <p>Exactly one of {@code calls} and {@code time} is given.
 *
 * @param calls how many of the last calls are looked at, 1 to 100,000; null for a window of time. Takes 8 bytes for
 *     each, twice that with slow calls
 * @param time how long a call is looked at, 1 s to a day; null for a window of calls. Kept in ten parts, so a call leaves
 *     the window after nine to ten tenths of it
 * @param failureRateThreshold share of failed calls that opens the circuit, in percent: above 0, at most 100, in steps
 *     of 0.01; default 50
 * @param minimumCalls calls that must be in the window before it says anything, 1 or more and at most {@code calls};
 *     default {@code calls}, or 20 for a window of time
 * @param slowCallDuration a call that takes longer is slow, and a slow trial call fails; null if that is not looked at,
 *     the default, since it reads the clock twice a call
 * @param slowCallRateThreshold share of slow calls that opens the circuit, in percent as above; default 100
 * @param slowCountsAsFailure whether a slow call is also one that failed; default false
 */
public record WindowConfig(
        @Nullable Integer calls,
        @Nullable Duration time,
        double failureRateThreshold,
        @Nullable Integer minimumCalls,
        @Nullable Duration slowCallDuration,
        double slowCallRateThreshold,
        boolean slowCountsAsFailure) {

    private static final int MOST_CALLS = 100_000;
    private static final int MINIMUM_CALLS_IN_TIME = 20;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final double HALF = 50;
    private static final double ALL = 100;

    /**
     * Checks every component, and puts in the default of {@code minimumCalls}.
     *
     * @throws InvalidSettingException if one is out of its range, or the two kinds of window are mixed
     */
    public WindowConfig {
        if (calls == null && time == null) {
            throw new InvalidSettingException("calls", null, "must be given, or time");
        }
        if (calls != null && time != null) {
            throw new InvalidSettingException("time", time, "must not be given beside calls (" + calls + ")");
        }
        if (calls != null && (calls < 1 || calls > MOST_CALLS)) {
            throw new InvalidSettingException("calls", calls, "must be between 1 and " + MOST_CALLS);
        }
        if (time != null && (time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0)) {
            throw new InvalidSettingException("time", time, "must be between 1s and 1d");
        }
        percent("failureRateThreshold", failureRateThreshold);
        percent("slowCallRateThreshold", slowCallRateThreshold);
        if (minimumCalls == null) {
            minimumCalls = calls == null ? Integer.valueOf(MINIMUM_CALLS_IN_TIME) : calls;
        }
        Check.atLeast("minimumCalls", minimumCalls, 1);
        if (calls != null && minimumCalls > calls) {
            throw new InvalidSettingException(
                    "minimumCalls", minimumCalls, "must be at most calls, " + calls + ": more never are in the window");
        }
        if (slowCallDuration != null) {
            Check.positive("slowCallDuration", slowCallDuration);
        } else if (slowCountsAsFailure) {
            throw new InvalidSettingException(
                    "slowCountsAsFailure", true, "must be false without slowCallDuration: no call is slow");
        }
    }

    private static void percent(String component, double value) {
        boolean inRange = value > 0 && value <= ALL; // false for NaN
        if (!inRange || BigDecimal.valueOf(value).stripTrailingZeros().scale() > 2) {
            throw new InvalidSettingException(component, value, "must be above 0 and at most 100, in steps of 0.01");
        }
    }

    /**
     * The last calls.
     *
     * @param calls how many
     * @return a window with default thresholds
     * @throws InvalidSettingException if there are too few or too many
     */
    public static WindowConfig count(int calls) {
        return new WindowConfig(calls, null, HALF, null, null, ALL, false);
    }

    /**
     * The calls of the last time.
     *
     * @param time how long
     * @return a window with default thresholds
     * @throws InvalidSettingException if it is too short or too long
     */
    public static WindowConfig time(Duration time) {
        return new WindowConfig(null, time, HALF, null, null, ALL, false);
    }

    /**
     * The same with another threshold.
     *
     * @param percent above 0, at most 100, in steps of 0.01
     * @return the window
     * @throws InvalidSettingException if it is out of range
     */
    public WindowConfig withFailureRateThreshold(double percent) {
        return new WindowConfig(
                calls, time, percent, minimumCalls, slowCallDuration, slowCallRateThreshold, slowCountsAsFailure);
    }

    /**
     * The same with another minimum.
     *
     * @param least 1 or more, at most {@code calls}
     * @return the window
     * @throws InvalidSettingException if it is out of range
     */
    public WindowConfig withMinimumCalls(int least) {
        return new WindowConfig(
                calls, time, failureRateThreshold, least, slowCallDuration, slowCallRateThreshold, slowCountsAsFailure);
    }

    /**
     * The same, looking at slow calls.
     *
     * @param longerThan a call that takes longer is slow
     * @param ratePercent share of slow calls that opens the circuit, in percent
     * @return the window
     * @throws InvalidSettingException if one is out of range
     */
    public WindowConfig withSlowCalls(Duration longerThan, double ratePercent) {
        return new WindowConfig(
                calls, time, failureRateThreshold, minimumCalls, longerThan, ratePercent, slowCountsAsFailure);
    }

    /**
     * The same, with slow calls counting as failed or not.
     *
     * @param count whether they do
     * @return the window
     * @throws InvalidSettingException if they do and none is slow
     */
    public WindowConfig withSlowCountsAsFailure(boolean count) {
        return new WindowConfig(
                calls, time, failureRateThreshold, minimumCalls, slowCallDuration, slowCallRateThreshold, count);
    }
}
