package io.mesh.model;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One service: where it is and how it is called.
 *
 * @param mode whether what is decided is done, or null, the default: as the mesh
 * @param instances where it is, without two of the same id; may be empty; default none
 * @param loadBalancer how the instances share the calls
 * @param circuitBreaker settings of the breaker of each instance, or of the service
 * @param breakerScope what one breaker watches; default {@link BreakerScope#INSTANCE}
 * @param retry how failed calls are made again, or null, the default: then only what was surely not sent is
 *     made again, at once, on another instance, at most twice; paid for by a budget with default settings
 * @param repeat which failed calls may be made again; default {@link Repeat#IDEMPOTENT}
 * @param hedge when a call that takes long is made a second time beside the first, or null, the default: never
 * @param concurrencyLimit how many attempts may run at once in all, or null, the default: any number
 * @param instanceConcurrencyLimit how many attempts may run at once on each instance, without {@code maxWait}: a call
 *     goes to another instance instead; or null, the default: any number
 */
public record ServiceConfig(
        @Nullable Mode mode,
        List<ServiceInstance> instances,
        LoadBalancerConfig loadBalancer,
        CircuitBreakerConfig circuitBreaker,
        BreakerScope breakerScope,
        @Nullable RetryConfig retry,
        Repeat repeat,
        @Nullable HedgeConfig hedge,
        @Nullable ConcurrencyLimitConfig concurrencyLimit,
        @Nullable ConcurrencyLimitConfig instanceConcurrencyLimit) {

    private static final ServiceConfig DEFAULTS = new ServiceConfig(
            null,
            List.of(),
            LoadBalancerConfig.defaults(),
            CircuitBreakerConfig.defaults(),
            BreakerScope.INSTANCE,
            null,
            Repeat.IDEMPOTENT,
            null,
            null,
            null);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is missing, two instances have the same id, or the limit of an
     *     instance would wait
     */
    public ServiceConfig {
        Check.present("instances", instances);
        Check.present("loadBalancer", loadBalancer);
        Check.present("circuitBreaker", circuitBreaker);
        Check.present("breakerScope", breakerScope);
        Check.present("repeat", repeat);
        if (instanceConcurrencyLimit != null
                && !instanceConcurrencyLimit.maxWait().isZero()) {
            throw new InvalidSettingException(
                    "instanceConcurrencyLimit.maxWait",
                    instanceConcurrencyLimit.maxWait(),
                    "must be 0, since a call goes to another instance instead of waiting for one");
        }
        instances = List.copyOf(instances);
        Set<String> ids = new HashSet<>();
        for (ServiceInstance instance : instances) {
            if (!ids.add(instance.id())) {
                throw new InvalidSettingException(
                        "instances", "twice '" + instance.id() + "'", "must have an id of its own each");
            }
        }
    }

    /** {@return the settings of a service without instances} */
    public static ServiceConfig defaults() {
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

        private @Nullable Mode mode;
        private List<ServiceInstance> instances;
        private LoadBalancerConfig loadBalancer;
        private CircuitBreakerConfig circuitBreaker;
        private BreakerScope breakerScope;
        private @Nullable RetryConfig retry;
        private Repeat repeat;
        private @Nullable HedgeConfig hedge;
        private @Nullable ConcurrencyLimitConfig concurrencyLimit;
        private @Nullable ConcurrencyLimitConfig instanceConcurrencyLimit;

        private Builder(ServiceConfig from) {
            mode = from.mode;
            instances = from.instances;
            loadBalancer = from.loadBalancer;
            circuitBreaker = from.circuitBreaker;
            breakerScope = from.breakerScope;
            retry = from.retry;
            repeat = from.repeat;
            hedge = from.hedge;
            concurrencyLimit = from.concurrencyLimit;
            instanceConcurrencyLimit = from.instanceConcurrencyLimit;
        }

        /**
         * Sets whether what is decided about calls of this service is done.
         *
         * @param actOrObserve null: as the mesh
         * @return this builder
         */
        public Builder mode(@Nullable Mode actOrObserve) {
            this.mode = actOrObserve;
            return this;
        }

        /**
         * Sets where the service is.
         *
         * @param list replaces the one set before
         * @return this builder
         */
        public Builder instances(List<ServiceInstance> list) {
            this.instances = list;
            return this;
        }

        /**
         * Sets where the service is.
         *
         * @param addresses {@code host:port} each; replace those set before
         * @return this builder
         * @throws InvalidSettingException if an address is not of that form
         */
        public Builder instances(String... addresses) {
            this.instances = Arrays.stream(addresses).map(ServiceInstance::of).toList();
            return this;
        }

        /**
         * Sets how the instances share the calls.
         *
         * @param settings replace those set before
         * @return this builder
         */
        public Builder loadBalancer(LoadBalancerConfig settings) {
            this.loadBalancer = settings;
            return this;
        }

        /**
         * Sets how an available instance is chosen, leaving the other settings of the load balancer.
         *
         * @param strategy any
         * @return this builder
         */
        public Builder strategy(LoadBalancerStrategy strategy) {
            return loadBalancer(loadBalancer.toBuilder().strategy(strategy).build());
        }

        /**
         * Sets how an available instance is chosen, in a way of your own, leaving the other settings of the load balancer.
         *
         * @param name as the mesh knows it
         * @return this builder
         */
        public Builder customStrategy(String name) {
            return loadBalancer(loadBalancer.toBuilder().customStrategy(name).build());
        }

        /**
         * Sets the circuit breakers.
         *
         * @param settings replace those set before
         * @return this builder
         */
        public Builder circuitBreaker(CircuitBreakerConfig settings) {
            this.circuitBreaker = settings;
            return this;
        }

        /**
         * Sets what one circuit breaker watches.
         *
         * @param scope instance or service
         * @return this builder
         */
        public Builder breakerScope(BreakerScope scope) {
            this.breakerScope = scope;
            return this;
        }

        /**
         * Sets how failed calls are made again.
         *
         * @param settings replace those set before; null: only what was surely not sent
         * @return this builder
         */
        public Builder retry(@Nullable RetryConfig settings) {
            this.retry = settings;
            return this;
        }

        /**
         * Sets which failed calls may be made again.
         *
         * @param which any
         * @return this builder
         */
        public Builder repeat(Repeat which) {
            this.repeat = which;
            return this;
        }

        /**
         * Sets when a call that takes long is made a second time beside the first.
         *
         * @param settings replace those set before; null: never
         * @return this builder
         */
        public Builder hedge(@Nullable HedgeConfig settings) {
            this.hedge = settings;
            return this;
        }

        /**
         * Limits how many attempts of the whole service may run at once.
         *
         * @param settings replace those set before; null: any number
         * @return this builder
         */
        public Builder concurrencyLimit(@Nullable ConcurrencyLimitConfig settings) {
            this.concurrencyLimit = settings;
            return this;
        }

        /**
         * Limits how many attempts may run at once on each instance. A call that finds an instance full goes to another.
         *
         * @param settings replace those set before, without {@code maxWait}; null: any number
         * @return this builder
         */
        public Builder instanceConcurrencyLimit(@Nullable ConcurrencyLimitConfig settings) {
            this.instanceConcurrencyLimit = settings;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if two instances have the same id, or the limit of an instance would
         *     wait
         */
        public ServiceConfig build() {
            return new ServiceConfig(
                    mode,
                    instances,
                    loadBalancer,
                    circuitBreaker,
                    breakerScope,
                    retry,
                    repeat,
                    hedge,
                    concurrencyLimit,
                    instanceConcurrencyLimit);
        }
    }
}
