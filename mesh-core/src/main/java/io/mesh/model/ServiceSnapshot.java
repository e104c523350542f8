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
 * @param discovery how old the list is and what goes wrong with finding it, or null if the service lists its instances
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
        boolean panic,
        @Nullable DiscoverySnapshot discovery) {

    /** Keeps the list as an unmodifiable copy. */
    public ServiceSnapshot {
        instances = List.copyOf(instances);
    }

    /** {@return how many instances there are, whatever their state} */
    public int known() {
        return instances.size();
    }

    /** {@return how many instances are neither unhealthy, by mark or by check, nor drained, whether or not they are ejected} */
    public int healthy() {
        return (int) instances.stream().filter(ServiceSnapshot::isEligible).count();
    }

    /**
     * How many of the healthy instances are kept out: their own circuit breaker is not closed, or they have asked for a
     * delay.
     *
     * @return 0 while the service only observes
     */
    public int ejected() {
        return mode == Mode.OBSERVE
                ? 0
                : (int) instances.stream()
                        .filter(ServiceSnapshot::isEligible)
                        .filter(ServiceSnapshot::isKeptOut)
                        .count();
    }

    /** {@return how many instances have the weight 0 and so receive no new call} */
    public int drained() {
        return (int) instances.stream()
                .filter(entry -> entry.instance().weight() == 0)
                .count();
    }

    private static boolean isEligible(InstanceSnapshot entry) {
        return entry.instance().healthy() && entry.instance().weight() > 0;
    }

    private static boolean isKeptOut(InstanceSnapshot entry) {
        BreakerSnapshot breaker = entry.breaker();
        boolean open = breaker != null
                && (breaker.state() == CircuitState.OPEN
                        || breaker.state() == CircuitState.HALF_OPEN
                        || breaker.state() == CircuitState.FORCED_OPEN);
        return open || entry.barredFor() != null;
    }
}
