package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.POWER_OF_TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PowerOfTwoTest {

    @Test
    void everyPairIsEquallyLikelySoIdleInstancesShareEvenly() {
        LoadBalancer balancer = seeded(Fleet.of("a", "b", "c", "d", "e"), 1);

        assertThat(Fleet.chiSquareOfEven(Fleet.counts(balancer, 100_000), 5)).isLessThan(33.4);
    }

    @Test
    void theBusierOfTwoIsNeverPicked() {
        LoadBalancer balancer = seeded(Fleet.of("a", "b"), 2);
        balancer.endpoint("a").begin();

        assertThat(Fleet.counts(balancer, 10_000)).isEqualTo(Map.of("b", 10_000L));
    }

    @Test
    void theBusiestOfThreeIsNeverPickedAndTheOthersShareEvenly() {
        LoadBalancer balancer = seeded(Fleet.of("a", "b", "c"), 3);
        for (int i = 0; i < 10; i++) {
            balancer.endpoint("b").begin();
        }

        Map<String, Long> counts = Fleet.counts(balancer, 100_000);

        assertThat(counts).containsOnlyKeys("a", "c");
        assertThat(Fleet.chiSquareOfEven(counts, 2)).isLessThan(23.9);
    }

    @Test
    void theOnlyInstanceIsPickedHoweverBusyItIs() {
        LoadBalancer balancer = seeded(Fleet.of("a"), 4);
        balancer.endpoint("a").begin();

        assertThat(balancer.select().id()).isEqualTo("a");
    }

    /** Or the light ones of a service with few calls would get none. */
    @Test
    void twoIdleInstancesDrawLotsByWeight() {
        LoadBalancer balancer = seeded(Fleet.weighted(1, 3), 12);

        assertThat(Fleet.counts(balancer, 10_000).get("b")).isCloseTo(7_500L, offset(217L)); // 5 sigma
    }

    @Test
    void weightsCountBetweenBusyInstances() {
        LoadBalancer balancer = seeded(Fleet.weighted(1, 2), 5);

        balancer.endpoint("a").begin();
        assertThat(Fleet.counts(balancer, 1_000)).isEqualTo(Map.of("b", 1_000L)); // 2/1 against 1/2
        balancer.endpoint("a").end();
        balancer.endpoint("b").begin();
        assertThat(Fleet.counts(balancer, 1_000)).containsOnlyKeys("a", "b"); // 1/1 against 2/2
        balancer.endpoint("b").begin();
        assertThat(Fleet.counts(balancer, 1_000)).isEqualTo(Map.of("a", 1_000L));
    }

    @Test
    void theGreatestWeightsAndLoadsDoNotOverflow() {
        LoadBalancer balancer = seeded(Fleet.weighted(Integer.MAX_VALUE, Integer.MAX_VALUE - 1), 6);
        assertThat(Fleet.counts(balancer, 1_000)).hasSize(2);
        for (int i = 0; i < 1_000; i++) {
            balancer.endpoint("b").begin();
        }

        assertThat(Fleet.counts(balancer, 1_000)).isEqualTo(Map.of("a", 1_000L));
    }

    /** Each call is held for a random time. */
    @Test
    void callsInFlightStayWithinTenOfTheMean() {
        LoadBalancer balancer = seeded(Fleet.ofSize(100), 7);
        Random random = new Random(7);
        List<Lease> held = new ArrayList<>();
        int farthest = 0;
        for (int i = 0; i < 100_000; i++) {
            held.add(balancer.acquire());
            if (held.size() > 1_000) {
                int ending = random.nextInt(held.size());
                held.set(ending, held.get(held.size() - 1)).close();
                held.remove(held.size() - 1);
            }
            if (i % 100 == 0) {
                int mean = held.size() / 100;
                farthest = Math.max(
                        farthest,
                        balancer.endpoints().stream()
                                .mapToInt(e -> Math.abs(e.inFlight() - mean))
                                .max()
                                .orElseThrow());
            }
        }

        assertThat(farthest).isLessThanOrEqualTo(10);
    }

    @Test
    void aFailureCountsAsACallInFlightForASecond() {
        ManualClock clock = new ManualClock();
        LoadBalancer balancer = Fleet.builder(POWER_OF_TWO, Fleet.of("a", "b"))
                .ticker(clock)
                .random(new SplittableRandom(8))
                .build();
        Lease lease = balancer.acquire();
        String failed = lease.instance().id();
        lease.failed();
        lease.close();

        assertThat(Fleet.counts(balancer, 100)).doesNotContainKey(failed);
        clock.advance(Duration.ofSeconds(1));
        assertThat(Fleet.counts(balancer, 1_000)).hasSize(2);
    }

    @Test
    void aRetryGoesToTheLeastBusyOfFewOthers() {
        LoadBalancer balancer = seeded(Fleet.of("a", "b", "c", "d"), 9);
        balancer.endpoint("b").begin();
        balancer.endpoint("c").begin();
        List<Endpoint> failed = List.of(balancer.endpoint("a"));

        assertThat(Fleet.count(() -> balancer.pickOther(failed).id(), 1_000)).isEqualTo(Map.of("d", 1_000L));
        assertThat(balancer.pickOther(balancer.endpoints())).isNull();
    }

    @Test
    void aRetryAmongManyGoesToTheLessBusyOfTwoOthers() {
        LoadBalancer balancer = seeded(Fleet.ofSize(100), 10);
        for (int i = 0; i < 50; i++) {
            balancer.endpoint(String.valueOf(i)).begin();
        }
        List<Endpoint> failed = List.of(balancer.endpoint("99"));

        long busy = Fleet.count(() -> balancer.pickOther(failed).id(), 10_000).entrySet().stream()
                .filter(e -> Integer.parseInt(e.getKey()) < 50)
                .mapToLong(Map.Entry::getValue)
                .sum();

        assertThat(busy / 10_000.0).isCloseTo(0.25, offset(0.025)); // both draws busy
    }

    @Test
    void aRetryFindsTheOnlyInstanceLeftOfMany() {
        LoadBalancer balancer = seeded(Fleet.ofSize(1_000), 11);
        List<Endpoint> failed = balancer.endpoints().subList(0, 999);

        assertThat(balancer.pickOther(failed).id()).isEqualTo("999");
    }

    private static LoadBalancer seeded(List<ServiceInstance> instances, long seed) {
        return Fleet.builder(POWER_OF_TWO, instances)
                .random(new SplittableRandom(seed))
                .build();
    }
}
