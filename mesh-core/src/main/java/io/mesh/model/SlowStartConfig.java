package io.mesh.model;

import java.time.Duration;

/**
 * How an instance that is new, or healthy again, comes to its full share of calls, as in Envoy's slow start.
 *
 * <p>Of the calls that the strategy gives it, it takes (time since it came / {@code window})<sup>1 / aggression</sup>, but
 * at least {@code minPercent}; the others go to instances that are not new. These take at most twice their share: where
 * more are new than not, the new take more, and while all are new, each has its full share.
 *
 * @param window after which the instance has its full share, longer than 0; default 30 s
 * @param minPercent what it takes at least, 1 to 100 % of its share; default 10
 * @param aggression how the share grows: 1.0, the default, evenly; more: quickly at first; above 0, at most 100
 */
public record SlowStartConfig(Duration window, int minPercent, double aggression) {

    private static final double MAX_AGGRESSION = 100.0;
    private static final SlowStartConfig DEFAULTS = new SlowStartConfig(Duration.ofSeconds(30), 10, 1.0);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is missing or out of its range
     */
    public SlowStartConfig {
        Check.positive("window", window);
        if (minPercent < 1 || minPercent > 100) {
            throw new InvalidSettingException("minPercent", minPercent, "must be between 1 and 100");
        }
        if (!(aggression > 0 && aggression <= MAX_AGGRESSION)) { // stated positively: NaN is refused too
            throw new InvalidSettingException("aggression", aggression, "must be above 0, and at most 100");
        }
    }

    /** {@return the settings of a slow start if none are given} */
    public static SlowStartConfig defaults() {
        return DEFAULTS;
    }

    /**
     * A share that grows evenly from a tenth.
     *
     * @param window after which the instance has its full share, longer than 0
     * @return the settings
     * @throws InvalidSettingException if the window is not longer than 0
     */
    public static SlowStartConfig of(Duration window) {
        return new SlowStartConfig(window, DEFAULTS.minPercent, DEFAULTS.aggression);
    }
}
