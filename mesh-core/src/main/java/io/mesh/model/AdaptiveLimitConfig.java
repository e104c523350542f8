package io.mesh.model;

import java.time.Duration;

/**
 * How a concurrency limit finds its own size: it follows how long calls take.
 *
 * <p>Calls that wait inside the backend for each other take longer than a call that is alone there. So the limit is
 * multiplied by the latency without load, times {@code tolerance}, over the latency now, and gets its square root on top,
 * to see whether there is room for more. That is the gradient controller of Envoy's adaptive concurrency filter. The
 * latency without load is measured anew every {@code probeInterval}, at half the limit, as TCP BBR does; so a backend that
 * has become slower, or faster, for good is noticed.
 *
 * @param minLimit the limit never falls below this, 1 or more; default 1
 * @param initialLimit the limit to begin with, {@code minLimit} or more; default 8
 * @param tolerance how many times the latency without load is no reason for a lower limit, 1.0 to 10.0; default 1.25
 * @param probeInterval how often the latency without load is measured anew while the limit is in use, longer than
 *     0; until 10 to 50 calls have ended the limit is half of what it was; default 10 s
 */
public record AdaptiveLimitConfig(int minLimit, int initialLimit, double tolerance, Duration probeInterval) {

    private static final AdaptiveLimitConfig DEFAULTS = new AdaptiveLimitConfig(1, 8, 1.25, Duration.ofSeconds(10));

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public AdaptiveLimitConfig {
        Check.atLeast("minLimit", minLimit, 1);
        if (initialLimit < minLimit) {
            throw new InvalidSettingException(
                    "initialLimit", initialLimit, "must be minLimit (" + minLimit + ") or more");
        }
        if (!(tolerance >= 1.0 && tolerance <= 10.0)) { // stated positively: NaN is refused too
            throw new InvalidSettingException("tolerance", tolerance, "must be between 1.0 and 10.0");
        }
        Check.positive("probeInterval", probeInterval);
    }

    /** {@return the settings of an adaptive limit if none are given} */
    public static AdaptiveLimitConfig defaults() {
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

        private int minLimit;
        private int initialLimit;
        private double tolerance;
        private Duration probeInterval;

        private Builder(AdaptiveLimitConfig from) {
            minLimit = from.minLimit;
            initialLimit = from.initialLimit;
            tolerance = from.tolerance;
            probeInterval = from.probeInterval;
        }

        /**
         * Sets what the limit never falls below.
         *
         * @param calls 1 or more
         * @return this builder
         */
        public Builder minLimit(int calls) {
            this.minLimit = calls;
            return this;
        }

        /**
         * Sets the limit to begin with.
         *
         * @param calls {@code minLimit} or more
         * @return this builder
         */
        public Builder initialLimit(int calls) {
            this.initialLimit = calls;
            return this;
        }

        /**
         * Sets how many times the latency without load is no reason for a lower limit.
         *
         * @param times 1.0 to 10.0
         * @return this builder
         */
        public Builder tolerance(double times) {
            this.tolerance = times;
            return this;
        }

        /**
         * Sets how often the latency without load is measured anew.
         *
         * @param interval longer than 0
         * @return this builder
         */
        public Builder probeInterval(Duration interval) {
            this.probeInterval = interval;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public AdaptiveLimitConfig build() {
            return new AdaptiveLimitConfig(minLimit, initialLimit, tolerance, probeInterval);
        }
    }
}
