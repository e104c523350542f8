package io.mesh.model;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the instances of a service share its calls.
 *
 * @param strategy how one of the available instances is chosen; default
 *     {@link LoadBalancerStrategy#LEAST_CONNECTIONS}
 * @param customStrategy name of a strategy of your own that is used instead of {@code strategy}, as the mesh knows it;
 *     not blank, or null for none, the default
 * @param hashBalanceFactor under {@link LoadBalancerStrategy#CONSISTENT_HASH} how many percent of its share of all calls
 *     in flight an instance may have before calls of its keys go to the next, 100 to 1,000; 0 for any number, the default
 * @param maxEjectionPercent which share of a service's instances may be kept out at once by their circuit
 *     breakers or by delays they asked for, 1 to 100; rounded down, but at least one of two or more. An
 *     instance beyond it opens only on ten times the evidence, so that a partial failure of all never
 *     closes the service; default 50
 * @param panicThreshold when fewer than this share of the instances is healthy, by marks and by active checks, all are
 *     called as if they were: rather the checks are wrong than so many instances, and the few could not carry the load.
 *     0 to 100; default 0: never. It leaves drained instances and circuit breakers alone. Envoy's
 *     {@code healthy_panic_threshold}
 * @param slowStart how an instance that is new, or healthy again, comes to its full share; null, the default: at once.
 *     After its circuit was open, that is the breaker's {@link CircuitBreakerConfig#recoveryTime() recoveryTime}
 * @param zone where this client runs, if calls are to stay in its zone; null, the default: zones are not looked at
 * @param subsets instances known by their metadata, by name of the subset, so that calls may name them or a share of all
 *     calls goes to them; the shares are at most 100 in all; default none
 * @param aperture how many instances this client calls, of a service so large that it should not call all; not with
 *     {@link LoadBalancerStrategy#CONSISTENT_HASH}, under which a key has the same instance for all clients; null, the
 *     default: all
 */
public record LoadBalancerConfig(
        LoadBalancerStrategy strategy,
        @Nullable String customStrategy,
        int hashBalanceFactor,
        int maxEjectionPercent,
        int panicThreshold,
        @Nullable SlowStartConfig slowStart,
        @Nullable ZoneConfig zone,
        Map<String, SubsetConfig> subsets,
        @Nullable ApertureConfig aperture) {

    private static final LoadBalancerConfig DEFAULTS =
            new LoadBalancerConfig(LoadBalancerStrategy.LEAST_CONNECTIONS, null, 0, 50, 0, null, null, Map.of(), null);

    /**
     * Checks every component, and keeps the map as an unmodifiable copy.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public LoadBalancerConfig {
        Check.present("strategy", strategy);
        if (customStrategy != null && customStrategy.isBlank()) {
            throw new InvalidSettingException("customStrategy", "'" + customStrategy + "'", "must not be blank");
        }
        if (hashBalanceFactor != 0 && (hashBalanceFactor < 100 || hashBalanceFactor > 1_000)) {
            throw new InvalidSettingException(
                    "hashBalanceFactor", hashBalanceFactor, "must be 0, or between 100 and 1000");
        }
        if (maxEjectionPercent < 1 || maxEjectionPercent > 100) {
            throw new InvalidSettingException("maxEjectionPercent", maxEjectionPercent, "must be between 1 and 100");
        }
        if (panicThreshold < 0 || panicThreshold > 100) {
            throw new InvalidSettingException("panicThreshold", panicThreshold, "must be between 0 (off) and 100");
        }
        Check.present("subsets", subsets);
        subsets = Map.copyOf(subsets);
        int percent = 0;
        for (Map.Entry<String, SubsetConfig> subset : subsets.entrySet()) {
            Check.printable("subsets", subset.getKey());
            Integer share = subset.getValue().percent();
            percent += share == null ? 0 : share;
        }
        if (percent > 100) {
            throw new InvalidSettingException(
                    "subsets", percent + " percent in all", "must have shares of at most 100 in all");
        }
        if (aperture != null && customStrategy == null && strategy == LoadBalancerStrategy.CONSISTENT_HASH) {
            throw new InvalidSettingException(
                    "aperture",
                    aperture,
                    "must be left out with CONSISTENT_HASH, under which every client calls every instance");
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
        private @Nullable String customStrategy;
        private int hashBalanceFactor;
        private int maxEjectionPercent;
        private int panicThreshold;
        private @Nullable SlowStartConfig slowStart;
        private @Nullable ZoneConfig zone;
        private Map<String, SubsetConfig> subsets;
        private @Nullable ApertureConfig aperture;

        private Builder(LoadBalancerConfig from) {
            strategy = from.strategy;
            customStrategy = from.customStrategy;
            hashBalanceFactor = from.hashBalanceFactor;
            maxEjectionPercent = from.maxEjectionPercent;
            panicThreshold = from.panicThreshold;
            slowStart = from.slowStart;
            zone = from.zone;
            subsets = from.subsets;
            aperture = from.aperture;
        }

        /**
         * Sets how an instance is chosen, in a built-in way.
         *
         * @param choice any; replaces a strategy of your own set before
         * @return this builder
         */
        public Builder strategy(LoadBalancerStrategy choice) {
            this.strategy = choice;
            this.customStrategy = null;
            return this;
        }

        /**
         * Sets how an instance is chosen, in a way of your own.
         *
         * @param name as the mesh knows it; null: in the built-in way
         * @return this builder
         */
        public Builder customStrategy(@Nullable String name) {
            this.customStrategy = name;
            return this;
        }

        /**
         * Sets how far an instance may be loaded beyond its share by the keys that belong to it.
         *
         * @param percent 100 to 1,000, of its share of all calls in flight; 0 for any number
         * @return this builder
         */
        public Builder hashBalanceFactor(int percent) {
            this.hashBalanceFactor = percent;
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
         * Sets how an instance that is new, or healthy again, comes to its full share.
         *
         * @param settings null: at once
         * @return this builder
         */
        public Builder slowStart(@Nullable SlowStartConfig settings) {
            this.slowStart = settings;
            return this;
        }

        /**
         * Sets where this client runs, so that calls stay in its zone as far as the instances there can bear them.
         *
         * @param settings null: zones are not looked at
         * @return this builder
         */
        public Builder zone(@Nullable ZoneConfig settings) {
            this.zone = settings;
            return this;
        }

        /**
         * Adds a subset, or replaces the one of that name.
         *
         * @param name not blank
         * @param settings which instances are of it, and which share of the calls is theirs
         * @return this builder
         */
        public Builder subset(String name, SubsetConfig settings) {
            Map<String, SubsetConfig> more = new HashMap<>(subsets);
            more.put(name, settings);
            return subsets(more);
        }

        /**
         * Sets all subsets.
         *
         * @param byName replaces those set before
         * @return this builder
         */
        public Builder subsets(Map<String, SubsetConfig> byName) {
            this.subsets = byName;
            return this;
        }

        /**
         * Sets how many instances this client calls.
         *
         * @param settings null: all
         * @return this builder
         */
        public Builder aperture(@Nullable ApertureConfig settings) {
            this.aperture = settings;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public LoadBalancerConfig build() {
            return new LoadBalancerConfig(
                    strategy,
                    customStrategy,
                    hashBalanceFactor,
                    maxEjectionPercent,
                    panicThreshold,
                    slowStart,
                    zone,
                    subsets,
                    aperture);
        }
    }
}
