package io.mesh.lab;

import io.mesh.model.LoadBalancerStrategy;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs of an experiment that have nothing to do with each other: made once, side by side, when somebody first asks what has
 * come of them. Each is on one thread, so they come out the same as one after the other. Not before: while a class is
 * initialised no other thread can run its code.
 *
 * @param <T> what has come of all
 */
final class Runs<T> {

    private final Supplier<T> make;
    private @Nullable T outcome;

    private Runs(Supplier<T> make) {
        this.make = make;
    }

    /** One for each setting. */
    static <S, T> Runs<List<T>> of(List<S> settings, Function<S, T> experiment) {
        return new Runs<>(() -> settings.parallelStream().map(experiment).toList());
    }

    /** One for each strategy there is. */
    static <T> Runs<Map<LoadBalancerStrategy, T>> ofEachStrategy(Function<LoadBalancerStrategy, T> experiment) {
        List<LoadBalancerStrategy> strategies = List.of(LoadBalancerStrategy.values());
        Runs<List<T>> runs = of(strategies, experiment);
        return new Runs<>(() -> {
            Map<LoadBalancerStrategy, T> outcomes = new EnumMap<>(LoadBalancerStrategy.class);
            for (int i = 0; i < strategies.size(); i++) {
                outcomes.put(strategies.get(i), runs.get().get(i));
            }
            return outcomes;
        });
    }

    synchronized T get() {
        T known = outcome;
        if (known == null) {
            known = make.get();
            outcome = known;
        }
        return known;
    }
}
