package io.mesh.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one instance of a service looked like at one moment.
 *
 * @param instance the instance with its connections of that moment; healthy if it was marked so and checks did not say
 *     otherwise
 * @param breaker its circuit breaker, or null if the service has one for all
 * @param barredFor how long it receives no call because it asked not to, or null if it did not; while the
 *     service only observes, how long it would receive none
 * @param concurrencyLimit how full it is, or null if instances have no limit
 * @param health what active health checks say, or null if there are none
 */
public record InstanceSnapshot(
        ServiceInstance instance,
        @Nullable BreakerSnapshot breaker,
        @Nullable Duration barredFor,
        @Nullable ConcurrencyLimitSnapshot concurrencyLimit,
        @Nullable HealthSnapshot health) {}
