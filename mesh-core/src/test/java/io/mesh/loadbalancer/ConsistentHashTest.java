package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.CONSISTENT_HASH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ZoneConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsistentHashTest {

    private static final int KEYS = 10_000;

    @Test
    void theSameKeyGoesToTheSameInstanceInEveryProcess() {
        LoadBalancer one = balancer(Fleet.ofSize(10));
        LoadBalancer another = balancer(Fleet.ofSize(10));

        assertThat(owners(one)).isEqualTo(owners(another)).isEqualTo(owners(one));
    }

    @Test
    void theOrderOfTheListIsOfNoAccount() {
        List<ServiceInstance> shuffled = new ArrayList<>(Fleet.ofSize(10));
        Collections.shuffle(shuffled, new Random(3));

        assertThat(owners(balancer(shuffled))).isEqualTo(owners(balancer(Fleet.ofSize(10))));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 100})
    void whenAnInstanceGoesOnlyItsKeysMoveAndWhenItComesBackTheyComeBack(int instances) {
        LoadBalancer balancer = balancer(Fleet.ofSize(instances));
        Map<String, String> before = owners(balancer);

        balancer.remove("1");
        Map<String, String> without = owners(balancer);
        balancer.add(Fleet.instance("1"));

        before.forEach((key, owner) -> {
            if (!owner.equals("1")) {
                assertThat(without).containsEntry(key, owner);
            }
        });
        assertThat(without.values()).doesNotContain("1");
        assertThat(owners(balancer)).isEqualTo(before);
    }

    @Test
    void theKeysOfAnInstanceThatGoesAreSharedByAllOthers() {
        LoadBalancer balancer = balancer(Fleet.ofSize(10));
        Map<String, String> before = owners(balancer);

        balancer.remove("1");
        Map<String, String> without = owners(balancer);

        Set<String> heirs = new HashSet<>();
        before.forEach((key, owner) -> {
            if (owner.equals("1")) {
                heirs.add(without.get(key));
            }
        });
        assertThat(heirs).hasSize(9);
    }

    @Test
    void aChangeOfWeightMovesKeysToOrFromThatInstanceAlone() {
        LoadBalancer balancer = balancer(Fleet.ofSize(10));
        Map<String, String> before = owners(balancer);

        balancer.setWeight("1", 3);

        owners(balancer).forEach((key, owner) -> {
            if (!owner.equals(before.get(key))) {
                assertThat(owner).isEqualTo("1");
            }
        });
    }

    @Test
    void keysAreSharedEvenly() {
        Map<String, Integer> shares = shares(balancer(Fleet.ofSize(10)), 100_000);

        assertThat(shares.values()).allSatisfy(share -> assertThat(share).isCloseTo(10_000, offset(1_000)));
    }

    @Test
    void keysAreSharedInProportionToWeight() {
        Map<String, Integer> shares = shares(balancer(Fleet.weighted(1, 10, 100)), 111_000);

        assertThat(shares.get("a")).isCloseTo(1_000, offset(250));
        assertThat(shares.get("b")).isCloseTo(10_000, offset(800));
        assertThat(shares.get("c")).isCloseTo(100_000, offset(1_000));
    }

    /** Two of very unequal weight: no approximation by many. */
    @Test
    void twoInstancesShareByWeightToo() {
        Map<String, Integer> shares = shares(balancer(Fleet.weighted(1, 9)), 100_000);

        assertThat(shares.get("a")).isCloseTo(10_000, offset(1_000));
    }

    @Test
    void everyOneOfThousandsHasKeys() {
        LoadBalancer balancer = balancer(Fleet.ofSize(5_000));

        assertThat(shares(balancer, 500_000)).hasSize(5_000);
    }

    /** The table grows by a half here: of the keys of one of its two parts each second moves. */
    @Test
    void whenTheTableGrowsMostKeysStay() {
        LoadBalancer balancer = balancer(Fleet.ofSize(2_520));
        Map<String, String> before = owners(balancer);

        balancer.add(Fleet.instance("another"));
        Map<String, String> after = owners(balancer);
        balancer.remove("another");

        assertThat(before.keySet())
                .filteredOn(key -> !before.get(key).equals(after.get(key)))
                .hasSizeBetween(KEYS / 5, KEYS * 3 / 10);
        assertThat(owners(balancer)).isEqualTo(before);
    }

    @Test
    void anEjectionDoesNotChangeTheSizeOfTheTable() {
        LoadBalancer balancer = balancer(Fleet.ofSize(2_521));
        Map<String, String> before = owners(balancer);

        balancer.mark("7", false);

        Map<String, String> without = owners(balancer);
        assertThat(without.values()).doesNotContain("7");
        before.forEach((key, owner) -> {
            if (!owner.equals("7")) {
                assertThat(without).containsEntry(key, owner);
            }
        });
    }

    @Test
    void keysAreSharedEvenlyWhateverTheSizeOfTheTable() {
        for (int size : List.of(2_521, 4_000, 6_400)) {
            Map<String, Integer> shares = shares(balancer(Fleet.ofSize(size)), 20 * size);

            double spread = shares.values().stream()
                            .mapToDouble(share -> Math.pow(share - 20.0, 2))
                            .sum()
                    / size;
            assertThat(Math.sqrt(spread) / 20)
                    .as("standard deviation at " + size)
                    .isLessThan(0.36);
        }
    }

    @Test
    void aRetryGoesToTheSameNextInstanceEachTimeAndThatIsWhereTheKeyGoesWhenTheFirstIsGone() {
        LoadBalancer balancer = balancer(Fleet.ofSize(10));
        LoadBalancer without = balancer(Fleet.ofSize(10));
        without.remove("1");
        int checked = 0;

        for (int i = 0; i < KEYS; i++) {
            CallOptions options = key(i);
            Endpoint first = balancer.pick(options);
            Endpoint next = balancer.pickOther(options, List.of(first));
            assertThat(next).isNotNull().isNotSameAs(first);
            assertThat(balancer.pickOther(options, List.of(first))).isSameAs(next);
            Endpoint third = balancer.pickOther(options, List.of(first, next));
            assertThat(third).isNotNull().isNotIn(first, next);
            assertThat(balancer.pickOther(options, Set.of(first, next))).isSameAs(third);
            if (first.id().equals("1")) {
                assertThat(without.select(options).id()).isEqualTo(next.id());
                checked++;
            }
        }

        assertThat(checked).isPositive();
    }

    @Test
    void whenAllHaveBeenTriedThereIsNoOther() {
        LoadBalancer balancer = balancer(Fleet.of("a", "b"));

        assertThat(balancer.pickOther(key(1), balancer.endpoints())).isNull();
        assertThat(balancer(Fleet.of("a")).select(key(1)).id()).isEqualTo("a");
    }

    @Test
    void callsWithoutAKeyAreSharedByChanceInProportionToWeight() {
        LoadBalancer balancer = balancer(Fleet.weighted(5, 3, 2));

        Map<String, Long> counts = Fleet.counts(balancer, 100_000);

        double chiSquare = Math.pow(counts.get("a") - 50_000.0, 2) / 50_000
                + Math.pow(counts.get("b") - 30_000.0, 2) / 30_000
                + Math.pow(counts.get("c") - 20_000.0, 2) / 20_000;
        assertThat(chiSquare).isLessThan(27.6); // once in a million, if it were another seed each time
    }

    @Test
    void withoutABoundAnInstanceTakesAllCallsOfItsKeys() {
        LoadBalancer balancer = balancer(Fleet.ofSize(10));

        for (int i = 0; i < 100; i++) {
            balancer.acquire(key(7));
        }

        assertThat(balancer.endpoints().stream().map(Endpoint::inFlight)).containsOnlyOnce(100);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100}) // few are counted each time, many now and then
    void withABoundACallOfABusyKeyGoesToTheNextInstances(int instances) {
        LoadBalancer balancer = Fleet.builder(CONSISTENT_HASH, Fleet.ofSize(instances))
                .config(bounded(125))
                .build();
        String own = balancer.select(key(7)).id();

        int calls = 40 * instances;
        for (int i = 0; i < calls; i++) {
            balancer.acquire(key(i % 10 == 0 ? 7 : 1_000 + i));
            assertThat(balancer.endpoints().stream()
                            .mapToInt(Endpoint::inFlight)
                            .max()
                            .orElseThrow())
                    .isLessThanOrEqualTo(1 + (int) Math.ceil(1.25 * (i + 1) / instances));
        }

        assertThat(balancer.endpoint(own).inFlight()).isBetween(49, 51);
        assertThat(balancer.endpoints().stream().mapToInt(Endpoint::inFlight).sum())
                .isEqualTo(calls);
    }

    @Test
    void aKeyThatIsAllThereIsSpreadsOverThoseOfItsChoices() {
        LoadBalancer balancer = Fleet.builder(CONSISTENT_HASH, Fleet.ofSize(1_000))
                .config(bounded(125))
                .build();

        for (int i = 0; i < 12_800; i++) {
            balancer.acquire(key(7));
        }

        assertThat(balancer.endpoints().stream().filter(e -> e.inFlight() > 0))
                .hasSizeBetween(100, 128)
                .allSatisfy(e -> assertThat(e.inFlight()).isBetween(90, 130));
    }

    @Test
    void theBoundGrowsWithTheWeight() {
        LoadBalancer balancer = Fleet.builder(CONSISTENT_HASH, Fleet.weighted(1, 9))
                .config(bounded(100))
                .build();

        for (int i = 0; i < 1_000; i++) {
            balancer.acquire(key(i));
        }

        assertThat(balancer.endpoint("a").inFlight()).isBetween(95, 105);
    }

    /** Eight or twelve calls on each instance of a small zone and of a large one: nobody has 125 % of its share. */
    @Test
    void theBoundOfAZoneIsNotMeasuredByTheCallsOfAnother() {
        List<ServiceInstance> instances = new ArrayList<>();
        for (int i = 0; i < 704; i++) {
            instances.add(Fleet.instance("i" + i).withMetadata(Map.of("zone", i < 64 ? "small" : "large")));
        }
        LoadBalancer balancer = Fleet.builder(CONSISTENT_HASH, instances)
                .config(bounded(125).toBuilder().zone(ZoneConfig.of("small")).build())
                .build();
        Map<String, String> idle = owners(balancer);

        int busy = 8;
        for (Endpoint endpoint : balancer.endpoints()) {
            for (int i = 0; i < busy; i++) {
                endpoint.begin();
            }
            busy = 20 - busy;
        }

        assertThat(owners(balancer)).isEqualTo(idle);
    }

    @Test
    void aKeyGoesBackToItsInstanceWhenThatHasRoomAgain() {
        LoadBalancer balancer = Fleet.builder(CONSISTENT_HASH, Fleet.of("a", "b", "c"))
                .config(bounded(100))
                .build();
        Lease own = balancer.acquire(key(1));
        Lease other = balancer.acquire(key(1));
        assertThat(other.endpoint()).isNotSameAs(own.endpoint());

        own.close();

        assertThat(balancer.pick(key(1))).isSameAs(own.endpoint());
    }

    @Test
    void keysThatDifferInOneCharAreFarApart() {
        Map<Integer, Integer> places = new TreeMap<>();
        for (int i = 0; i < 100_000; i++) {
            places.merge(KeyHash.below(16, KeyHash.of("host" + i)), 1, Integer::sum);
        }
        assertThat(places).hasSize(16);
        assertThat(places.values()).allSatisfy(n -> assertThat(n).isCloseTo(6_250, offset(400))); // 5 sigma
        assertThat(KeyHash.of("")).isNotEqualTo(KeyHash.of("\0"));
    }

    private static LoadBalancer balancer(List<ServiceInstance> instances) {
        return Fleet.builder(CONSISTENT_HASH, instances)
                .random(new SplittableRandom(23))
                .build();
    }

    private static LoadBalancerConfig bounded(int percent) {
        return LoadBalancerConfig.builder()
                .strategy(CONSISTENT_HASH)
                .hashBalanceFactor(percent)
                .build();
    }

    private static CallOptions key(int i) {
        return CallOptions.defaults().withHashKey("customer-" + i);
    }

    private static Map<String, String> owners(LoadBalancer balancer) {
        Map<String, String> owners = new TreeMap<>();
        for (int i = 0; i < KEYS; i++) {
            owners.put("customer-" + i, balancer.select(key(i)).id());
        }
        return owners;
    }

    private static Map<String, Integer> shares(LoadBalancer balancer, int keys) {
        Map<String, Integer> shares = new TreeMap<>();
        for (int i = 0; i < keys; i++) {
            shares.merge(balancer.select(key(i)).id(), 1, Integer::sum);
        }
        return shares;
    }

    @Test
    void keysOfEveryKindAreSpreadEvenly() {
        Random random = new Random(4);
        List<IntFunction<String>> kinds = List.of(
                i -> String.valueOf(i),
                i -> "customer-" + i,
                i -> "/orders/" + i % 317 + "/items/" + i / 317,
                i -> new UUID(random.nextLong(), random.nextLong()).toString(),
                i -> (char) ('A' + i % 26) + "" + (char) ('a' + i / 26 % 26) + i / 676 + "@example.org");
        for (IntFunction<String> kind : kinds) {
            Map<String, Long> places = new HashMap<>();
            for (int i = 0; i < 100_000; i++) {
                places.merge("" + KeyHash.below(100, KeyHash.ofKey(kind.apply(i))), 1L, Long::sum);
            }
            assertThat(Fleet.chiSquareOfEven(places, 100)).as(kind.apply(7)).isLessThan(180.8); // p = 1e-6
        }
    }
}
