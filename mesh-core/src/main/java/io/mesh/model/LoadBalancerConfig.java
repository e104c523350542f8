package io.mesh.model;

/**
 * How the instances of a service share its calls.
 *
 * @param strategy how one of the available instances is chosen; default
 *     {@link LoadBalancerStrategy#LEAST_CONNECTIONS}
 * @param maxEjectionPercent which share of a service's instances may be kept out at once by their circuit
 *     breakers or by delays they asked for, 1 to 100; rounded down, but at least one of two or more. An
 *     instance beyond it opens only on ten times the evidence, so that a partial failure of all never
 *     closes the service; default 50
 * @param panicThreshold when fewer than this share of the instances is healthy, by marks and by active checks, all are
 *     called as if they were: rather the checks are wrong than so many instances, and the few could not carry the load.
 *     0 to 100; default 0: never. It leaves drained instances and circuit breakers alone. Envoy's
 *     {@code healthy_panic_threshold}
 */
public record LoadBalancerConfig(LoadBalancerStrategy strategy, int maxEjectionPercent, int panicThreshold) {

    private static final LoadBalancerConfig DEFAULTS =
            new LoadBalancerConfig(LoadBalancerStrategy.LEAST_CONNECTIONS, 50, 0);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public LoadBalancerConfig {
        Check.present("strategy", strategy);
        if (maxEjectionPercent < 1 || maxEjectionPercent > 100) {
            throw new InvalidSettingException("maxEjectionPercent", maxEjectionPercent, "must be between 1 and 100");
        }
        if (panicThreshold < 0 || panicThreshold > 100) {
            throw new InvalidSettingException("panicThreshold", panicThreshold, "must be between 0 (off) and 100");
        }
    }

    /** {@return the settings a load balancer has if none are given} */
    public static LoadBalancerConfig defaults() {
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

        private LoadBalancerStrategy strategy;
        private int maxEjectionPercent;
        private int panicThreshold;

        private Builder(LoadBalancerConfig from) {
            strategy = from.strategy;
            maxEjectionPercent = from.maxEjectionPercent;
            panicThreshold = from.panicThreshold;
        }

        /**
         * Sets how an instance is chosen.
         *
         * @param choice any
         * @return this builder
         */
        public Builder strategy(LoadBalancerStrategy choice) {
            this.strategy = choice;
            return this;
        }

        /**
         * Sets which share of the instances may be kept out at once.
         *
         * @param percent 1 to 100
         * @return this builder
         */
        public Builder maxEjectionPercent(int percent) {
            this.maxEjectionPercent = percent;
            return this;
        }

        /**
         * Sets when health is no longer looked at, because too few instances are healthy.
         *
         * @param percent 0 to 100; 0: never
         * @return this builder
         */
        public Builder panicThreshold(int percent) {
            this.panicThreshold = percent;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public LoadBalancerConfig build() {
            return new LoadBalancerConfig(strategy, maxEjectionPercent, panicThreshold);
        }
    }
}
