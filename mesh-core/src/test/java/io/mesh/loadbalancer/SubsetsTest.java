package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.mesh.model.CallOptions;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SubsetConfig;
import io.mesh.model.ZoneConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SubsetsTest {

    private static final int PICKS = 20_000;
    private static final CallOptions CANARY = CallOptions.defaults().withSubset("canary");
    private static final SubsetConfig OF_CANARY = SubsetConfig.of("version", "canary");

    private static List<ServiceInstance> versions(String version, int count) {
        return IntStream.range(0, count)
                .mapToObj(i ->
                        ServiceInstance.of(version + i, "10.0.0.1", 8080 + i).withMetadata(Map.of("version", version)))
                .toList();
    }

    private static List<ServiceInstance> fleet(int stable, int canary) {
        List<ServiceInstance> fleet = new ArrayList<>(versions("stable", stable));
        fleet.addAll(versions("canary", canary));
        return fleet;
    }

    private static LoadBalancer.Builder builder(LoadBalancerStrategy strategy, SubsetConfig canary) {
        return LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(strategy)
                        .subset("canary", canary)
                        .build())
                .instances(fleet(4, 2))
                .random(new Random(11));
    }

    private static LoadBalancer balancer(SubsetConfig canary) {
        return builder(LoadBalancerStrategy.ROUND_ROBIN, canary).build();
    }

    private static double partOfCanary(LoadBalancer balancer) {
        return Fleet.counts(balancer, PICKS).entrySet().stream()
                        .filter(count -> count.getKey().startsWith("canary"))
                        .mapToLong(Map.Entry::getValue)
                        .sum()
                / (double) PICKS;
    }

    @ParameterizedTest
    @EnumSource(LoadBalancerStrategy.class)
    void aCallThatNamesASubsetGoesThereAlone(LoadBalancerStrategy strategy) {
        LoadBalancer balancer = builder(strategy, OF_CANARY).build();

        Map<String, Long> counts = Fleet.count(() -> balancer.select(CANARY).id(), 1_000);

        assertThat(counts).containsOnlyKeys("canary0", "canary1");
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(380L, 620L));
    }

    @Test
    void withoutAShareItsInstancesGetOtherCallsAsWell() {
        assertThat(partOfCanary(balancer(OF_CANARY))).isCloseTo(2.0 / 6, offset(0.001));
    }

    @ParameterizedTest
    @EnumSource(LoadBalancerStrategy.class)
    void aSubsetGetsItsShareOfTheCallsThatNameNone(LoadBalancerStrategy strategy) {
        LoadBalancer balancer = builder(strategy, OF_CANARY.withPercent(5)).build();

        Map<String, Long> counts = Fleet.counts(balancer, PICKS);

        assertThat(counts).hasSize(6);
        long canary = counts.get("canary0") + counts.get("canary1");
        assertThat(canary / (double) PICKS).isCloseTo(0.05, offset(0.008)); // 5 sigma
    }

    @Test
    void aShareOfNothingKeepsAllCallsAwayThatDoNotNameIt() {
        LoadBalancer balancer = balancer(OF_CANARY.withPercent(0));

        assertThat(partOfCanary(balancer)).isZero();
        assertThat(balancer.select(CANARY).id()).startsWith("canary");
        for (int i = 0; i < 4; i++) {
            balancer.mark("stable" + i, false);
        }
        assertThat(balancer.pick()).isNull();
    }

    @Test
    void severalSubsetsHaveSharesOfTheirOwn() {
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(LoadBalancerStrategy.RANDOM)
                        .subset("canary", OF_CANARY.withPercent(10))
                        .subset("stable", SubsetConfig.of("version", "stable").withPercent(60))
                        .build())
                .instances(fleet(4, 2))
                .random(new Random(3))
                .build();

        assertThat(partOfCanary(balancer))
                .isCloseTo(10 / 70.0, offset(0.013)); // there are no others for the 30 percent

        balancer.add(ServiceInstance.of("other", "10.0.0.9", 8080));
        assertThat(partOfCanary(balancer)).isCloseTo(0.1, offset(0.011));
        assertThat(Fleet.counts(balancer, PICKS).get("other") / (double) PICKS).isCloseTo(0.3, offset(0.017));
    }

    @Test
    void theShareOfASubsetThatHasNobodyGoesToTheRest() {
        LoadBalancer balancer = balancer(OF_CANARY.withPercent(50));

        balancer.mark("canary0", false);
        assertThat(partOfCanary(balancer)).isCloseTo(0.5, offset(0.02));
        balancer.mark("canary1", false);
        assertThat(partOfCanary(balancer)).isZero();
        balancer.mark("canary1", true);
        assertThat(partOfCanary(balancer)).isCloseTo(0.5, offset(0.02));
    }

    @Test
    void ifTheRestHasNobodyTheSubsetTakesItAll() {
        LoadBalancer balancer = balancer(OF_CANARY.withPercent(5));
        for (int i = 0; i < 4; i++) {
            balancer.drain("stable" + i);
        }

        assertThat(partOfCanary(balancer)).isEqualTo(1);
    }

    @Test
    void callsOfAKeyStayWithTheirVersion() {
        LoadBalancer balancer = builder(LoadBalancerStrategy.ROUND_ROBIN, OF_CANARY.withPercent(20))
                .build();
        int canary = 0;
        for (int i = 0; i < 2_000; i++) {
            CallOptions key = CallOptions.defaults().withHashKey("customer-" + i);
            boolean first = balancer.select(key).id().startsWith("canary");
            for (int again = 0; again < 3; again++) {
                assertThat(balancer.select(key).id().startsWith("canary")).isEqualTo(first);
            }
            canary += first ? 1 : 0;
        }

        assertThat(canary).isCloseTo(400, offset(90)); // 5 sigma
    }

    /** Hashed anew for the second division: otherwise all keys of the canary would be of one of its zones. */
    @Test
    void keysOfASubsetAreSpreadOverItsZonesAndInstances() {
        List<ServiceInstance> fleet = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            fleet.add(ServiceInstance.of("i" + i, "10.0.0.1", 8080 + i)
                    .withMetadata(Map.of("zone", i % 2 == 0 ? "a" : "b", "version", i < 4 ? "canary" : "stable")));
        }
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(LoadBalancerStrategy.CONSISTENT_HASH)
                        .subset("canary", OF_CANARY.withPercent(20))
                        .zone(new ZoneConfig("c", 1, Map.of()))
                        .build())
                .instances(fleet)
                .build();
        Map<String, Long> counts = new HashMap<>();
        for (int i = 0; i < 10_000; i++) {
            counts.merge(
                    balancer.select(CallOptions.defaults().withHashKey("key-" + i))
                            .id(),
                    1L,
                    Long::sum);
        }

        for (int i = 0; i < 8; i++) {
            assertThat((double) counts.getOrDefault("i" + i, 0L))
                    .isCloseTo(i < 4 ? 500 : 2_000, offset(i < 4 ? 120.0 : 240.0));
        }
    }

    @Test
    void furtherAttemptsOfASharedCallGoToTheRestFirst() {
        LoadBalancer balancer = balancer(OF_CANARY.withPercent(50));
        Set<Endpoint> tried = new HashSet<>(List.of(Objects.requireNonNull(balancer.endpoint("canary0"))));
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Endpoint next = Objects.requireNonNull(balancer.pickOther(tried));
            order.add(next.id());
            tried.add(next);
        }

        assertThat(order.subList(0, 4)).containsExactlyInAnyOrder("stable0", "stable1", "stable2", "stable3");
        assertThat(order.get(4)).isEqualTo("canary1");
        assertThat(balancer.pickOther(tried)).isNull();
    }

    @Test
    void noAttemptOfACallThatNamesASubsetLeavesIt() {
        LoadBalancer balancer = balancer(OF_CANARY);
        Endpoint first = Objects.requireNonNull(balancer.endpoint("canary0"));
        Endpoint second = Objects.requireNonNull(balancer.endpoint("canary1"));

        assertThat(balancer.pickOther(CANARY, Set.of(first))).isSameAs(second);
        assertThat(balancer.pickOther(CANARY, Set.of(first, second))).isNull();
        assertThat(balancer.hasOther(CANARY, Set.of(first))).isTrue();
        assertThat(balancer.hasOther(CANARY, Set.of(first, second))).isFalse();
        assertThat(balancer.hasOther(CallOptions.defaults(), Set.of(first, second)))
                .isTrue();
        assertThat(balancer.eligibleEndpoints(CANARY)).containsExactlyInAnyOrder(first, second);
    }

    @Test
    void aSubsetWithoutAnInstanceIsNamedInTheRejection() {
        LoadBalancer balancer = balancer(OF_CANARY);
        balancer.drain("canary0");
        balancer.mark("canary1", false);

        assertThatThrownBy(() -> balancer.select(CANARY))
                .isInstanceOfSatisfying(NoHealthyInstanceException.class, none -> assertThat(none.subset())
                        .isEqualTo("canary"))
                .hasMessage(
                        "Service 'orders' has no instance to call in subset 'canary': 2 known, 1 unhealthy, 0 ejected,"
                                + " 1 drained.");
    }

    @Test
    void withFallbackOtherInstancesStepIn() {
        LoadBalancer balancer = balancer(OF_CANARY.withPercent(0).withFallback(true));
        Endpoint canary0 = Objects.requireNonNull(balancer.endpoint("canary0"));
        Endpoint canary1 = Objects.requireNonNull(balancer.endpoint("canary1"));

        assertThat(Fleet.count(() -> balancer.select(CANARY).id(), 100)).containsOnlyKeys("canary0", "canary1");
        assertThat(balancer.pickOther(CANARY, Set.of(canary0))).isSameAs(canary1);
        assertThat(Objects.requireNonNull(balancer.pickOther(CANARY, Set.of(canary0, canary1)))
                        .id())
                .startsWith("stable");

        balancer.mark("canary0", false);
        balancer.mark("canary1", false);
        assertThat(Fleet.count(() -> balancer.select(CANARY).id(), 400))
                .containsOnlyKeys("stable0", "stable1", "stable2", "stable3");
    }

    /** Of whoever is restricted a trial is made by calls that go there anyway. */
    @Test
    void aCallIsNoTrialOfAnInstanceItWouldNotGoTo() {
        LoadBalancer balancer = builder(
                        LoadBalancerStrategy.ROUND_ROBIN,
                        OF_CANARY.withPercent(10).withFallback(true))
                .availability(endpoint -> new SwitchedAvailability())
                .build();
        SwitchedAvailability stable0 = SwitchedAvailability.of(balancer, "stable0");
        stable0.free = false;
        stable0.trialDue = true;
        balancer.refresh();

        assertThat(Fleet.count(() -> balancer.select(CANARY).id(), 100)).containsOnlyKeys("canary0", "canary1");
        Map<String, Long> unnamed = Fleet.counts(balancer, 1_000);
        assertThat(unnamed).containsOnlyKeys("stable0", "canary0", "canary1");
        assertThat(unnamed.get("stable0")).isBetween(850L, 950L);
        assertThat(id(balancer.pickOther(CANARY, Set.of(endpoint(balancer, "canary0")))))
                .isEqualTo("canary1");

        stable0.free = true;
        SwitchedAvailability canary0 = SwitchedAvailability.of(balancer, "canary0");
        canary0.free = false;
        canary0.trialDue = true;
        balancer.refresh();
        assertThat(Fleet.counts(balancer, 1_000).get("canary0")).isBetween(50L, 150L);
        assertThat(id(balancer.pickOther(List.of(endpoint(balancer, "stable1")))))
                .startsWith("stable");
    }

    @Test
    void aSubsetInWhichNobodyIsFreeIsTriedByCallsThatGoToTheRest() {
        LoadBalancer balancer = builder(LoadBalancerStrategy.ROUND_ROBIN, OF_CANARY.withPercent(10))
                .availability(endpoint -> new SwitchedAvailability())
                .build();
        for (String id : List.of("canary0", "canary1")) {
            SwitchedAvailability.of(balancer, id).free = false;
        }
        balancer.refresh();
        assertThat(Fleet.counts(balancer, 100)).containsOnlyKeys("stable0", "stable1", "stable2", "stable3");

        SwitchedAvailability.of(balancer, "canary1").trialDue = true;

        assertThat(id(balancer.pick())).isEqualTo("canary1");
    }

    @Test
    void callsThatFallBackMakeTheTrialsOfThoseTheyStandInFor() {
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                        .subset("canary", OF_CANARY.withPercent(10))
                        .subset("next", SubsetConfig.of("version", "next").withFallback(true))
                        .build())
                .instances(fleet(4, 2))
                .availability(endpoint -> new SwitchedAvailability())
                .build();
        for (String id : List.of("canary0", "canary1")) {
            SwitchedAvailability.of(balancer, id).free = false;
        }
        balancer.refresh();

        SwitchedAvailability.of(balancer, "canary1").trialDue = true;

        assertThat(id(balancer.pick(CallOptions.defaults().withSubset("next")))).isEqualTo("canary1");
    }

    /** Every rejected call asks for them. */
    @Test
    void theEndpointsOfASubsetAreWorkedOutOnceForAList() {
        LoadBalancer balancer = balancer(OF_CANARY);
        List<Endpoint> before = balancer.eligibleEndpoints(CANARY);

        assertThat(balancer.eligibleEndpoints(CANARY)).isSameAs(before).hasSize(2);
        balancer.drain("canary0");
        assertThat(balancer.eligibleEndpoints(CANARY)).hasSize(1);
    }

    private static Endpoint endpoint(LoadBalancer balancer, String id) {
        return Objects.requireNonNull(balancer.endpoint(id));
    }

    private static String id(@Nullable Endpoint endpoint) {
        return Objects.requireNonNull(endpoint).id();
    }

    @Test
    void aSubsetThatThereIsNotIsRefusedWithThoseThereAre() {
        LoadBalancer balancer = balancer(OF_CANARY);

        assertThatThrownBy(() -> balancer.select(CallOptions.defaults().withSubset("canry")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Service 'orders' has no subset 'canry', but 'canary'.");
        LoadBalancer without = LoadBalancer.of("stock", LoadBalancerStrategy.RANDOM, fleet(1, 1));
        assertThatThrownBy(() -> without.select(CANARY))
                .hasMessage(
                        "Service 'stock' has no subset 'canary', but none at all: name it in load-balancer.subsets.");
    }

    /** With one position for all, calls in turn with those of a subset would pass one of its two instances over for ever. */
    @ParameterizedTest
    @EnumSource(
            value = LoadBalancerStrategy.class,
            names = {"ROUND_ROBIN", "WEIGHTED", "LEAST_CONNECTIONS"})
    void callsInTurnWithThoseOfASubsetDoNotStarveAnybody(LoadBalancerStrategy strategy) {
        LoadBalancer balancer = builder(strategy, OF_CANARY.withPercent(0)).build();
        balancer.remove("stable3");
        Map<String, Long> counts = new HashMap<>();

        for (int i = 0; i < 600; i++) {
            counts.merge(balancer.select().id(), 1L, Long::sum);
            counts.merge(balancer.select(CANARY).id(), 1L, Long::sum);
        }

        assertThat(counts)
                .isEqualTo(Map.of("stable0", 200L, "stable1", 200L, "stable2", 200L, "canary0", 300L, "canary1", 300L));
    }

    @Test
    void turnsGoOnWhenTheListChanges() {
        LoadBalancer balancer = balancer(OF_CANARY.withPercent(0));
        Map<String, Long> counts = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            balancer.mark("canary0", false);
            balancer.mark("canary0", true);
            counts.merge(balancer.select().id(), 1L, Long::sum);
        }

        assertThat(counts.values()).containsOnly(100L);
    }

    @Test
    void anInstanceThatChangesItsVersionChangesItsSubset() {
        LoadBalancer balancer = balancer(OF_CANARY.withPercent(0));
        assertThat(Fleet.counts(balancer, 400)).hasSize(4).doesNotContainKey("canary0");

        balancer.add(versions("canary", 1).get(0).withMetadata(Map.of("version", "stable")));

        assertThat(Fleet.counts(balancer, 500)).hasSize(5).containsKey("canary0");
        assertThat(Fleet.count(() -> balancer.select(CANARY).id(), 10)).containsOnlyKeys("canary1");
    }

    @Test
    void switchedOnAndOffWhilePicksRun() {
        LoadBalancer balancer = balancer(OF_CANARY.withPercent(0));
        LoadBalancerConfig on = balancer.config();

        balancer.reconfigure(on.toBuilder().subsets(Map.of()).build(), Duration.ZERO);
        assertThat(partOfCanary(balancer)).isCloseTo(2.0 / 6, offset(0.001));
        assertThat(balancer.hasOther(CANARY, List.of())).isFalse(); // a call under way that named it
        assertThat(balancer.pickOther(CANARY, List.of())).isNull();
        balancer.reconfigure(on, Duration.ZERO);
        assertThat(partOfCanary(balancer)).isZero();
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new SubsetConfig(Map.of(), null, false))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("metadata must have at least one entry, such as version: canary, but is {}");
        assertThatThrownBy(() -> OF_CANARY.withPercent(101))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("percent must be between 0 and 100, but is 101");
        LoadBalancerConfig.Builder tooMuch = LoadBalancerConfig.builder()
                .subset("a", OF_CANARY.withPercent(60))
                .subset("b", SubsetConfig.of("version", "b").withPercent(41));
        assertThatThrownBy(tooMuch::build)
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("subsets must have shares of at most 100 in all, but is 101 percent in all");
        assertThatThrownBy(() ->
                        LoadBalancerConfig.builder().subset(" ", OF_CANARY).build())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("subsets must not be blank, but is ' '");
    }
}
