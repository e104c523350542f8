package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RandomPickTest {

    private final LoadBalancer balancer = Fleet.builder(RANDOM, Fleet.ofSize(10))
            .random(new SplittableRandom(7))
            .build();

    @Test
    void everyInstanceIsEquallyLikely() {
        assertThat(Fleet.chiSquareOfEven(Fleet.counts(balancer, 100_000), 10)).isLessThan(27.88);
    }

    @Test
    void anInstanceIsNotPickedInTurn() {
        Map<String, Long> pairs =
                Fleet.count(() -> balancer.select().id() + balancer.select().id(), 100_000);

        assertThat(Fleet.chiSquareOfEven(pairs, 100)).isLessThan(148.2);
    }

    @Test
    void everyOtherInstanceIsEquallyLikelyForARetry() {
        List<Endpoint> failed = List.of(balancer.endpoint("3"));

        Map<String, Long> counts = Fleet.count(() -> balancer.pickOther(failed).id(), 90_000);

        assertThat(counts).doesNotContainKey("3");
        assertThat(Fleet.chiSquareOfEven(counts, 9)).isLessThan(26.12);
    }

    @Test
    void weightsMeanNothingButForZero() {
        LoadBalancer weighted = Fleet.builder(RANDOM, Fleet.weighted(1, 9, 0))
                .random(new SplittableRandom(7))
                .build();

        Map<String, Long> counts = Fleet.counts(weighted, 10_000);

        assertThat(counts).containsOnlyKeys("a", "b");
        assertThat(Fleet.chiSquareOfEven(counts, 2)).isLessThan(10.83);
    }

    @Test
    void withoutASeedAllInstancesArePickedToo() {
        LoadBalancer unseeded = LoadBalancer.of("orders", RANDOM, Fleet.ofSize(3));

        assertThat(Fleet.counts(unseeded, 1_000)).hasSize(3);
    }
}
