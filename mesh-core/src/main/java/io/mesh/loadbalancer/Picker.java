package io.mesh.loadbalancer;

import io.mesh.model.LoadBalancerStrategy;
import java.util.Collection;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one of the endpoints that may be picked. It outlives the lists, so positions survive their changes.
 *
 * <p>Thread-safe without a lock; {@link #pick} allocates nothing.
 */
interface Picker {

    /**
     * An endpoint.
     *
     * @param candidates at least one
     * @param at the time for {@link Endpoint#load}
     */
    Endpoint pick(Candidates candidates, long at);

    /** The same, leaving some out; null if no other is left. */
    @Nullable
    Endpoint pickOther(Candidates candidates, long at, Collection<Endpoint> passedOver);

    static Picker of(LoadBalancerStrategy strategy, RandomGenerator random) {
        return switch (strategy) {
            case ROUND_ROBIN -> new RoundRobinPicker(randomStart(random));
            case RANDOM -> new RandomPicker(random);
            case WEIGHTED -> new WeightedPicker(randomStart(random), random);
            case LEAST_CONNECTIONS -> new LeastConnectionsPicker(randomStart(random), random);
        };
    }

    /** Whether its picks need {@link Candidates#inTurn} or {@link Candidates#areEqual}. */
    static boolean usesTurns(LoadBalancerStrategy strategy) {
        return strategy == LoadBalancerStrategy.WEIGHTED || strategy == LoadBalancerStrategy.LEAST_CONNECTIONS;
    }

    /** Whether its picks depend on calls in flight. */
    static boolean countsCalls(LoadBalancerStrategy strategy) {
        return strategy == LoadBalancerStrategy.LEAST_CONNECTIONS;
    }

    /** Where to begin, so that many clients do not all begin with the same instance; far from overflow. */
    private static long randomStart(RandomGenerator random) {
        return random.nextLong() >>> 2;
    }
}
