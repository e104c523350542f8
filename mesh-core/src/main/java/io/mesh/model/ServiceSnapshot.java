package io.mesh.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a service looked like at one moment.
 *
 * @param name of the service
 * @param mode whether it acts, or only observes
 * @param instances all it has, in the order of the list
 * @param breaker the circuit breaker of the whole service, or null if each instance has its own
 * @param rejected calls for which no attempt could be made, since the service was added
 * @param retryBudget what is left for retries, or null if the service has no budget
 * @param hedges what hedging has done, or null if the service has none
 * @param concurrencyLimit how full the service is, or null if it has no limit
 * @param panic whether so few instances are healthy that the others are called all the same: see
 *     {@link LoadBalancerConfig#panicThreshold()}
 */
public record ServiceSnapshot(
        String name,
        Mode mode,
        List<InstanceSnapshot> instances,
        @Nullable BreakerSnapshot breaker,
        long rejected,
        @Nullable RetryBudgetSnapshot retryBudget,
        @Nullable HedgeSnapshot hedges,
        @Nullable ConcurrencyLimitSnapshot concurrencyLimit,
        boolean panic) {

    /** Keeps the list as an unmodifiable copy. */
    public ServiceSnapshot {
        instances = List.copyOf(instances);
    }
}
