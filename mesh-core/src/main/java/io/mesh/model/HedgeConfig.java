package io.mesh.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a call that takes long is made a second time on another instance while the first is still under way: the first
 * success wins, the others are cancelled. Only calls that may be made twice are hedged: see {@link Repeat}.
 *
 * <p>Exactly one of {@code delay} and {@code percentile} is given. Jeff Dean and Luiz Barroso, "The Tail at Scale"
 * (2013): hedging after 10 ms took the 99.9th percentile of a read of 1,000 keys from 1,800 ms to 74 ms, with 2 % more
 * requests.
 *
 * @param delay how long an attempt may be under way before a hedge is sent, longer than 0; null, the default, for a
 *     delay that follows {@code percentile}
 * @param percentile which of the service's own latencies is the delay, in percent: above 0 and below 100; default 95,
 *     so that one call in twenty takes longer. Measured over the calls of the last 10 to 20 s that may be hedged, to an
 *     eighth of its value; while fewer than 100 are known, none is hedged for taking long. Null if {@code delay} is given
 * @param maxHedges hedges of one call, 1 to 4; default 1
 * @param maxExtraLoad hedges as a share of the first attempts that may be hedged, over the last 10 s, in percent:
 *     above 0, at most 100; default 5. Every hedge is paid for by the service's retry budget, too
 * @param minDelay no {@code percentile} makes the delay shorter than this; longer than 0; default 1 ms
 */
public record HedgeConfig(
        @Nullable Duration delay, @Nullable Double percentile, int maxHedges, double maxExtraLoad, Duration minDelay) {

    private static final int MOST_HEDGES = 4;
    private static final double ALL = 100;
    private static final HedgeConfig DEFAULTS = new HedgeConfig(null, 95.0, 1, 5, Duration.ofMillis(1));

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range, or not exactly one of delay and percentile is given
     */
    public HedgeConfig {
        if (delay == null && percentile == null) {
            throw new InvalidSettingException("delay", null, "must be given, or percentile");
        }
        if (delay != null && percentile != null) {
            throw new InvalidSettingException(
                    "percentile", percentile, "must not be given beside delay (" + delay + ")");
        }
        if (delay != null) {
            Check.positive("delay", delay);
        }
        if (percentile != null && !(percentile > 0 && percentile < ALL)) { // stated positively: NaN is refused too
            throw new InvalidSettingException("percentile", percentile, "must be above 0 and below 100");
        }
        if (maxHedges < 1 || maxHedges > MOST_HEDGES) {
            throw new InvalidSettingException("maxHedges", maxHedges, "must be between 1 and " + MOST_HEDGES);
        }
        if (!(maxExtraLoad > 0 && maxExtraLoad <= ALL)) {
            throw new InvalidSettingException("maxExtraLoad", maxExtraLoad, "must be above 0 and at most 100");
        }
        Check.positive("minDelay", minDelay);
    }

    /** {@return hedges after the 95th percentile, one a call at most} */
    public static HedgeConfig defaults() {
        return DEFAULTS;
    }

    /** {@return a builder that starts from the defaults} */
    public static Builder builder() {
        return DEFAULTS.toBuilder();
    }

    /** {@return a builder that starts from these settings} */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects settings; not thread-safe. Nothing is checked before {@link #build()}. */
    public static final class Builder {

        private @Nullable Duration delay;
        private @Nullable Double percentile;
        private int maxHedges;
        private double maxExtraLoad;
        private Duration minDelay;

        private Builder(HedgeConfig from) {
            delay = from.delay;
            percentile = from.percentile;
            maxHedges = from.maxHedges;
            maxExtraLoad = from.maxExtraLoad;
            minDelay = from.minDelay;
        }

        /**
         * Sets a fixed delay, in place of a percentile.
         *
         * @param time longer than 0
         * @return this builder
         */
        public Builder delay(Duration time) {
            this.delay = time;
            this.percentile = null;
            return this;
        }

        /**
         * Sets a delay that follows the latency of the service, in place of a fixed one.
         *
         * @param percent above 0 and below 100
         * @return this builder
         */
        public Builder percentile(double percent) {
            this.percentile = percent;
            this.delay = null;
            return this;
        }

        /**
         * Sets how many hedges one call may have.
         *
         * @param most 1 to 4
         * @return this builder
         */
        public Builder maxHedges(int most) {
            this.maxHedges = most;
            return this;
        }

        /**
         * Sets how far hedges may add to the load.
         *
         * @param percent of the first attempts, above 0, at most 100
         * @return this builder
         */
        public Builder maxExtraLoad(double percent) {
            this.maxExtraLoad = percent;
            return this;
        }

        /**
         * Sets the least delay that a percentile comes to.
         *
         * @param time longer than 0
         * @return this builder
         */
        public Builder minDelay(Duration time) {
            this.minDelay = time;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public HedgeConfig build() {
            return new HedgeConfig(delay, percentile, maxHedges, maxExtraLoad, minDelay);
        }
    }
}
