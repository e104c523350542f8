package io.mesh.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Everything a mesh is told: its services, and breakers, retry policies, timeouts and concurrency limits that stand alone.
 *
 * <p>Names are lower-case kebab ({@code order-history}), so that YAML, environment variables and code agree
 * on them.
 *
 * @param mode whether what is decided is done, of everything but services with a mode of their own; default
 *     {@link Mode#ACT}
 * @param services by name
 * @param circuitBreakers by name
 * @param retries by name
 * @param timeouts by name
 * @param concurrencyLimits by name
 */
public record MeshConfig(
        Mode mode,
        Map<String, ServiceConfig> services,
        Map<String, CircuitBreakerConfig> circuitBreakers,
        Map<String, RetryConfig> retries,
        Map<String, TimeoutConfig> timeouts,
        Map<String, ConcurrencyLimitConfig> concurrencyLimits) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
    private static final MeshConfig EMPTY = new MeshConfig(Mode.ACT, Map.of(), Map.of(), Map.of(), Map.of(), Map.of());

    /**
     * Checks every name.
     *
     * @throws InvalidSettingException if one is not lower-case kebab, or the mode is missing
     */
    public MeshConfig {
        Check.present("mode", mode);
        services = Map.copyOf(services);
        circuitBreakers = Map.copyOf(circuitBreakers);
        retries = Map.copyOf(retries);
        timeouts = Map.copyOf(timeouts);
        concurrencyLimits = Map.copyOf(concurrencyLimits);
        requireNames("services", services);
        requireNames("circuitBreakers", circuitBreakers);
        requireNames("retries", retries);
        requireNames("timeouts", timeouts);
        requireNames("concurrencyLimits", concurrencyLimits);
    }

    private static void requireNames(String component, Map<String, ?> named) {
        for (String name : named.keySet()) {
            requireName(component, name);
        }
    }

    /**
     * Refuses a name that is not lower-case kebab.
     *
     * @param component what the name is for, said in the refusal
     * @param name the name
     * @throws InvalidSettingException if it is not lower-case kebab
     */
    public static void requireName(String component, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidSettingException(
                    component, "'" + name + "'", "must have lower-case kebab names such as 'order-history'");
        }
    }

    /**
     * The mode of a service: its own, or that of the mesh.
     *
     * @param service one of {@link #services()}
     * @return what holds for it
     */
    public Mode modeOf(ServiceConfig service) {
        Mode own = service.mode();
        return own == null ? mode : own;
    }

    /** {@return the settings of a mesh that has nothing} */
    public static MeshConfig empty() {
        return EMPTY;
    }

    /** {@return a builder that starts from nothing} */
    public static Builder builder() {
        return EMPTY.toBuilder();
    }

    /** {@return a builder that starts from these settings} */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects settings; not thread-safe. */
    public static final class Builder {

        private Mode mode;
        private final Map<String, ServiceConfig> services;
        private final Map<String, CircuitBreakerConfig> circuitBreakers;
        private final Map<String, RetryConfig> retries;
        private final Map<String, TimeoutConfig> timeouts;
        private final Map<String, ConcurrencyLimitConfig> concurrencyLimits;

        private Builder(MeshConfig from) {
            mode = from.mode;
            services = new LinkedHashMap<>(from.services);
            circuitBreakers = new LinkedHashMap<>(from.circuitBreakers);
            retries = new LinkedHashMap<>(from.retries);
            timeouts = new LinkedHashMap<>(from.timeouts);
            concurrencyLimits = new LinkedHashMap<>(from.concurrencyLimits);
        }

        /**
         * Sets whether what is decided is done.
         *
         * @param actOrObserve of everything but services with a mode of their own
         * @return this builder
         */
        public Builder mode(Mode actOrObserve) {
            this.mode = actOrObserve;
            return this;
        }

        /**
         * Adds or replaces a service.
         *
         * @param name lower-case kebab
         * @param settings of the service
         * @return this builder
         */
        public Builder service(String name, ServiceConfig settings) {
            services.put(name, settings);
            return this;
        }

        /**
         * Takes a service away.
         *
         * @param name of the service; one that is not there is fine
         * @return this builder
         */
        public Builder removeService(String name) {
            services.remove(name);
            return this;
        }

        /**
         * Adds or replaces a circuit breaker.
         *
         * @param name lower-case kebab
         * @param settings of the breaker
         * @return this builder
         */
        public Builder circuitBreaker(String name, CircuitBreakerConfig settings) {
            circuitBreakers.put(name, settings);
            return this;
        }

        /**
         * Adds or replaces a retry policy.
         *
         * @param name lower-case kebab
         * @param settings of the policy
         * @return this builder
         */
        public Builder retry(String name, RetryConfig settings) {
            retries.put(name, settings);
            return this;
        }

        /**
         * Adds or replaces a timeout.
         *
         * @param name lower-case kebab
         * @param settings of the timeout
         * @return this builder
         */
        public Builder timeout(String name, TimeoutConfig settings) {
            timeouts.put(name, settings);
            return this;
        }

        /**
         * Adds or replaces a concurrency limit.
         *
         * @param name lower-case kebab
         * @param settings of the limit
         * @return this builder
         */
        public Builder concurrencyLimit(String name, ConcurrencyLimitConfig settings) {
            concurrencyLimits.put(name, settings);
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if a name is not lower-case kebab
         */
        public MeshConfig build() {
            return new MeshConfig(mode, services, circuitBreakers, retries, timeouts, concurrencyLimits);
        }
    }
}
