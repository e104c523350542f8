package io.mesh.model;

import java.time.Duration;

/**
 * When an instance is kept out because it fails more than the others of its service. Beside its circuit breaker, which
 * looks at one instance alone.
 *
 * <p>The two rules are Envoy's (success rate and failure percentage of its outlier detection), with a floor that Envoy
 * lacks: where all the others are at 100 %, an instance at 99 % is no outlier.
 *
 * @param interval how often the instances are compared, longer than 0; default 10 s
 * @param minimumInstances so many must have enough calls in the interval to be compared at all, 2 or more; default 5
 * @param successRateMinimumCalls so many calls must have ended on an instance in the interval for its success rate to
 *     count, 1 or more; default 100
 * @param successRateStdevFactor how many standard deviations below the mean of the success rates an outlier is, above 0;
 *     default 1.9. Of n instances none is further than the square root of n - 1: 1.9 finds one of five or more
 * @param failurePercentageMinimumCalls so many calls must have ended on an instance in the interval for its share of
 *     failures to count, 1 or more; default 50
 * @param failurePercentageThreshold an instance with this share of failures or more is an outlier, whatever the others do,
 *     in percent: above 0, at most 100; default 85
 * @param minimumFailurePercentage one with a smaller share of failures is none, whatever the others do, in percent: 0 to
 *     100; default 10
 * @param enforcementPercent how many of the outliers are kept out, by chance, in percent: 0 to 100. With 0 they are
 *     only told of; default 100
 */
public record OutlierConfig(
        Duration interval,
        int minimumInstances,
        int successRateMinimumCalls,
        double successRateStdevFactor,
        int failurePercentageMinimumCalls,
        double failurePercentageThreshold,
        double minimumFailurePercentage,
        int enforcementPercent) {

    private static final int ALL = 100;
    private static final OutlierConfig DEFAULTS =
            new OutlierConfig(Duration.ofSeconds(10), 5, 100, 1.9, 50, 85, 10, ALL);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is missing or out of its range
     */
    public OutlierConfig {
        Check.positive("interval", interval);
        Check.atLeast("minimumInstances", minimumInstances, 2);
        Check.atLeast("successRateMinimumCalls", successRateMinimumCalls, 1);
        if (!(successRateStdevFactor > 0)) { // stated positively: NaN is refused too
            throw new InvalidSettingException("successRateStdevFactor", successRateStdevFactor, "must be above 0");
        }
        Check.atLeast("failurePercentageMinimumCalls", failurePercentageMinimumCalls, 1);
        if (!(failurePercentageThreshold > 0 && failurePercentageThreshold <= ALL)) {
            throw new InvalidSettingException(
                    "failurePercentageThreshold", failurePercentageThreshold, "must be above 0 and at most 100");
        }
        if (!(minimumFailurePercentage >= 0 && minimumFailurePercentage <= ALL)) {
            throw new InvalidSettingException(
                    "minimumFailurePercentage", minimumFailurePercentage, "must be between 0 and 100");
        }
        if (enforcementPercent < 0 || enforcementPercent > ALL) {
            throw new InvalidSettingException("enforcementPercent", enforcementPercent, "must be between 0 and 100");
        }
    }

    /** {@return Envoy's numbers, all outliers kept out} */
    public static OutlierConfig defaults() {
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

        private Duration interval;
        private int minimumInstances;
        private int successRateMinimumCalls;
        private double successRateStdevFactor;
        private int failurePercentageMinimumCalls;
        private double failurePercentageThreshold;
        private double minimumFailurePercentage;
        private int enforcementPercent;

        private Builder(OutlierConfig from) {
            interval = from.interval;
            minimumInstances = from.minimumInstances;
            successRateMinimumCalls = from.successRateMinimumCalls;
            successRateStdevFactor = from.successRateStdevFactor;
            failurePercentageMinimumCalls = from.failurePercentageMinimumCalls;
            failurePercentageThreshold = from.failurePercentageThreshold;
            minimumFailurePercentage = from.minimumFailurePercentage;
            enforcementPercent = from.enforcementPercent;
        }

        /**
         * Sets how often the instances are compared.
         *
         * @param time longer than 0
         * @return this builder
         */
        public Builder interval(Duration time) {
            this.interval = time;
            return this;
        }

        /**
         * Sets how many instances must have enough calls.
         *
         * @param instances 2 or more
         * @return this builder
         */
        public Builder minimumInstances(int instances) {
            this.minimumInstances = instances;
            return this;
        }

        /**
         * Sets how many calls make a success rate count.
         *
         * @param calls of an interval, 1 or more
         * @return this builder
         */
        public Builder successRateMinimumCalls(int calls) {
            this.successRateMinimumCalls = calls;
            return this;
        }

        /**
         * Sets how far below the mean an outlier is.
         *
         * @param factor of the standard deviation, above 0
         * @return this builder
         */
        public Builder successRateStdevFactor(double factor) {
            this.successRateStdevFactor = factor;
            return this;
        }

        /**
         * Sets how many calls make a share of failures count.
         *
         * @param calls of an interval, 1 or more
         * @return this builder
         */
        public Builder failurePercentageMinimumCalls(int calls) {
            this.failurePercentageMinimumCalls = calls;
            return this;
        }

        /**
         * Sets which share of failures is too much, whatever the others do.
         *
         * @param percent above 0, at most 100
         * @return this builder
         */
        public Builder failurePercentageThreshold(double percent) {
            this.failurePercentageThreshold = percent;
            return this;
        }

        /**
         * Sets which share of failures is none too much, whatever the others do.
         *
         * @param percent 0 to 100
         * @return this builder
         */
        public Builder minimumFailurePercentage(double percent) {
            this.minimumFailurePercentage = percent;
            return this;
        }

        /**
         * Sets how many of the outliers are kept out.
         *
         * @param percent 0 to 100; 0: they are only told of
         * @return this builder
         */
        public Builder enforcementPercent(int percent) {
            this.enforcementPercent = percent;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public OutlierConfig build() {
            return new OutlierConfig(
                    interval,
                    minimumInstances,
                    successRateMinimumCalls,
                    successRateStdevFactor,
                    failurePercentageMinimumCalls,
                    failurePercentageThreshold,
                    minimumFailurePercentage,
                    enforcementPercent);
        }
    }
}
