package io.mesh.lab;

import io.mesh.model.LoadBalancerStrategy;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/** Repeats an experiment for each strategy there is. */
final class Strategies {

    private Strategies() {}

    /** What comes of an experiment under each strategy. */
    static <T> Map<LoadBalancerStrategy, T> each(Function<LoadBalancerStrategy, T> experiment) {
        Map<LoadBalancerStrategy, T> outcomes = new EnumMap<>(LoadBalancerStrategy.class);
        for (LoadBalancerStrategy strategy : LoadBalancerStrategy.values()) {
            outcomes.put(strategy, experiment.apply(strategy));
        }
        return outcomes;
    }
}
