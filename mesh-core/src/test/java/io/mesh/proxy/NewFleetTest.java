package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.health.LoopbackServer;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * New instances take the place of old ones under {@code checkFirst}: the first to pass its check must not get the calls of
 * all. Checks are made over real connections and end one by one.
 */
class NewFleetTest {

    private static final HealthCheckConfig CHECK_FIRST = HealthCheckConfig.builder()
            .jitter(0)
            .timeout(Duration.ofSeconds(10))
            .checkFirst(true)
            .build();
    private static final Duration UNTIL_THE_FIRST_CHECK = CHECK_FIRST.interval().dividedBy(20);

    private final ManualClock clock = new ManualClock();
    private final Map<String, Backend> backends = new LinkedHashMap<>();
    private Mesh mesh;
    private ServiceProxy orders;

    /** How an old instance comes to receive no calls though it passes its checks. */
    private enum Leaving {
        DRAINED,
        MARKED,
        EJECTED,
        REMOVED
    }

    /** A real server that answers a check when the test lets it. */
    private static final class Backend implements AutoCloseable {

        private final Semaphore answers = new Semaphore(0);
        private final LoopbackServer server;
        private volatile int status;

        Backend() throws IOException {
            server = new LoopbackServer(connection -> {
                answers.acquireUninterruptibly();
                connection
                        .getOutputStream()
                        .write(("HTTP/1.1 " + status + " Whatever\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            });
        }

        @Override
        public void close() {
            answers.release(100); // lets its threads end
            server.close();
        }
    }

    private ServiceInstance instance(String id) {
        try {
            Backend backend = new Backend();
            backends.put(id, backend);
            return ServiceInstance.of(id, "127.0.0.1", backend.server.port());
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    /** Two old instances that have passed their first check. */
    @BeforeEach
    void start() {
        mesh = Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .random(() -> 0L)
                .service("orders", s -> s.instances(List.of(instance("old1"), instance("old2")))
                        .healthCheck(CHECK_FIRST)
                        .loadBalancer(LoadBalancerConfig.builder()
                                .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                                .build()))
                .build();
        orders = mesh.service("orders");
        clock.advance(UNTIL_THE_FIRST_CHECK);
        answer("old1", 200);
        answer("old2", 200);
    }

    @AfterEach
    void stop() {
        mesh.close();
        backends.values().forEach(Backend::close);
    }

    /** Lets one check end, and waits until what follows from it has been done: then the next one is scheduled. */
    private void answer(String id, int status) {
        int scheduled = clock.scheduled();
        Backend backend = backends.get(id);
        backend.status = status;
        backend.answers.release();
        await().until(() -> clock.scheduled() == scheduled + 1);
    }

    private void addTheNew() {
        for (String id : List.of("a", "b", "c")) {
            orders.loadBalancer().add(instance(id));
        }
    }

    private void leave(Leaving how) {
        for (String id : List.of("old1", "old2")) {
            switch (how) {
                case DRAINED -> orders.loadBalancer().drain(id);
                case MARKED -> orders.loadBalancer().mark(id, false);
                case EJECTED -> orders.circuitBreaker(id).forceOpen();
                case REMOVED -> orders.loadBalancer().remove(id);
            }
        }
    }

    private Set<String> called() {
        List<String> called = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            orders.run(instance -> called.add(instance.id()));
        }
        return new HashSet<>(called);
    }

    @ParameterizedTest
    @EnumSource
    void ifTheOldHaveLeftBeforeTheNewCameAllOfTheseAreCalledUntilEachHasBeenChecked(Leaving leaving) {
        leave(leaving);
        addTheNew();

        allAreCalledUntilEachHasBeenChecked();
    }

    @ParameterizedTest
    @EnumSource
    void ifTheOldLeaveBeforeTheChecksOfTheNewEndAllOfTheseAreCalledUntilEachHasBeenChecked(Leaving leaving) {
        addTheNew();
        assertThat(called()).containsExactlyInAnyOrder("old1", "old2");
        leave(leaving);

        allAreCalledUntilEachHasBeenChecked();
    }

    private void allAreCalledUntilEachHasBeenChecked() {
        assertThat(called()).containsExactlyInAnyOrder("a", "b", "c");
        clock.advance(UNTIL_THE_FIRST_CHECK);

        answer("a", 200);
        assertThat(called()).containsExactlyInAnyOrder("a", "b", "c");
        answer("b", 200);
        assertThat(called()).containsExactlyInAnyOrder("a", "b", "c");
        answer("c", 503);

        assertThat(called()).containsExactlyInAnyOrder("a", "b");
    }

    @ParameterizedTest
    @EnumSource
    void ifTheOldLeaveWhenTheFirstOfTheNewHasPassedTheOthersAreCalledBesideItUntilEachHasBeenChecked(Leaving leaving) {
        addTheNew();
        clock.advance(UNTIL_THE_FIRST_CHECK);
        answer("a", 200);
        assertThat(called()).containsExactlyInAnyOrder("old1", "old2", "a"); // at once: it is not alone

        leave(leaving);

        assertThat(called()).containsExactlyInAnyOrder("a", "b", "c");
        answer("b", 503);
        assertThat(called()).containsExactlyInAnyOrder("a", "b", "c");
        answer("c", 200);
        assertThat(called()).containsExactlyInAnyOrder("a", "c");
    }

    @Test
    void ifTheOldComeBackTheNewWaitForTheirChecksAgain() {
        addTheNew();
        clock.advance(UNTIL_THE_FIRST_CHECK);
        answer("a", 200);
        leave(Leaving.DRAINED);

        orders.loadBalancer().setWeight("old1", 1);

        assertThat(called()).containsExactlyInAnyOrder("old1", "a");
    }
}
