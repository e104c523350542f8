package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mesh.event.MeshEvent;
import io.mesh.health.LoopbackServer;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HealthSnapshot;
import io.mesh.model.HealthVerdict;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.Mode;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Services whose instances are checked over real connections; the time between checks is moved by hand. */
class HealthChecksTest {

    /** No jitter, and so much time that a busy machine fails no check. */
    private static final HealthCheckConfig CHECKS = HealthCheckConfig.builder()
            .jitter(0)
            .timeout(Duration.ofSeconds(10))
            .build();

    private static final Duration INTERVAL = CHECKS.interval();

    private final ManualClock clock = new ManualClock();
    private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();
    private final List<Mesh> meshes = new ArrayList<>();
    private Backend a;
    private Backend b;

    /** A real server whose health is switched by the test. */
    private static final class Backend implements AutoCloseable {

        private final AtomicInteger status = new AtomicInteger(200);
        private final LoopbackServer server;

        Backend() throws IOException {
            server = new LoopbackServer(connection -> connection
                    .getOutputStream()
                    .write(("HTTP/1.1 " + status.get() + " Whatever\r\n\r\n").getBytes(StandardCharsets.US_ASCII)));
        }

        ServiceInstance as(String id) {
            return ServiceInstance.of(id, "127.0.0.1", server.port());
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @BeforeEach
    void startBackends() throws IOException {
        a = new Backend();
        b = new Backend();
    }

    @AfterEach
    void stop() {
        meshes.forEach(Mesh::close);
        a.close();
        b.close();
    }

    private Mesh mesh(Consumer<ServiceConfig.Builder> more) {
        return mesh(more, new CountedLists());
    }

    private Mesh mesh(Consumer<ServiceConfig.Builder> more, CountedLists counted) {
        Mesh mesh = Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .random(() -> 0L) // the first checks are due at once
                .listener(events::add)
                .strategy("counted", () -> counted)
                .service(
                        "orders",
                        s -> more.accept(
                                s.instances(List.of(a.as("a"), b.as("b"))).healthCheck(CHECKS)))
                .build();
        meshes.add(mesh);
        return mesh;
    }

    private static HealthSnapshot health(Mesh mesh, String id) {
        return mesh.service("orders").snapshot().instances().stream()
                .filter(instance -> instance.instance().id().equals(id))
                .map(InstanceSnapshot::health)
                .findFirst()
                .orElseThrow();
    }

    /** Moves the time and waits until every check that was due has ended, and the next is scheduled. */
    private void check(Mesh mesh, Duration time) {
        List<ServiceInstance> instances = mesh.service("orders").loadBalancer().instances();
        clock.advance(time);
        await().until(() -> clock.scheduled() == instances.size()
                && instances.stream()
                        .map(instance -> health(mesh, instance.id()).lastCheck())
                        .allMatch(Duration.ZERO::equals));
    }

    /** So many rounds of checks. */
    private void check(Mesh mesh, int rounds) {
        for (int i = 0; i < rounds; i++) {
            check(mesh, INTERVAL);
        }
    }

    private static Set<String> reached(Mesh mesh) {
        Set<String> reached = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            mesh.service("orders").run(instance -> reached.add(instance.id()));
        }
        return reached;
    }

    @Test
    void anInstanceThatAnswers503IsLeftOutAfterThreeChecksAndBackAfterTwo() {
        Mesh mesh = mesh(s -> {});
        check(mesh, Duration.ZERO);
        b.status.set(503);
        check(mesh, 2);
        assertThat(reached(mesh)).containsExactlyInAnyOrder("a", "b");

        check(mesh, 1);
        assertThat(reached(mesh)).containsExactly("a");
        assertThat(health(mesh, "b"))
                .isEqualTo(new HealthSnapshot(HealthVerdict.UNHEALTHY, Duration.ZERO, "status 503", 0, 3));
        assertThat(mesh.service("orders").snapshot().healthy()).isOne();

        b.status.set(200);
        check(mesh, 1);
        assertThat(reached(mesh)).containsExactly("a");
        check(mesh, 1);

        assertThat(reached(mesh)).containsExactlyInAnyOrder("a", "b");
        assertThat(events)
                .contains(
                        new MeshEvent.HealthChanged(
                                "orders/b",
                                HealthVerdict.HEALTHY,
                                HealthVerdict.UNHEALTHY,
                                "failed 3 checks in a row: status 503"),
                        new MeshEvent.HealthChanged(
                                "orders/b",
                                HealthVerdict.UNHEALTHY,
                                HealthVerdict.HEALTHY,
                                "passed 2 checks in a row: status 200"));
    }

    @Test
    void checksBypassTheMesh() {
        Mesh mesh = mesh(s -> {});
        mesh.service("orders").circuitBreaker("a").forceOpen();
        mesh.service("orders").loadBalancer().drain("b");
        check(mesh, Duration.ZERO);
        check(mesh, 3);

        assertThat(a.server.requests()).hasSize(4);
        assertThat(b.server.requests()).hasSize(4);
        assertThat(mesh.service("orders").snapshot().rejected()).isZero();
        assertThat(mesh.service("orders").snapshot().instances()).allSatisfy(instance -> {
            assertThat(instance.instance().connections()).isZero();
            assertThat(instance.breaker().calls()).isZero();
            assertThat(instance.health().verdict()).isEqualTo(HealthVerdict.HEALTHY);
        });
    }

