package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.ROUND_ROBIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RoundRobinTest {

    @Test
    void everyInstanceIsPickedInTurn() {
        LoadBalancer balancer = Fleet.fromTheStart(ROUND_ROBIN, Fleet.of("a", "b", "c"));

        assertThat(Fleet.picks(balancer, 9)).isEqualTo("a b c a b c a b c");
    }

    @Test
    void everyInstanceGetsExactlyItsShareFromAnyStart() {
        LoadBalancer balancer = LoadBalancer.of("orders", ROUND_ROBIN, Fleet.of("a", "b", "c"));

        assertThat(Fleet.counts(balancer, 3_000)).isEqualTo(Map.of("a", 1_000L, "b", 1_000L, "c", 1_000L));
    }

    @Test
    void theOrderGoesOnWhereAnIntWouldOverflow() {
        LoadBalancer balancer = Fleet.builder(ROUND_ROBIN, Fleet.of("a", "b", "c"))
                .random(() -> (Integer.MAX_VALUE - 1L) << 2)
                .build();

        assertThat(Fleet.picks(balancer, 10)).isEqualTo("a b c a b c a b c a");
    }

    @Test
    void aPositionBelowZeroPicksAnInstanceAllTheSame() {
        RoundRobinPicker picker = new RoundRobinPicker(Long.MAX_VALUE - 1);
        LoadBalancer balancer = LoadBalancer.of("orders", ROUND_ROBIN, Fleet.of("a", "b", "c"));
        Candidates candidates = balancer.candidates();

        Map<String, Long> counts = Fleet.count(
                () -> picker.pick(candidates, CallOptions.defaults(), Endpoint.UNTIMED)
                        .id(),
                10);

        assertThat(counts).hasSize(3);
    }

    @Test
    void updatesDoNotSendTheRotationBackToTheFirst() {
        LoadBalancer balancer = LoadBalancer.of("orders", ROUND_ROBIN, Fleet.of("a", "b", "c", "d"));
        Map<String, Long> counts = new HashMap<>();

        for (int i = 0; i < 1_000; i++) {
            Map<String, String> version = Map.of("version", String.valueOf(i));
            balancer.replace(Fleet.of("a", "b", "c", "d").stream()
                    .map(instance -> instance.withMetadata(version))
                    .toList());
            counts.merge(balancer.select().id(), 1L, Long::sum);
        }

        assertThat(counts).isEqualTo(Map.of("a", 250L, "b", 250L, "c", 250L, "d", 250L));
    }

    @Test
    void freshClientsDoNotAllBeginWithTheSameInstance() {
        RandomGenerator random = new SplittableRandom(1);

        Map<String, Long> counts = Fleet.count(
                () -> Fleet.builder(ROUND_ROBIN, Fleet.of("a", "b", "c", "d", "e"))
                        .random(random)
                        .build()
                        .select()
                        .id(),
                50);

        assertThat(Fleet.chiSquareOfEven(counts, 5)).isLessThan(18.47);
    }

    @Test
    void picksOfASingleInstanceDoNotMoveTheRotation() {
        LoadBalancer balancer = Fleet.fromTheStart(ROUND_ROBIN, Fleet.of("a"));

        Map<String, Long> counts = Fleet.counts(balancer, 1_000);
        balancer.add(Fleet.instance("b"));

        assertThat(counts).isEqualTo(Map.of("a", 1_000L));
        assertThat(Fleet.picks(balancer, 3)).isEqualTo("a b a");
    }

    @Test
    void weightsMeanNothingButForZero() {
        LoadBalancer balancer = LoadBalancer.of("orders", ROUND_ROBIN, Fleet.weighted(1, 9, 0));

        assertThat(Fleet.counts(balancer, 1_000)).isEqualTo(Map.of("a", 500L, "b", 500L));
    }

    @Test
    void retriesDoNotMoveTheRotation() {
        LoadBalancer balancer = Fleet.fromTheStart(ROUND_ROBIN, Fleet.of("a", "b"));
        StringBuilder firsts = new StringBuilder();

        for (int i = 0; i < 6; i++) {
            Endpoint first = balancer.pick();
            firsts.append(first.id());
            balancer.pickOther(List.of(first));
        }

        assertThat(firsts).hasToString("ababab");
    }

    @Test
    void retriesAreSharedEvenlyByTheOthers() {
        LoadBalancer balancer = LoadBalancer.of("orders", ROUND_ROBIN, Fleet.of("a", "b", "c", "d"));
        List<Endpoint> failed = List.of(balancer.endpoint("a"));

        Map<String, Long> counts = Fleet.count(() -> balancer.pickOther(failed).id(), 3_000);

        assertThat(counts).isEqualTo(Map.of("b", 1_000L, "c", 1_000L, "d", 1_000L));
    }

    @Test
    void theOneInstanceLeftAmongManyIsFound() {
        List<ServiceInstance> many = Fleet.ofSize(1_000);
        LoadBalancer balancer = LoadBalancer.of("orders", ROUND_ROBIN, many);
        List<Endpoint> passedOver = balancer.endpoints().subList(0, 999);

        assertThat(balancer.pickOther(passedOver)).isSameAs(balancer.endpoint("999"));
    }
}
