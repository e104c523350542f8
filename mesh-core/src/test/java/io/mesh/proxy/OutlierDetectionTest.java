package io.mesh.proxy;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mesh.MeshLog;
import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.event.MeshEvent;
import io.mesh.event.MeshListener;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.Mode;
import io.mesh.model.OutlierConfig;
import io.mesh.model.RejectedCallException;
import io.mesh.model.ServiceConfig;
import io.mesh.time.ManualClock;
import io.mesh.time.Scheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutlierDetectionTest {

    /** So many failures in a row that only the comparison opens circuits. */
    private static final CircuitBreakerConfig PATIENT = CircuitBreakerConfig.builder()
            .failureThreshold(1_000_000)
            .openTimeoutMultiplier(2)
            .build();

    private static final Duration INTERVAL = OutlierConfig.defaults().interval();

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();

    private Mesh mesh(int instances, OutlierConfig config) {
        return mesh(instances, config, 1, service -> {});
    }

    private Mesh mesh(int instances, OutlierConfig config, long seed, Consumer<ServiceConfig.Builder> more) {
        String[] addresses =
                IntStream.range(0, instances).mapToObj(i -> "i" + i + ":1").toArray(String[]::new);
        return Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .random(new SplittableRandom(seed))
                .listener(events::add)
                .service(
                        "orders",
                        s -> more.accept(s.instances(addresses)
                                .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                                .circuitBreaker(PATIENT)
                                .outlierDetection(config)))
                .build();
    }

    /** So many calls of each instance, while all may be picked; of these so many fail. */
    private static void calls(Mesh mesh, int each, Map<String, Integer> failing) {
        ServiceProxy orders = mesh.service("orders");
        Map<String, Integer> left = new HashMap<>(failing);
        int instances = orders.snapshot().instances().size();
        for (int i = 0; i < each * instances; i++) {
            try {
                orders.run(instance -> {
                    if (left.merge(instance.id(), -1, Integer::sum) >= 0) {
                        throw new IOException("broken");
                    }
                });
            } catch (IOException counted) {
                assertThat(counted).hasMessage("broken");
            }
        }
    }

    private static CircuitState state(Mesh mesh, String id) {
        return mesh.service("orders").circuitBreaker(id).state();
    }

    private static List<String> open(Mesh mesh) {
        return mesh.service("orders").snapshot().instances().stream()
                .filter(instance -> instance.breaker().state() == OPEN)
                .map(instance -> instance.instance().id())
                .toList();
    }

    private List<MeshEvent.OutlierDetected> detected() {
        return events.stream()
                .filter(MeshEvent.OutlierDetected.class::isInstance)
                .map(MeshEvent.OutlierDetected.class::cast)
                .toList();
    }

    @Test
    void anInstanceFarBelowTheMeanOfFiveIsEjected() {
        Mesh mesh = mesh(5, OutlierConfig.defaults());
        calls(mesh, 100, Map.of("i4:1", 50));
        assertThat(open(mesh)).isEmpty();

        clock.advance(INTERVAL);

        assertThat(open(mesh)).containsExactly("i4:1");
        String reason = "50.0 % of 100 calls succeeded, but 90.0 % on the mean of 5 instances";
        assertThat(detected()).containsExactly(new MeshEvent.OutlierDetected("orders/i4:1", true, reason));
        assertThat(events).contains(new MeshEvent.StateChanged("orders/i4:1", CLOSED, OPEN, "outlier: " + reason));
        Set<String> reached = new HashSet<>();
        calls(mesh, 10, Map.of());
        for (int i = 0; i < 20; i++) {
            mesh.service("orders").run(instance -> reached.add(instance.id()));
        }
        assertThat(reached).hasSize(4).doesNotContain("i4:1");
    }

    @Test
    void comparisonsGoOnAfterTheSchedulerHasThrown() {
        AtomicInteger uses = new AtomicInteger();
        Duration interval = Duration.ofMillis(1); // which is waited for in real time where the scheduler throws
        Scheduler broken = (task, delay) -> {
            if (uses.incrementAndGet() == 2) {
                throw new IllegalStateException("bug");
            }
            return clock.schedule(task, delay);
        };
        OutlierConfig often = OutlierConfig.builder().interval(interval).build();
        try (MeshLog log = new MeshLog();
                Mesh mesh = Mesh.builder()
                        .ticker(clock)
                        .scheduler(broken)
                        .service("orders", s -> s.instances("a:1").outlierDetection(often))
                        .build()) {
            assertThat(mesh.services()).containsExactly("orders");
            clock.advance(interval);

            await().until(() -> uses.get() == 3);
            assertThat(log.sentences()).hasSize(1);
        }
    }

    @Test
    void fourInstancesAreTooFewToCompare() {
        Mesh mesh = mesh(4, OutlierConfig.defaults());
        calls(mesh, 100, Map.of("i3:1", 50));
        clock.advance(INTERVAL);

        assertThat(open(mesh)).isEmpty();
        assertThat(detected()).isEmpty();
    }

    @Test
    void ninetyNineCallsAreTooFewToCompare() {
        Mesh mesh = mesh(5, OutlierConfig.defaults());
        calls(mesh, 99, Map.of("i4:1", 50));
        clock.advance(INTERVAL);

        assertThat(open(mesh)).isEmpty();
    }

    @Test
    void callsOfDifferentIntervalsAreNotAddedUp() {
        Mesh mesh = mesh(5, OutlierConfig.defaults());
        calls(mesh, 60, Map.of("i4:1", 30));
        clock.advance(INTERVAL);
        calls(mesh, 60, Map.of("i4:1", 30));
        clock.advance(INTERVAL);

        assertThat(open(mesh)).isEmpty();
    }

    @Test
    void ninetyNinePercentAreNeverAnOutlier() {
        Mesh mesh = mesh(5, OutlierConfig.defaults());
        calls(mesh, 100, Map.of("i4:1", 1));
        clock.advance(INTERVAL);

        assertThat(detected()).isEmpty();
        assertThat(open(mesh)).isEmpty();
    }

    @Test
    void withoutAFloorEvenNinetyNinePercentAreAnOutlier() {
        Mesh mesh = mesh(5, OutlierConfig.builder().minimumFailurePercentage(0).build());
        calls(mesh, 100, Map.of("i4:1", 1));
        clock.advance(INTERVAL);

        assertThat(open(mesh)).containsExactly("i4:1");
    }

    @Test
    void anInstanceThatFailsAlmostAllNeedsNoComparisonAndFewerCalls() {
        Mesh mesh = mesh(5, OutlierConfig.defaults());
        calls(mesh, 50, Map.of("i0:1", 42, "i1:1", 43)); // 84 %, 86 %
        clock.advance(INTERVAL);

        assertThat(open(mesh)).containsExactly("i1:1");
        assertThat(detected())
                .containsExactly(new MeshEvent.OutlierDetected("orders/i1:1", true, "86.0 % of 50 calls failed"));
    }

    @Test
    void theFloorHoldsForTheShareOfFailuresToo() {
        Mesh mesh = mesh(
                5,
                OutlierConfig.builder()
                        .failurePercentageThreshold(5)
                        .minimumFailurePercentage(10)
                        .build());
        calls(mesh, 100, Map.of("i3:1", 9, "i4:1", 10));
        clock.advance(INTERVAL);

        assertThat(open(mesh)).containsExactly("i4:1");
    }

    @Test
    void withoutEnforcementOutliersAreToldOfAndNotEjected() {
        Mesh mesh = mesh(5, OutlierConfig.builder().enforcementPercent(0).build());
        calls(mesh, 100, Map.of("i4:1", 50));
        clock.advance(INTERVAL);

        assertThat(open(mesh)).isEmpty();
        assertThat(detected()).extracting(MeshEvent.OutlierDetected::ejected).containsExactly(false);
    }

    @Test
    void halfTheEnforcementEjectsAboutHalf() {
        int ejected = 0;
        for (int seed = 0; seed < 200; seed++) {
            Mesh mesh = mesh(5, OutlierConfig.builder().enforcementPercent(50).build(), seed, s -> {});
            calls(mesh, 100, Map.of("i4:1", 50));
            clock.advance(INTERVAL);
            ejected += open(mesh).size();
            mesh.close();
        }

        assertThat(ejected).isBetween(65, 135); // 100 ± 5 σ
    }

    @Test
    void ofThreeOutliersAmongTenTwentyPercentAreEjectedAndNotAlwaysTheFirst() {
        Set<List<String>> ejected = new HashSet<>();
        for (int seed = 0; seed < 40; seed++) {
            events.clear();
            Mesh mesh = mesh(
                    10,
                    OutlierConfig.defaults(),
                    seed,
                    s -> s.loadBalancer(LoadBalancerConfig.builder()
                            .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                            .maxEjectionPercent(20)
                            .build()));
            calls(mesh, 100, Map.of("i1:1", 90, "i5:1", 90, "i9:1", 90));
            clock.advance(INTERVAL);
            ejected.add(open(mesh));
            assertThat(detected())
                    .extracting(MeshEvent.OutlierDetected::ejected)
                    .containsExactly(true, true, false);
            mesh.close();
        }

        assertThat(ejected)
                .containsExactlyInAnyOrder(List.of("i1:1", "i5:1"), List.of("i1:1", "i9:1"), List.of("i5:1", "i9:1"));
    }

    @Test
    void ofThreeInstancesOneIsEjectedHoweverSmallTheShare() {
        Mesh mesh = mesh(
                3,
                OutlierConfig.builder().minimumInstances(3).build(),
                1,
                s -> s.loadBalancer(LoadBalancerConfig.builder()
                        .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                        .maxEjectionPercent(10)
                        .build()));
        calls(mesh, 100, Map.of("i0:1", 90, "i1:1", 90));
        clock.advance(INTERVAL);

        assertThat(open(mesh)).hasSize(1);
    }

    @Test
    void whatHasComeBackBeginsWithNothingCountedAndIsEjectedForLongerTheNextTime() {
        Mesh mesh = mesh(5, OutlierConfig.defaults());
        calls(mesh, 100, Map.of("i4:1", 50));
        clock.advance(INTERVAL);
        CircuitBreaker breaker = mesh.service("orders").circuitBreaker("i4:1");
        assertThat(breaker.snapshot().nextTrialIn()).isEqualTo(Duration.ofSeconds(30));

        clock.advance(Duration.ofSeconds(30));
        calls(mesh, 2, Map.of()); // its trials come first
        assertThat(breaker.state()).isEqualTo(CLOSED);
        calls(mesh, 120, Map.of("i4:1", 60));
        clock.advance(INTERVAL);
        assertThat(breaker.state()).isEqualTo(CLOSED); // it was not closed for a whole interval

        calls(mesh, 120, Map.of("i4:1", 60));
        clock.advance(INTERVAL);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(breaker.snapshot().nextTrialIn()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void observingTellsOfOutliersAndGoesOnCallingThem() {
        Mesh mesh = mesh(5, OutlierConfig.defaults(), 1, s -> s.mode(Mode.OBSERVE));
        calls(mesh, 100, Map.of("i4:1", 50));
        clock.advance(INTERVAL);

        assertThat(detected()).extracting(MeshEvent.OutlierDetected::ejected).containsExactly(false);
        Set<String> reached = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            mesh.service("orders").run(instance -> reached.add(instance.id()));
        }
        assertThat(reached).hasSize(5);
    }

    @Test
    void settingsMayChangeWhileItRunsAndNothingGoesOnAfterTheEnd() {
        Mesh mesh = mesh(5, OutlierConfig.builder().enforcementPercent(0).build());
        assertThat(clock.scheduled()).isOne();
        change(mesh, OutlierConfig.defaults());
        assertThat(clock.scheduled()).isOne();
        calls(mesh, 100, Map.of("i4:1", 50));
        clock.advance(INTERVAL);
        assertThat(state(mesh, "i4:1")).isEqualTo(OPEN);

        change(mesh, null);
        assertThat(clock.scheduled()).isZero();
        change(mesh, OutlierConfig.defaults());
        mesh.close();

        assertThat(clock.scheduled()).isZero();
    }

    private static void change(Mesh mesh, OutlierConfig outliers) {
        mesh.update(config -> config.toBuilder()
                .service(
                        "orders",
                        config.services().get("orders").toBuilder()
                                .outlierDetection(outliers)
                                .build())
                .build());
    }

    @Test
    void switchedOffNothingIsScheduledAndNothingEjected() {
        Mesh mesh = mesh(5, null);
        calls(mesh, 100, Map.of("i4:1", 50));
        clock.advance(INTERVAL);

        assertThat(clock.scheduled()).isZero();
        assertThat(open(mesh)).isEmpty();
    }

    @Test
    void aFullOutageIsNoReasonToEjectMoreThanThePlacesThereAre() {
        Mesh mesh = mesh(6, OutlierConfig.defaults());
        Map<String, Integer> all = new HashMap<>();
        for (int i = 0; i < 6; i++) {
            all.put("i" + i + ":1", 100);
        }
        calls(mesh, 100, all);
        clock.advance(INTERVAL);

        assertThat(open(mesh)).hasSize(3); // maxEjectionPercent 50
        try {
            mesh.service("orders").run(instance -> {});
        } catch (RejectedCallException none) {
            throw new AssertionError("the others are called", none);
        }
    }

    /** Eighty do well, the twenty before them fail all calls. */
    private Mesh meshWithTwentyOutliers(CountedLists lists, RandomGenerator random, MeshListener listener) {
        String[] addresses =
                IntStream.range(0, 100).mapToObj(i -> "i" + i + ":1").toArray(String[]::new);
        Mesh mesh = Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .random(random)
                .listener(listener)
                .strategy("counted", () -> lists)
                .service("orders", s -> s.instances(addresses)
                        .customStrategy("counted")
                        .circuitBreaker(PATIENT)
                        .outlierDetection(OutlierConfig.defaults()))
                .build();
        calls(mesh, 50, IntStream.range(0, 20).boxed().collect(Collectors.toMap(i -> "i" + i + ":1", i -> 50)));
        return mesh;
    }

    private static Set<String> reached(Mesh mesh) {
        Set<String> reached = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            mesh.service("orders").run(instance -> reached.add(instance.id()));
        }
        return reached;
    }

    @Test
    void aRoundThatEjectsManyMakesOneListForAllOfThem() {
        CountedLists lists = new CountedLists();
        Mesh mesh = meshWithTwentyOutliers(lists, new SplittableRandom(1), events::add);
        int before = lists.made();

        clock.advance(INTERVAL);

        assertThat(open(mesh)).hasSize(20);
        assertThat(lists.made() - before).isOne();
        assertThat(reached(mesh)).hasSize(80).doesNotContainAnyElementsOf(open(mesh));
        assertThat(events) // of each in turn, as if it were the only one
                .extracting(event -> event.getClass().getSimpleName())
                .containsExactlyElementsOf(IntStream.range(0, 40)
                        .mapToObj(i -> i % 2 == 0 ? "StateChanged" : "OutlierDetected")
                        .toList());
    }

    @Test
    void whatChangesElsewhereDuringARoundIsSeenAtOnce() {
        CountedLists lists = new CountedLists();
        AtomicReference<ServiceProxy> service = new AtomicReference<>();
        List<Integer> madeInTheRound = new ArrayList<>();
        Mesh mesh = meshWithTwentyOutliers(lists, new SplittableRandom(1), event -> {
            if (event instanceof MeshEvent.OutlierDetected && madeInTheRound.isEmpty()) {
                RefreshesTest.elsewhere(
                        () -> service.get().circuitBreaker("i50:1").forceOpen());
                madeInTheRound.add(lists.made());
            }
        });
        service.set(mesh.service("orders"));
        int before = lists.made();

        clock.advance(INTERVAL);

        assertThat(madeInTheRound).containsExactly(before + 1);
        assertThat(lists.made()).isEqualTo(before + 2);
        assertThat(reached(mesh)).hasSize(79).doesNotContain("i50:1");
    }

    @Test
    void aRoundThatFailsHalfwayLeavesTheEjectedOutOfTheList() {
        CountedLists lists = new CountedLists();
        RandomGenerator random = new SplittableRandom(1);
        AtomicBoolean unlucky = new AtomicBoolean(true);
        Mesh mesh = meshWithTwentyOutliers(
                lists,
                () -> {
                    if (detected().size() == 7 && unlucky.getAndSet(false)) {
                        throw new IllegalStateException("no more luck");
                    }
                    return random.nextLong();
                },
                events::add);
        int before = lists.made();

        assertThatThrownBy(() -> clock.advance(INTERVAL)).hasMessage("no more luck");

        assertThat(lists.made() - before).isOne();
        assertThat(open(mesh)).hasSize(7);
        assertThat(reached(mesh)).hasSize(93).doesNotContainAnyElementsOf(open(mesh));
        assertThat(clock.scheduled()).isOne(); // the next round
    }

    @Test
    void instancesThatAllFailTheSameAreNoOutliersHoweverTheMeanIsRounded() {
        for (int instances = 5; instances < 60; instances++) {
            for (int failed : List.of(199, 333, 501, 847)) {
                List<Outliers.Calls> same = IntStream.range(0, instances)
                        .mapToObj(i -> new Outliers.Calls(
                                CircuitBreaker.of("i" + i, CircuitBreakerConfig.defaults()), 1_000 - failed, failed))
                        .toList();

                assertThat(Outliers.among(same, OutlierConfig.defaults())).isEmpty();
            }
        }
    }
}
