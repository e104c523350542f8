package io.mesh.loadbalancer;

import io.mesh.model.LoadBalancerConfig;
import java.util.random.RandomGenerator;

/** The built-in strategies. */
final class Pickers {

    private Pickers() {}

    static Picker of(LoadBalancerConfig config, RandomGenerator random) {
        return switch (config.strategy()) {
            case ROUND_ROBIN -> new RoundRobinPicker(randomStart(random));
            case RANDOM -> new RandomPicker(random);
            case WEIGHTED -> new WeightedPicker(randomStart(random), random);
            case LEAST_CONNECTIONS -> new LeastConnectionsPicker(randomStart(random), random);
            case POWER_OF_TWO -> new PowerOfTwoPicker(random);
            case PEAK_EWMA -> new PeakEwmaPicker(random);
            case CONSISTENT_HASH -> new ConsistentHashPicker(config.hashBalanceFactor(), random);
        };
    }

    /** Where to begin, so that many clients do not all begin with the same instance; far from overflow. */
    private static long randomStart(RandomGenerator random) {
        return random.nextLong() >>> 2;
    }
}
