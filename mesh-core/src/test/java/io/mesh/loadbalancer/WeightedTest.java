package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.WEIGHTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.ServiceInstance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class WeightedTest {

    @Test
    void everyInstanceIsPickedInProportionToItsWeight() {
        LoadBalancer balancer = LoadBalancer.of("orders", WEIGHTED, Fleet.weighted(1, 2, 3));

        assertThat(Fleet.counts(balancer, 6_000)).isEqualTo(Map.of("a", 1_000L, "b", 2_000L, "c", 3_000L));
    }

    @Test
    void thePicksOfAHeavyInstanceAreSpreadOut() {
        LoadBalancer balancer = Fleet.fromTheStart(WEIGHTED, Fleet.weighted(5, 1, 1));

        assertThat(Fleet.picks(balancer, 14)).isEqualTo("a a b a c a a a a b a c a a");
    }

    @Test
    void equalWeightsAreRoundRobin() {
        LoadBalancer balancer = Fleet.fromTheStart(WEIGHTED, Fleet.weighted(7, 7, 7));

        assertThat(Fleet.picks(balancer, 6)).isEqualTo("a b c a b c");
    }

    @Test
    void aWeightOfZeroIsDrained() {
        LoadBalancer balancer = LoadBalancer.of("orders", WEIGHTED, Fleet.weighted(3, 0, 1));

        assertThat(Fleet.counts(balancer, 400)).isEqualTo(Map.of("a", 300L, "c", 100L));
    }

    @Test
    void veryUnequalWeightsAreExact() {
        LoadBalancer balancer = LoadBalancer.of("orders", WEIGHTED, Fleet.weighted(1, 1_000));

        assertThat(Fleet.counts(balancer, 1_001)).isEqualTo(Map.of("a", 1L, "b", 1_000L));
    }

    @Test
    void weightsWhoseSumIsTooLongForATableAreKeptToOnePercent() {
        List<ServiceInstance> instances = new ArrayList<>();
        instances.add(Fleet.instance("heavy", 100_000));
        for (int i = 0; i < 999; i++) {
            instances.add(Fleet.instance("light" + i, 1));
        }
        LoadBalancer balancer = LoadBalancer.of("orders", WEIGHTED, instances);

        Map<String, Long> counts = Fleet.counts(balancer, 100_999);

        assertThat(counts).hasSize(1_000);
        assertThat(counts.get("heavy") / 100_999.0).isCloseTo(100_000 / 100_999.0, offset(0.01));
    }

    @Property(tries = 100)
    void everyPeriodIsInProportionToTheWeightsAndTheDrainedGetNothing(@ForAll("weights") List<Integer> weights) {
        List<ServiceInstance> instances = new ArrayList<>();
        for (int weight : weights) {
            instances.add(Fleet.instance(String.valueOf(instances.size()), weight));
        }
        LoadBalancer balancer = LoadBalancer.of("orders", WEIGHTED, instances);
        int n = weights.size();
        long sum = weights.stream().mapToLong(weight -> weight).sum();
        if (sum == 0) {
            assertThatThrownBy(balancer::select).isInstanceOf(NoHealthyInstanceException.class);
            return;
        }
        long period = sum / weights.stream().reduce(0, WeightedTest::gcd);
        boolean exact = period <= SmoothWeights.MOST_TURNS;
        int picks = exact ? (int) period : SmoothWeights.MOST_TURNS;

        Map<String, Long> counts = Fleet.counts(balancer, picks);

        double deviation = 0;
        for (int i = 0; i < n; i++) {
            long count = counts.getOrDefault(String.valueOf(i), 0L);
            assertThat(weights.get(i) > 0 || count == 0).isTrue();
            deviation += Math.abs(count - (double) weights.get(i) * picks / sum);
        }
        assertThat(deviation).isLessThanOrEqualTo(exact ? n : picks * 0.01 + n);
    }

    @Provide
    Arbitrary<List<Integer>> weights() {
        return Arbitraries.oneOf(
                        Arbitraries.integers().between(0, 1_000_000),
                        Arbitraries.integers().between(0, 20))
                .list()
                .ofMinSize(1)
                .ofMaxSize(200);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @Test
    void theGreatestWeightsDoNotOverflow() {
        LoadBalancer balancer =
                LoadBalancer.of("orders", WEIGHTED, Fleet.weighted(Integer.MAX_VALUE, Integer.MAX_VALUE - 1, 1));

        Map<String, Long> counts = Fleet.counts(balancer, 65_537);

        assertThat(counts.getOrDefault("c", 0L)).isLessThanOrEqualTo(1); // its share is one in four billion
        assertThat(counts.get("a")).isCloseTo(32_768L, offset(2L));
        assertThat(counts.get("b")).isCloseTo(32_768L, offset(2L));
    }

    @Test
    void aNewWeightWorksWithinOnePeriod() {
        LoadBalancer balancer = LoadBalancer.of("orders", WEIGHTED, Fleet.weighted(1, 1, 2));
        Fleet.picks(balancer, 3);

        balancer.setWeight("a", 5);

        assertThat(Fleet.counts(balancer, 8)).isEqualTo(Map.of("a", 5L, "b", 1L, "c", 2L));
    }

    @Test
    void changesOfWeightDoNotStartTheScheduleAgain() {
        LoadBalancer balancer = Fleet.fromTheStart(WEIGHTED, Fleet.weighted(5, 1, 1));
        StringBuilder picks = new StringBuilder();

        for (int i = 0; i < 7; i++) {
            balancer.setWeight("a", 6);
            balancer.setWeight("a", 5);
            picks.append(balancer.select().id());
        }

        assertThat(picks).hasToString("aabacaa");
    }

    @Test
    void retriesKeepTheProportionOfTheOthers() {
        LoadBalancer balancer = LoadBalancer.of("orders", WEIGHTED, Fleet.weighted(4, 1, 3));
        List<Endpoint> failed = List.of(balancer.endpoint("a"));

        Map<String, Long> counts = Fleet.count(() -> balancer.pickOther(failed).id(), 4_000);

        assertThat(counts).isEqualTo(Map.of("b", 1_000L, "c", 3_000L));
    }

    @Test
    void retriesPastAVeryHeavyInstanceKeepTheProportionOfTheOthers() {
        LoadBalancer balancer = Fleet.builder(WEIGHTED, Fleet.weighted(60_000, 1, 3))
                .random(new SplittableRandom(3))
                .build();
        List<Endpoint> failed = List.of(balancer.endpoint("a"));

        Map<String, Long> counts = Fleet.count(() -> balancer.pickOther(failed).id(), 4_000);

        assertThat(counts).containsOnlyKeys("b", "c");
        assertThat(counts.get("b")).isCloseTo(1_000L, offset(137L));
    }
}
