package io.mesh.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How many calls may run at once.
 *
 * @param maxConcurrent calls that may run at once, 1 or more; with {@code adaptive} the most the limit may grow to; default
 *     64
 * @param maxWait how long a call that finds no place waits for one, 0 or longer; default 0: it is rejected at once
 * @param adaptive how the limit finds its own size, or null, the default: it is {@code maxConcurrent}
 */
public record ConcurrencyLimitConfig(
        int maxConcurrent, Duration maxWait, @Nullable AdaptiveLimitConfig adaptive) {

    private static final ConcurrencyLimitConfig DEFAULTS = new ConcurrencyLimitConfig(64, Duration.ZERO, null);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public ConcurrencyLimitConfig {
        Check.atLeast("maxConcurrent", maxConcurrent, 1);
        Check.notNegative("maxWait", maxWait);
        if (adaptive != null && maxConcurrent < adaptive.initialLimit()) {
            throw new InvalidSettingException(
                    "maxConcurrent",
                    maxConcurrent,
                    "must be " + adaptive.initialLimit() + " or more, which adaptive begins with");
        }
    }

    /** {@return the settings of a concurrency limit if none are given} */
    public static ConcurrencyLimitConfig defaults() {
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

        private int maxConcurrent;
        private Duration maxWait;
        private @Nullable AdaptiveLimitConfig adaptive;

        private Builder(ConcurrencyLimitConfig from) {
            maxConcurrent = from.maxConcurrent;
            maxWait = from.maxWait;
            adaptive = from.adaptive;
        }

        /**
         * Sets how many calls may run at once, or with {@link #adaptive} the most the limit may grow to.
         *
         * @param calls 1 or more
         * @return this builder
         */
        public Builder maxConcurrent(int calls) {
            this.maxConcurrent = calls;
            return this;
        }

        /**
         * Sets how long a call that finds no place waits for one.
         *
         * @param time 0 or longer; 0: it is rejected at once
         * @return this builder
         */
        public Builder maxWait(Duration time) {
            this.maxWait = time;
            return this;
        }

        /**
         * Lets the limit find its own size.
         *
         * @param settings replace those set before; null: the limit is {@code maxConcurrent}
         * @return this builder
         */
        public Builder adaptive(@Nullable AdaptiveLimitConfig settings) {
            this.adaptive = settings;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public ConcurrencyLimitConfig build() {
            return new ConcurrencyLimitConfig(maxConcurrent, maxWait, adaptive);
        }
    }
}
