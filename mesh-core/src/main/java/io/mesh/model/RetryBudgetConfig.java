package io.mesh.model;

import java.time.Duration;

/**
 * How far retries may add to the load of a service.
 *
 * <p>Every call that succeeds at its first attempt earns {@code ratio} of a retry, which may be spent for
 * {@code ttl}. On top of that {@code minPerSecond} retries a second need not be earned, so that a service with
 * little traffic can retry at all. The scheme is Finagle's {@code RetryBudget}; that only success earns keeps
 * retries from feeding on an outage.
 *
 * <p>What has been saved cannot be spent in one burst: in any second at most {@code minPerSecond} retries are
 * made, or half as many as there were first attempts in the last second, whichever is more. And one call takes
 * at most a fifth of what is left, but may always take one.
 *
 * @param ratio retries earned per success, 0.0 to 1000.0; default 0.2: one retry per five successes
 * @param minPerSecond retries a second that need not be earned, 0 or more; default 10
 * @param ttl how long what was earned may be saved, 1 s to 60 s; default 10 s
 * @param enabled whether there is a budget; without one, retries are limited by {@code maxAttempts} alone;
 *     default true
 */
public record RetryBudgetConfig(double ratio, int minPerSecond, Duration ttl, boolean enabled) {

    private static final Duration LEAST_TTL = Duration.ofSeconds(1);
    private static final Duration MOST_TTL = Duration.ofSeconds(60);
    private static final RetryBudgetConfig DEFAULTS = new RetryBudgetConfig(0.2, 10, Duration.ofSeconds(10), true);
    private static final RetryBudgetConfig NONE =
            DEFAULTS.toBuilder().enabled(false).build();

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public RetryBudgetConfig {
        if (!(ratio >= 0.0 && ratio <= 1000.0)) { // stated positively: NaN is refused too
            throw new InvalidSettingException("ratio", ratio, "must be between 0.0 and 1000.0");
        }
        Check.notNegative("minPerSecond", minPerSecond);
        Check.present("ttl", ttl);
        if (ttl.compareTo(LEAST_TTL) < 0 || ttl.compareTo(MOST_TTL) > 0) {
            throw new InvalidSettingException("ttl", ttl, "must be between " + LEAST_TTL + " and " + MOST_TTL);
        }
    }

    /** {@return the settings of a budget if none are given} */
    public static RetryBudgetConfig defaults() {
        return DEFAULTS;
    }

    /** {@return no budget, where there would be one by default} */
    public static RetryBudgetConfig none() {
        return NONE;
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

        private double ratio;
        private int minPerSecond;
        private Duration ttl;
        private boolean enabled;

        private Builder(RetryBudgetConfig from) {
            ratio = from.ratio;
            minPerSecond = from.minPerSecond;
            ttl = from.ttl;
            enabled = from.enabled;
        }

        /**
         * Sets how many retries a success earns.
         *
         * @param retries 0.0 to 1000.0
         * @return this builder
         */
        public Builder ratio(double retries) {
            this.ratio = retries;
            return this;
        }

        /**
         * Sets how many retries a second need not be earned.
         *
         * @param retries 0 or more
         * @return this builder
         */
        public Builder minPerSecond(int retries) {
            this.minPerSecond = retries;
            return this;
        }

        /**
         * Sets how long what was earned may be saved.
         *
         * @param duration 1 s to 60 s
         * @return this builder
         */
        public Builder ttl(Duration duration) {
            this.ttl = duration;
            return this;
        }

        /**
         * Sets whether there is a budget.
         *
         * @param on false for none
         * @return this builder
         */
        public Builder enabled(boolean on) {
            this.enabled = on;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public RetryBudgetConfig build() {
            return new RetryBudgetConfig(ratio, minPerSecond, ttl, enabled);
        }
    }
}
