package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.LEAST_CONNECTIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeastConnectionsTest {

    @Test
    void theInstanceWithTheFewestCallsInFlightIsPicked() {
        LoadBalancer balancer = LoadBalancer.of("orders", LEAST_CONNECTIONS, Fleet.of("a", "b", "c"));
        begin(balancer, "a", 2);
        begin(balancer, "b", 1);
        begin(balancer, "c", 3);

        assertThat(Fleet.picks(balancer, 3)).isEqualTo("b b b");
    }

    @Test
    void callsOfLeasesSpreadOverAllInstances() {
        LoadBalancer balancer = LoadBalancer.of("orders", LEAST_CONNECTIONS, Fleet.of("a", "b", "c"));

        for (int i = 0; i < 30; i++) {
            balancer.acquire();
        }

        assertThat(balancer.endpoints())
                .allSatisfy(e -> assertThat(e.inFlight()).isEqualTo(10));
    }

    @Test
    void idleInstancesAreSharedInTurnAndInProportionToWeight() {
        LoadBalancer balancer = Fleet.fromTheStart(LEAST_CONNECTIONS, Fleet.weighted(1, 2));

        assertThat(Fleet.picks(balancer, 9)).isEqualTo("b a b b a b b a b");
    }

    @Test
    void theGreatestWeightsDoNotOverflow() {
        LoadBalancer balancer = Fleet.fromTheStart(LEAST_CONNECTIONS, Fleet.weighted(1, Integer.MAX_VALUE));
        begin(balancer, "a", 2); // as an int, twice the other's weight is -2
        begin(balancer, "b", 4);

        assertThat(Fleet.picks(balancer, 3)).isEqualTo("b b b");
    }

    @Test
    void callsInFlightCountForTheWeightOfTheInstance() {
        LoadBalancer balancer = Fleet.fromTheStart(LEAST_CONNECTIONS, Fleet.weighted(1, 2));

        begin(balancer, "b", 1);
        String heavyHasOne = Fleet.picks(balancer, 3);
        balancer.endpoint("b").end();
        begin(balancer, "a", 1);
        String lightHasOne = Fleet.picks(balancer, 3);
        begin(balancer, "b", 1);
        String bothHaveOne = Fleet.picks(balancer, 3);

        assertThat(heavyHasOne).isEqualTo("a a a");
        assertThat(lightHasOne).isEqualTo("b b b");
        assertThat(bothHaveOne).isEqualTo("b b b");
    }

    @Test
    void busyInstancesWithTheSameLoadForTheirWeightAreSharedInProportionToWeight() {
        LoadBalancer balancer = Fleet.builder(LEAST_CONNECTIONS, Fleet.weighted(1, 2, 5))
                .random(new SplittableRandom(3))
                .build();
        begin(balancer, "a", 1);
        begin(balancer, "b", 2);
        begin(balancer, "c", 5);

        Map<String, Long> counts = Fleet.counts(balancer, 80_000);

        assertThat(counts.get("a")).isCloseTo(10_000L, offset(470L)); // 5 standard deviations each
        assertThat(counts.get("b")).isCloseTo(20_000L, offset(610L));
        assertThat(counts.get("c")).isCloseTo(50_000L, offset(680L));
    }

    /** Nobody stays idle, however the busy ones change: whoever is idle is picked when his turn comes. */
    @ParameterizedTest
    @CsvSource({"1, 1, 2, 2", "5, 1, 1, 2", "5, 3, 1, 3", "2, 3, 4, 2", "100, 1, 1, 2"})
    void whoeverIsIdleIsPickedWithinAPeriodOfTheSchedule(int a, int b, int c, int callsAtOnce) {
        LoadBalancer balancer = Fleet.builder(LEAST_CONNECTIONS, Fleet.weighted(a, b, c))
                .random(new SplittableRandom(3))
                .build();
        Deque<Lease> open = new ArrayDeque<>();
        Map<String, Integer> idleFor = new HashMap<>();

        for (int i = 0; i < 12_000; i++) {
            if (open.size() == callsAtOnce) {
                open.remove().close();
            }
            open.add(balancer.acquire());
            for (Endpoint endpoint : balancer.endpoints()) {
                idleFor.merge(endpoint.id(), 1, (picks, one) -> endpoint.inFlight() == 0 ? picks + one : 0);
            }
            assertThat(idleFor.values()).allSatisfy(picks -> assertThat(picks).isLessThanOrEqualTo(a + b + c));
        }
    }

    @Test
    void equalIdleInstancesAreRoundRobin() {
        LoadBalancer balancer = Fleet.fromTheStart(LEAST_CONNECTIONS, Fleet.of("a", "b", "c"));

        assertThat(Fleet.picks(balancer, 6)).isEqualTo("a b c a b c");
    }

    @Test
    void aTieOfSomeIsSharedEvenly() {
        LoadBalancer balancer = LoadBalancer.of("orders", LEAST_CONNECTIONS, Fleet.of("a", "b", "c", "d", "e"));
        begin(balancer, "a", 3);
        begin(balancer, "b", 3);
        balancer.endpoints().subList(2, 5).forEach(Endpoint::begin);

        Map<String, Long> counts = Fleet.counts(balancer, 1_000_000);

        assertThat(counts).containsOnlyKeys("c", "d", "e");
        assertThat(counts.values()).allSatisfy(c -> assertThat(c).isCloseTo(333_333L, offset(1L)));
    }

    @Test
    void aTieOfSomeIsSharedInProportionToWeight() {
        LoadBalancer balancer = Fleet.builder(LEAST_CONNECTIONS, Fleet.weighted(1, 1, 2, 5))
                .random(new SplittableRandom(3))
                .build();
        begin(balancer, "a", 1);

        Map<String, Long> counts = Fleet.counts(balancer, 80_000);

        assertThat(counts.get("b")).isCloseTo(10_000L, offset(470L)); // 5 standard deviations each
        assertThat(counts.get("c")).isCloseTo(20_000L, offset(610L));
        assertThat(counts.get("d")).isCloseTo(50_000L, offset(680L));
    }

    /** A counter modulo the number of the tied falls in step with the ties and passes some over for ever. */
    @ParameterizedTest
    @CsvSource({"3, 2", "3, 3", "4, 2", "4, 3", "5, 3", "5, 4", "6, 4", "7, 5"})
    void tiesThatChangeFromPickToPickAreSharedEvenly(int instances, int callsAtOnce) {
        LoadBalancer balancer = LoadBalancer.of("orders", LEAST_CONNECTIONS, Fleet.ofSize(instances));
        Map<String, Long> inBatches = new HashMap<>();
        Map<String, Long> rolling = new HashMap<>();
        Deque<Lease> open = new ArrayDeque<>();

        for (int i = 0; i < 12_000; i++) {
            open.add(acquire(balancer, inBatches));
            if (open.size() == callsAtOnce) {
                open.forEach(Lease::close);
                open.clear();
            }
        }
        open.forEach(Lease::close);
        open.clear();
        for (int i = 0; i < 12_000; i++) {
            open.add(acquire(balancer, rolling));
            if (open.size() == callsAtOnce) {
                open.remove().close();
            }
        }

        assertThat(inBatches.values())
                .allSatisfy(c -> assertThat((double) c * instances / 12_000).isCloseTo(1.0, offset(0.05)));
        assertThat(rolling.values())
                .allSatisfy(c -> assertThat((double) c * instances / 12_000).isCloseTo(1.0, offset(0.05)));
    }

    private static Lease acquire(LoadBalancer balancer, Map<String, Long> counts) {
        Lease lease = balancer.acquire();
        counts.merge(lease.instance().id(), 1L, Long::sum);
        return lease;
    }

    @Test
    void theGreatestWeightsAndLoadsAreComparedExactly() {
        LoadBalancer balancer =
                LoadBalancer.of("orders", LEAST_CONNECTIONS, Fleet.weighted(Integer.MAX_VALUE, Integer.MAX_VALUE - 1));
        begin(balancer, "a", 1_000_000);
        begin(balancer, "b", 1_000_000);

        assertThat(Fleet.picks(balancer, 2)).isEqualTo("a a");
    }

    @Test
    void aRetryGoesToTheLeastLoadedOther() {
        LoadBalancer balancer = LoadBalancer.of("orders", LEAST_CONNECTIONS, Fleet.of("a", "b", "c"));
        begin(balancer, "b", 2);
        begin(balancer, "c", 1);

        assertThat(balancer.pickOther(List.of(balancer.endpoint("a")))).isSameAs(balancer.endpoint("c"));
    }

    @Test
    void retriesOfATieAreSharedInProportionToWeight() {
        LoadBalancer balancer = Fleet.builder(LEAST_CONNECTIONS, Fleet.weighted(1, 1, 3))
                .random(new SplittableRandom(3))
                .build();
        List<Endpoint> failed = List.of(balancer.endpoint("a"));

        Map<String, Long> counts = Fleet.count(() -> balancer.pickOther(failed).id(), 4_000);

        assertThat(counts).containsOnlyKeys("b", "c");
        assertThat(counts.get("b")).isCloseTo(1_000L, offset(137L));
    }

    private static void begin(LoadBalancer balancer, String id, int calls) {
        for (int i = 0; i < calls; i++) {
            balancer.endpoint(id).begin();
        }
    }
}
