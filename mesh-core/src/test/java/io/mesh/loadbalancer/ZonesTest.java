package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.mesh.model.CallOptions;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SlowStartConfig;
import io.mesh.model.ZoneConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ZonesTest {

    private static final int PICKS = 50_000;

    private static List<ServiceInstance> zone(String zone, int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        i -> ServiceInstance.of(zone + i, "10.0.0.1", 8080 + i).withMetadata(Map.of("zone", zone)))
                .toList();
    }

    @SafeVarargs
    private static List<ServiceInstance> all(List<ServiceInstance>... zones) {
        List<ServiceInstance> all = new ArrayList<>();
        for (List<ServiceInstance> zone : zones) {
            all.addAll(zone);
        }
        return all;
    }

    private static LoadBalancer balancer(
            LoadBalancerStrategy strategy, ZoneConfig zone, List<ServiceInstance> instances) {
        return LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(strategy)
                        .zone(zone)
                        .build())
                .instances(instances)
                .random(new Random(3))
                .build();
    }

    private static double local(LoadBalancer balancer, String zone) {
        return Fleet.counts(balancer, PICKS).entrySet().stream()
                        .filter(count -> count.getKey().startsWith(zone))
                        .mapToLong(Map.Entry::getValue)
                        .sum()
                / (double) PICKS;
    }

    @ParameterizedTest
    @EnumSource(
            value = LoadBalancerStrategy.class,
            names = {"ROUND_ROBIN", "RANDOM", "WEIGHTED", "POWER_OF_TWO", "LEAST_CONNECTIONS", "CONSISTENT_HASH"})
    void aZoneThatIsTooSmallForItsClientsKeepsWhatItsInstancesCanBear(LoadBalancerStrategy strategy) {
        LoadBalancer balancer = balancer(strategy, ZoneConfig.of("a"), all(zone("a", 2), zone("b", 8)));

        assertThat(local(balancer, "a")).isCloseTo(0.4, offset(0.02));
    }

    @Test
    void aZoneThatIsLargeEnoughKeepsAllCallsOfItsClients() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, ZoneConfig.of("b"), all(zone("a", 2), zone("b", 8)));

        assertThat(local(balancer, "b")).isEqualTo(1);
    }

    /** Two clients, one in each zone: with what each of them sends, every instance gets the same. */
    @Test
    void togetherTheClientsOfAllZonesLoadEveryInstanceEvenly() {
        List<ServiceInstance> fleet = all(zone("a", 2), zone("b", 3), zone("c", 5));
        Map<String, Long> counts =
                Fleet.counts(balancer(LoadBalancerStrategy.RANDOM, ZoneConfig.of("a"), fleet), PICKS);
        for (String zone : List.of("b", "c")) {
            Fleet.counts(balancer(LoadBalancerStrategy.RANDOM, ZoneConfig.of(zone), fleet), PICKS)
                    .forEach((id, count) -> counts.merge(id, count, Long::sum));
        }

        assertThat(counts.values()).hasSize(10).allSatisfy(count -> assertThat(count)
                .isCloseTo(3L * PICKS / 10, offset(PICKS / 40L)));
    }

    @Test
    void clientsNeedNotBeSpreadEvenly() {
        ZoneConfig mostAreHere = new ZoneConfig("a", 6, Map.of("a", 3, "b", 1));

        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, mostAreHere, all(zone("a", 4), zone("b", 4)));

        assertThat(local(balancer, "a")).isCloseTo(2.0 / 3, offset(0.02));
    }

    @Test
    void fewInstancesAreSharedByAllZones() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, ZoneConfig.of("a"), all(zone("a", 4), zone("b", 1)));

        assertThat(local(balancer, "b")).isCloseTo(0.2, offset(0.01));
    }

    @Test
    void aFewHeavyInstancesBearAsMuchAsManyLightOnes() {
        List<ServiceInstance> heavy =
                zone("a", 2).stream().map(instance -> instance.withWeight(4)).toList();

        LoadBalancer balancer = balancer(LoadBalancerStrategy.WEIGHTED, ZoneConfig.of("a"), all(heavy, zone("b", 8)));

        assertThat(local(balancer, "a")).isEqualTo(1);
    }

    @Test
    void inAPanicZonesAreNotLookedAt() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, ZoneConfig.of("a"), all(zone("a", 3), zone("b", 3)));
        balancer.reconfigure(balancer.config().toBuilder().panicThreshold(50).build(), Duration.ZERO);

        List.of("a0", "a1", "b0", "b1").forEach(id -> balancer.mark(id, false));

        assertThat(balancer.isInPanic()).isTrue();
        assertThat(local(balancer, "a")).isCloseTo(0.5, offset(0.001));
    }

    @Test
    void anEjectedInstanceIsOneOfThoseThatMakeZonesWorthLookingAt() {
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                        .zone(ZoneConfig.of("a"))
                        .build())
                .instances(all(zone("a", 3), zone("b", 3)))
                .availability(endpoint -> new SwitchedAvailability())
                .build();

        SwitchedAvailability.of(balancer, "b0").free = false;
        balancer.refresh();

        assertThat(local(balancer, "a")).isEqualTo(1);
    }

    @Test
    void aZoneWhoseInstancesAreAllUnhealthyIsServedByTheOthers() {
        LoadBalancer balancer = balancer(
                LoadBalancerStrategy.LEAST_CONNECTIONS,
                ZoneConfig.of("a"),
                all(zone("a", 3), zone("b", 3), zone("c", 3)));
        assertThat(local(balancer, "a")).isEqualTo(1);

        for (int i = 0; i < 3; i++) {
            balancer.mark("a" + i, false);
        }

        Map<String, Long> counts = Fleet.counts(balancer, PICKS);
        assertThat(counts).hasSize(6);
        assertThat(Fleet.chiSquareOfEven(counts, 6)).isLessThan(40);
    }

    @Test
    void aRetryLeavesTheZoneIfItMust() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, ZoneConfig.of("a"), all(zone("a", 1), zone("b", 5)));
        Endpoint tried = Objects.requireNonNull(balancer.endpoint("a0"));

        Endpoint other = balancer.pickOther(CallOptions.defaults(), List.of(tried));

        assertThat(other).isNotNull().isNotSameAs(tried);
    }

    @Test
    void callsOfAKeyStayInOneZone() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.CONSISTENT_HASH, ZoneConfig.of("a"), all(zone("a", 2), zone("b", 8)));
        int local = 0;
        for (int i = 0; i < 2_000; i++) {
            CallOptions key = CallOptions.defaults().withHashKey("key-" + i);
            String first = balancer.select(key).id();
            assertThat(balancer.select(key).id()).isEqualTo(first);
            local += first.startsWith("a") ? 1 : 0;
        }

        assertThat(local).isCloseTo(800, offset(110)); // 5 sigma
    }

    @Test
    void instancesWithoutAZoneTakeWhatOthersCannot() {
        List<ServiceInstance> somewhere = Fleet.of("x", "y", "z", "u", "v");

        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, ZoneConfig.of("a"), all(zone("a", 5), somewhere));

        assertThat(local(balancer, "a")).isCloseTo(0.5, offset(0.01));
    }

    private static LoadBalancer slowStarting(List<ServiceInstance> instances) {
        return LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                        .zone(ZoneConfig.of("a"))
                        .slowStart(SlowStartConfig.of(Duration.ofSeconds(10)))
                        .build())
                .instances(instances)
                .ticker(new ManualClock())
                .random(new Random(5))
                .build();
    }

    @Test
    void aNewInstanceTakesLittleOfTheCallsOfItsZone() {
        LoadBalancer balancer = slowStarting(all(zone("a", 3), zone("b", 3)));
        balancer.add(zone("a", 4).get(3));

        Map<String, Long> counts = Fleet.counts(balancer, PICKS);

        assertThat(counts).containsOnlyKeys("a0", "a1", "a2", "a3");
        assertThat(counts.get("a3") * 4.0 / PICKS).isCloseTo(0.1, offset(0.03));
    }

    /** As when a zone is deployed before the others: there are many old ones, but not where the calls go. */
    @Test
    void theLastOldInstanceOfAZoneTakesAtMostTwiceItsShare() {
        LoadBalancer balancer = slowStarting(all(zone("a", 1), zone("b", 10)));
        zone("a", 10).stream().skip(1).forEach(balancer::add);

        Map<String, Long> counts = Fleet.counts(balancer, PICKS);

        assertThat(counts.get("a0") * 10.0 / PICKS).isBetween(1.5, 2.0);
    }

    @Test
    void switchedOnAndOffWhilePicksRun() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, ZoneConfig.of("a"), all(zone("a", 3), zone("b", 3)));
        LoadBalancerConfig on = balancer.config();

        balancer.reconfigure(on.toBuilder().zone(null).build(), Duration.ZERO);
        assertThat(local(balancer, "a")).isCloseTo(0.5, offset(0.001));
        balancer.reconfigure(on, Duration.ZERO);
        assertThat(local(balancer, "a")).isEqualTo(1);
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> ZoneConfig.of(" "))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("name must not be blank, but is ' '");
        assertThatThrownBy(() -> new ZoneConfig("a", 0, Map.of()))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("minInstances must be 1 or more, but is 0");
        assertThatThrownBy(() -> new ZoneConfig("a", 6, Map.of("b", 1)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("clients must have a part of 1 or more for 'a', where this client runs, but is {b=1}");
        assertThatThrownBy(() -> new ZoneConfig("a", 6, Map.of("a", 1, "b", -1)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("clients must be 0 or more, but is -1");
    }
}
