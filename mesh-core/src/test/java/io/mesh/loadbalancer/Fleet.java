package io.mesh.loadbalancer;

import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Instances and balancers as the tests need them: ids {@code a}, {@code b}, ... and picks as their ids. */
final class Fleet {

    private Fleet() {}

    static ServiceInstance instance(String id) {
        return ServiceInstance.of(id, id + ".example.org", 8080);
    }

    static ServiceInstance instance(String id, int weight) {
        return instance(id).withWeight(weight);
    }

    static List<ServiceInstance> of(String... ids) {
        return Stream.of(ids).map(Fleet::instance).toList();
    }

    /** {@code a} has the first weight, {@code b} the second, up to {@code z}. */
    static List<ServiceInstance> weighted(int... weights) {
        return IntStream.range(0, weights.length)
                .mapToObj(i -> instance(String.valueOf((char) ('a' + i)), weights[i]))
                .toList();
    }

    /** Ids {@code 0}, {@code 1}, ... */
    static List<ServiceInstance> ofSize(int size) {
        return IntStream.range(0, size)
                .mapToObj(i -> instance(String.valueOf(i)))
                .toList();
    }

    static LoadBalancer.Builder builder(LoadBalancerStrategy strategy, List<ServiceInstance> instances) {
        return LoadBalancer.builder("orders").config(config(strategy)).instances(instances);
    }

    static LoadBalancerConfig config(LoadBalancerStrategy strategy) {
        return LoadBalancerConfig.builder().strategy(strategy).build();
    }

    /** Begins at position 0: the first instance of the list comes first. */
    static LoadBalancer fromTheStart(LoadBalancerStrategy strategy, List<ServiceInstance> instances) {
        return builder(strategy, instances).random(() -> 0L).build();
    }

    /** Ids of the next picks, in order: {@code "a b a"}. */
    static String picks(LoadBalancer balancer, int count) {
        return Stream.generate(() -> balancer.select().id()).limit(count).collect(Collectors.joining(" "));
    }

    static Map<String, Long> counts(LoadBalancer balancer, int picks) {
        return count(() -> balancer.select().id(), picks);
    }

    static Map<String, Long> count(Supplier<String> pick, int picks) {
        return Stream.generate(pick)
                .limit(picks)
                .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    }

    /** Pearson's statistic of counts that should be even over so many ids. */
    static double chiSquareOfEven(Map<String, Long> counts, int ids) {
        double expected = (double) counts.values().stream().mapToLong(c -> c).sum() / ids;
        double missing = (ids - counts.size()) * expected;
        return missing
                + counts.values().stream()
                        .mapToDouble(c -> (c - expected) * (c - expected) / expected)
                        .sum();
    }
}
