package io.mesh.model;

import java.time.Duration;

/**
 * How long a call may take.
 *
 * @param timeout the time limit, from the start of the call, longer than 0; default 1 s
 * @param lateResult what becomes of a result that a blocking call returns after the limit; that of an
 *     asynchronous call is closed if it is {@code AutoCloseable}, since its caller has been told; default
 *     {@link LateResult#RETURN}
 */
public record TimeoutConfig(Duration timeout, LateResult lateResult) {

    private static final TimeoutConfig DEFAULTS = new TimeoutConfig(Duration.ofSeconds(1), LateResult.RETURN);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public TimeoutConfig {
        Check.positive("timeout", timeout);
        Check.present("lateResult", lateResult);
    }

    /** {@return the settings a timeout has if none are given} */
    public static TimeoutConfig defaults() {
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

        private Duration timeout;
        private LateResult lateResult;

        private Builder(TimeoutConfig from) {
            timeout = from.timeout;
            lateResult = from.lateResult;
        }

        /**
         * Sets the time limit.
         *
         * @param limit longer than 0
         * @return this builder
         */
        public Builder timeout(Duration limit) {
            this.timeout = limit;
            return this;
        }

        /**
         * Sets what becomes of a result that a blocking call returns after the limit.
         *
         * @param fate any
         * @return this builder
         */
        public Builder lateResult(LateResult fate) {
            this.lateResult = fate;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public TimeoutConfig build() {
            return new TimeoutConfig(timeout, lateResult);
        }
    }
}