    @Test
    void whenEveryServerIsGoneTheErrorNamesTheCounts() {
        Mesh mesh = mesh(s -> {});
        check(mesh, Duration.ZERO);
        a.close();
        b.close();
        check(mesh, 3);

        assertThat(health(mesh, "a").reason()).isEqualTo("connection refused");
        assertThatThrownBy(() -> mesh.service("orders").run(instance -> {}))
                .isInstanceOf(NoHealthyInstanceException.class)
                .hasMessage("Service 'orders' has no instance to call: 2 known, 2 unhealthy, 0 ejected, 0 drained.");
    }

    @Test
    void aMarkByHandAndACheckMustAgree() {
        Mesh mesh = mesh(s -> {});
        mesh.service("orders").loadBalancer().mark("b", false);
        check(mesh, Duration.ZERO);
        check(mesh, 3);
        assertThat(health(mesh, "b").verdict()).isEqualTo(HealthVerdict.HEALTHY);
        assertThat(reached(mesh)).containsExactly("a"); // no check overrules a mark

        b.status.set(503);
        check(mesh, 3);
        mesh.service("orders").loadBalancer().mark("b", true);

        assertThat(reached(mesh)).containsExactly("a"); // and no mark a check
    }

    @Test
    void anUnhealthyInstanceWhoseDataChangesKeepsItsVerdictUntilANewOne() {
        Mesh mesh = mesh(s -> {});
        b.status.set(503);
        check(mesh, Duration.ZERO);
        check(mesh, 2);
        assertThat(reached(mesh)).containsExactly("a");

        mesh.service("orders").loadBalancer().add(a.as("b")); // b has moved to where a is
        assertThat(reached(mesh)).containsExactly("a");
        check(mesh, 1);
        assertThat(reached(mesh)).containsExactly("a");
        check(mesh, 1);

        assertThat(reached(mesh)).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void anInstanceThatIsRemovedIsNotCheckedAndOneAddedAgainStartsAnew() {
        Mesh mesh = mesh(s -> {});
        b.status.set(503);
        check(mesh, Duration.ZERO);
        check(mesh, 2);

        mesh.service("orders").loadBalancer().remove("b");
        assertThat(clock.scheduled()).isOne();
        check(mesh, 2);
        assertThat(b.server.requests()).hasSize(3);
        mesh.service("orders").loadBalancer().add(b.as("b"));

        assertThat(health(mesh, "b").verdict()).isEqualTo(HealthVerdict.UNKNOWN);
        assertThat(reached(mesh)).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void withCheckFirstTheFirstRoundDecidesWhoIsCalledAndUntilThenAllAre() {
        b.status.set(503);
        Mesh mesh = mesh(s -> s.healthCheck(CHECKS.toBuilder().checkFirst(true).build()));
        assertThat(reached(mesh)).containsExactlyInAnyOrder("a", "b"); // nothing better is known

        check(mesh, INTERVAL.dividedBy(20));
        assertThat(reached(mesh)).containsExactly("a");
        b.status.set(200);
        check(mesh, 1);

        assertThat(reached(mesh)).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void inAPanicChecksAreIgnoredAndThatIsToldAndItEndsByItself() {
        Mesh mesh = mesh(s ->
                s.loadBalancer(LoadBalancerConfig.builder().panicThreshold(50).build()));
        check(mesh, Duration.ZERO);
        a.status.set(503);
        check(mesh, 3);
        assertThat(reached(mesh)).containsExactly("b"); // 50 % are healthy
        assertThat(mesh.service("orders").snapshot().panic()).isFalse();

        b.status.set(503);
        check(mesh, 3);
        assertThat(reached(mesh)).containsExactlyInAnyOrder("a", "b");
        assertThat(mesh.service("orders").snapshot().panic()).isTrue();

        b.status.set(200);
        check(mesh, 2);
        assertThat(reached(mesh)).containsExactly("b");
        assertThat(events)
                .filteredOn(MeshEvent.PanicChanged.class::isInstance)
                .containsExactly(
                        new MeshEvent.PanicChanged("orders", true), new MeshEvent.PanicChanged("orders", false));
    }

    @Test
    void aPanicLeavesCircuitBreakersAlone() {
        Mesh mesh = mesh(s -> s.instances(List.of(a.as("a")))
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(1).build())
                .loadBalancer(LoadBalancerConfig.builder().panicThreshold(50).build()));
        a.status.set(503);
        check(mesh, Duration.ZERO);
        check(mesh, 2);
        assertThatThrownBy(() -> mesh.service("orders").run(instance -> {
                    throw new IOException("broken");
                }))
                .isInstanceOf(IOException.class);

        assertThatThrownBy(() -> mesh.service("orders").run(instance -> {})).isInstanceOf(CircuitOpenException.class);
    }

    @Test
    void observingChecksAndTellsAndGoesOnCallingTheUnhealthy() {
        Mesh mesh = mesh(s -> s.mode(Mode.OBSERVE));
        b.status.set(503);
        check(mesh, Duration.ZERO);
        check(mesh, 2);

        assertThat(health(mesh, "b").verdict()).isEqualTo(HealthVerdict.UNHEALTHY);
        assertThat(events).anyMatch(MeshEvent.HealthChanged.class::isInstance);
        assertThat(reached(mesh)).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void checksMayBeChangedAndSwitchedOffAndOnWhileCallsRun() {
        Mesh mesh = mesh(s -> {});
        b.status.set(503);
        check(mesh, Duration.ZERO);
        check(mesh, 2);
        change(mesh, CHECKS.toBuilder().path("/up").build());
        assertThat(reached(mesh)).containsExactly("a");
        check(mesh, Duration.ZERO);
        assertThat(b.server.requests()).last().asString().startsWith("GET /up ");

        change(mesh, null);
        assertThat(clock.scheduled()).isZero();
        assertThat(reached(mesh)).containsExactlyInAnyOrder("a", "b");
        assertThat(mesh.service("orders").snapshot().instances())
                .extracting(InstanceSnapshot::health)
                .containsOnlyNulls();
        change(mesh, CHECKS);
        check(mesh, Duration.ZERO);

        assertThat(health(mesh, "b").failed()).isOne();
    }

    @Test
    void switchedOffChecksLetManyUnhealthyInstancesInWithNoMoreListsThanAnyOtherChange() {
        CountedLists lists = new CountedLists();
        List<ServiceInstance> instances = new ArrayList<>(List.of(a.as("a")));
        for (int i = 0; i < 20; i++) {
            instances.add(b.as("b" + i));
        }
        Mesh mesh = mesh(s -> s.instances(instances).customStrategy("counted"), lists);
        b.status.set(503);
        check(mesh, Duration.ZERO);
        check(mesh, 2);
        assertThat(reached(mesh)).containsExactly("a");
        int before = lists.made();
        change(mesh, CHECKS.toBuilder().interval(INTERVAL.multipliedBy(2)).build());
        int anyChange = lists.made() - before;

        change(mesh, null);

        assertThat(lists.made() - before).isEqualTo(2 * anyChange);
        assertThat(reached(mesh)).hasSize(20); // in 20 calls
    }

    private static void change(Mesh mesh, HealthCheckConfig checks) {
        mesh.update(config -> config.toBuilder()
                .service(
                        "orders",
                        config.services().get("orders").toBuilder()
                                .healthCheck(checks)
                                .build())
                .build());
    }

    @Test
    void nothingIsCheckedAfterTheServiceIsRemovedOrTheMeshClosed() {
        Mesh mesh = mesh(s -> {});
        LoadBalancer balancer = mesh.service("orders").loadBalancer();
        mesh.update(config -> config.toBuilder().removeService("orders").build());
        assertThat(clock.scheduled()).isZero();
        balancer.add(b.as("late"));
        assertThat(clock.scheduled()).isZero();

        Mesh other = mesh(s -> {});
        assertThat(clock.scheduled()).isEqualTo(2);
        other.close();

        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void instancesThatComeAndGoFromManyThreadsLeaveNoCheckBehind() throws Exception {
        Mesh mesh = mesh(s -> s.healthCheck(CHECKS.toBuilder().checkFirst(true).build()));
        LoadBalancer balancer = mesh.service("orders").loadBalancer();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int seed = t;
            Thread thread = new Thread(() -> {
                Random random = new Random(seed);
                for (int i = 0; i < 2_500; i++) {
                    String id = "x" + random.nextInt(5);
                    if (random.nextBoolean()) {
                        balancer.add(a.as(id));
                    } else {
                        balancer.remove(id);
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(clock.scheduled()).isEqualTo(balancer.instances().size());
        balancer.replace(List.of());
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void checksNeedNoThreadOfACommonPool() {
        CountDownLatch free = new CountDownLatch(1);
        for (int i = 0; i < ForkJoinPool.commonPool().getParallelism() + 1; i++) {
            ForkJoinPool.commonPool().execute(() -> {
                try {
                    free.await();
                } catch (InterruptedException ended) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        try {
            Mesh mesh = mesh(s -> {});
            check(mesh, Duration.ZERO);

            assertThat(health(mesh, "a").verdict()).isEqualTo(HealthVerdict.HEALTHY);
        } finally {
            free.countDown();
        }
    }

    @Test
    void withoutSettingsNobodyIsAsked() {
        Mesh mesh = mesh(s -> s.healthCheck(null));
        clock.advance(INTERVAL.multipliedBy(3));

        assertThat(clock.scheduled()).isZero();
        assertThat(a.server.requests()).isEmpty();
        assertThat(mesh.service("orders").snapshot().instances())
                .extracting(InstanceSnapshot::health)
                .containsOnlyNulls();
    }
}
