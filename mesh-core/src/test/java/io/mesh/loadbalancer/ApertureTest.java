package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.mesh.model.ApertureConfig;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SubsetConfig;
import io.mesh.model.ZoneConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ApertureTest {

    private static List<ServiceInstance> fleet(int size) {
        return IntStream.range(0, size)
                .mapToObj(i -> ServiceInstance.of("i" + i, "10.0.0.1", 8080 + i))
                .toList();
    }

    private static LoadBalancer balancer(
            LoadBalancerStrategy strategy, ApertureConfig aperture, List<ServiceInstance> fleet) {
        return LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(strategy)
                        .aperture(aperture)
                        .build())
                .instances(fleet)
                .random(new Random(aperture.client() == null ? 5 : aperture.client()))
                .build();
    }

    private static Set<String> called(LoadBalancer balancer) {
        return new HashSet<>(
                balancer.eligibleEndpoints().stream().map(Endpoint::id).toList());
    }

    @Test
    void everyInstanceIsCalledByTheSameNumberOfClientsAtAnySize() {
        int servers = 20;
        int clients = 7;
        double[] lengths = new double[servers];
        Arrays.fill(lengths, 1.0 / servers);
        boolean[] callable = new boolean[servers];
        Arrays.fill(callable, true);
        for (int size = 1; size <= servers; size++) {
            double[] sums = new double[servers];
            for (int client = 0; client < clients; client++) {
                ApertureConfig config = new ApertureConfig(size, client, clients);
                double width = new Aperture(config, 0).width(servers);
                double[] parts = Aperture.parts(lengths, callable, (double) client / clients, width);
                for (int i = 0; i < servers; i++) {
                    assertThat(parts[i]).isBetween(0.0, 1.0);
                    sums[i] += parts[i];
                }
            }
            for (double sum : sums) {
                assertThat(sum).as("of size %d", size).isCloseTo(sums[0], offset(1e-9));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = LoadBalancerStrategy.class,
            names = {"ROUND_ROBIN", "RANDOM", "WEIGHTED", "LEAST_CONNECTIONS"})
    void togetherTheClientsLoadEveryInstanceEvenly(LoadBalancerStrategy strategy) {
        int picks = 20_000;
        int clients = 7;
        List<ServiceInstance> fleet = fleet(20);
        Map<String, Long> counts = new HashMap<>();
        for (int client = 0; client < clients; client++) {
            LoadBalancer balancer = balancer(strategy, new ApertureConfig(4, client, clients), fleet);
            Map<String, Long> own = Fleet.counts(balancer, picks);
            assertThat(own.size()).isBetween(5, 7); // two sevenths of twenty
            own.forEach((id, count) -> counts.merge(id, count, Long::sum));
        }

        double mean = picks * clients / 20.0;
        assertThat(counts).hasSize(20);
        assertThat(counts.values())
                .allSatisfy(count -> assertThat((double) count).isCloseTo(mean, offset(mean * 0.05)));
    }

    @Test
    void heavierInstancesAreCalledMore() {
        int clients = 5;
        List<ServiceInstance> fleet = new ArrayList<>();
        for (ServiceInstance instance : fleet(30)) {
            fleet.add(instance.withWeight(fleet.size() < 10 ? 3 : 1));
        }
        Map<String, Long> counts = new HashMap<>();
        for (int client = 0; client < clients; client++) {
            LoadBalancer balancer =
                    balancer(LoadBalancerStrategy.WEIGHTED, new ApertureConfig(8, client, clients), fleet);
            Fleet.counts(balancer, 20_000).forEach((id, count) -> counts.merge(id, count, Long::sum));
        }

        for (int i = 0; i < 30; i++) {
            double share = 100_000 * (i < 10 ? 3 : 1) / 50.0;
            assertThat((double) counts.getOrDefault("i" + i, 0L)).isCloseTo(share, offset(share * 0.02));
        }
    }

    @Test
    void theOrderOfTheListIsOfNoAccount() {
        List<ServiceInstance> shuffled = new ArrayList<>(fleet(200));
        Collections.shuffle(shuffled, new Random(2));
        ApertureConfig config = new ApertureConfig(12, 2, 9);

        assertThat(called(balancer(LoadBalancerStrategy.RANDOM, config, shuffled)))
                .isEqualTo(called(balancer(LoadBalancerStrategy.RANDOM, config, fleet(200))));
    }

    @Test
    void anInstanceThatGoesChangesLittle() {
        LoadBalancer balancer = balancer(LoadBalancerStrategy.POWER_OF_TWO, new ApertureConfig(12, 4, 9), fleet(200));
        Set<String> before = called(balancer);
        for (int i = 0; i < 200; i += 20) {
            balancer.remove("i" + i);
            balancer.add(ServiceInstance.of("new" + i, "10.0.0.2", 8080 + i));
        }

        Set<String> stayed = called(balancer);
        stayed.retainAll(before);
        assertThat(stayed.size()).isGreaterThanOrEqualTo(before.size() * 7 / 10);
    }

    @Test
    void whoeverCannotBeCalledIsReplacedByTheNext() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, new ApertureConfig(5, 0, 4), fleet(20)); // five, whole
        List<String> before = new ArrayList<>(called(balancer));
        assertThat(before).hasSize(5);

        balancer.mark(before.get(1), false);
        balancer.mark(before.get(3), false);

        assertThat(called(balancer)).hasSize(5).doesNotContain(before.get(1), before.get(3));
        assertThat(Fleet.counts(balancer, 500).values()).containsOnly(100L);
        balancer.mark(before.get(1), true);
        balancer.mark(before.get(3), true);
        assertThat(called(balancer)).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void furtherAttemptsStayWithin() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.LEAST_CONNECTIONS, new ApertureConfig(5, 1, 4), fleet(20));
        Set<Endpoint> tried = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            tried.add(Objects.requireNonNull(balancer.pickOther(tried)));
        }

        assertThat(tried).hasSize(5).containsExactlyInAnyOrderElementsOf(balancer.eligibleEndpoints());
        assertThat(balancer.pickOther(tried)).isNull();
    }

    @Test
    void fewerInstancesThanTheSizeAreAllCalled() {
        LoadBalancer balancer = balancer(LoadBalancerStrategy.ROUND_ROBIN, new ApertureConfig(12, 1, 4), fleet(7));

        assertThat(Fleet.counts(balancer, 700).values()).hasSize(7).containsOnly(100L);
    }

    @Test
    void clientsOfUnknownPlaceLieAnywhere() {
        Map<String, Long> callers = new HashMap<>();
        for (int client = 0; client < 400; client++) {
            LoadBalancer balancer = LoadBalancer.builder("orders")
                    .config(LoadBalancerConfig.builder()
                            .strategy(LoadBalancerStrategy.RANDOM)
                            .aperture(ApertureConfig.of(10))
                            .build())
                    .instances(fleet(50))
                    .random(new SplittableRandom(client))
                    .build();
            assertThat(called(balancer).size()).isBetween(10, 11);
            called(balancer).forEach(id -> callers.merge(id, 1L, Long::sum));
        }

        assertThat(callers).hasSize(50);
        assertThat(callers.values()).allSatisfy(count -> assertThat(count).isBetween(45L, 140L)); // 88, five sigma
    }

    @Test
    void eachZoneAndEachSubsetHasAnApertureOfItsOwn() {
        List<ServiceInstance> fleet = new ArrayList<>();
        for (ServiceInstance instance : fleet(120)) {
            int i = fleet.size();
            fleet.add(instance.withMetadata(
                    Map.of("zone", i % 2 == 0 ? "a" : "b", "version", i % 3 == 0 ? "canary" : "stable")));
        }
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .zone(new ZoneConfig("a", 1, Map.of()))
                        .subset("canary", SubsetConfig.of("version", "canary").withPercent(10))
                        .aperture(new ApertureConfig(5, 0, 4))
                        .build())
                .instances(fleet)
                .random(new Random(7))
                .build();

        Map<String, Long> byGroup = new HashMap<>();
        for (Endpoint endpoint : balancer.eligibleEndpoints()) {
            byGroup.merge(endpoint.instance().metadata().toString(), 1L, Long::sum);
        }
        assertThat(byGroup).hasSize(4);
        assertThat(byGroup.values()).containsOnly(5L, 10L); // of 20 and of 40, a quarter each
        Set<String> called = Fleet.counts(balancer, 5_000).keySet();
        assertThat(called).hasSize(15); // in this zone
        assertThat(called).allSatisfy(id -> assertThat(
                        Objects.requireNonNull(balancer.endpoint(id)).instance().metadata())
                .containsEntry("zone", "a"));
    }

    @Test
    void weightsBeyondAllMeasureStayPossible() {
        int[] weights = Aperture.weights(
                new int[] {Integer.MAX_VALUE, 1, Integer.MAX_VALUE}, new int[] {Aperture.WHOLE, Aperture.WHOLE, 512});

        assertThat(weights[0]).isPositive();
        assertThat(weights[1]).isEqualTo(1);
        assertThat(weights[2]).isCloseTo(weights[0] / 2, offset(1));
    }

    @Test
    void settingsThatCannotWorkAreRefused() {
        assertThatThrownBy(() -> ApertureConfig.of(0))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("size must be 1 or more, but is 0");
        assertThatThrownBy(() -> new ApertureConfig(12, 3, null))
                .hasMessage("clients must be given where the other of both is, but is null");
        assertThatThrownBy(() -> new ApertureConfig(12, null, 3))
                .hasMessage("client must be given where the other of both is, but is null");
        assertThatThrownBy(() -> new ApertureConfig(12, 3, 3))
                .hasMessage("clients must be more than client (3), which is counted from 0, but is 3");
        assertThatThrownBy(() -> new ApertureConfig(12, Integer.MAX_VALUE, 1))
                .isInstanceOf(InvalidSettingException.class);
        assertThatThrownBy(() -> new ApertureConfig(12, -1, 3)).hasMessage("client must be 0 or more, but is -1");
        LoadBalancerConfig.Builder hashed = LoadBalancerConfig.builder()
                .strategy(LoadBalancerStrategy.CONSISTENT_HASH)
                .aperture(ApertureConfig.defaults());
        assertThatThrownBy(hashed::build)
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("aperture must be left out with CONSISTENT_HASH");
    }
}
