package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.event.MeshEvent;
import io.mesh.model.BreakerScope;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.Jitter;
import io.mesh.model.MeshConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.TimeoutConfig;
import io.mesh.policy.Timeout;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class MeshTest {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);
    private static final RetryConfig LONG_WAITS = RetryConfig.builder()
            .initialDelay(Duration.ofMinutes(1))
            .maxDelay(Duration.ofMinutes(1))
            .jitter(Jitter.NONE)
            .build();

    private static ServiceConfig at(String... addresses) {
        return ServiceConfig.builder().instances(addresses).build();
    }

    private static Set<String> reached(ServiceProxy proxy) {
        Set<String> reached = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            reached.add(proxy.call(ServiceInstance::id));
        }
        return reached;
    }

    @Test
    void aLookUpOfAnUnknownNameThrowsAndListsTheKnownOnes() {
        Mesh mesh = Mesh.builder()
                .service("orders", s -> {})
                .service("stock", s -> {})
                .circuitBreaker("payments", CircuitBreakerConfig.defaults())
                .build();

        assertThatThrownBy(() -> mesh.service("ordes"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("There is no service 'ordes'; configured are [orders, stock].");
        assertThatThrownBy(() -> mesh.circuitBreaker("x"))
                .hasMessage("There is no circuit breaker 'x'; configured are [payments].");
        assertThatThrownBy(() -> mesh.retry("x")).hasMessage("There is no retry policy 'x'; configured are [].");
        assertThat(mesh.circuitBreakers()).containsExactly("payments");
    }

    @Test
    void namesThatYamlAndEnvironmentVariablesDoNotAgreeOnAreRefused() {
        assertThatThrownBy(() -> Mesh.builder().service("orderHistory", s -> {}).build())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("services must have lower-case kebab names such as 'order-history', but is 'orderHistory'");
    }

    @Test
    void theSameNameWithEqualSettingsIsTheSameBreakerAndWithOthersIsRefused() {
        Mesh mesh = Mesh.builder().build();
        CircuitBreakerConfig three =
                CircuitBreakerConfig.builder().failureThreshold(3).build();

        CircuitBreaker first = mesh.circuitBreaker("payments", three);

        assertThat(mesh.circuitBreaker("payments", three)).isSameAs(first).isSameAs(mesh.circuitBreaker("payments"));
        assertThatThrownBy(() -> mesh.circuitBreaker("payments", CircuitBreakerConfig.defaults()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'payments' exists with other settings")
                .hasMessageContaining("failureThreshold=3")
                .hasMessageContaining("failureThreshold=5");
        assertThatThrownBy(() -> mesh.retry("Payments", RetryConfig.defaults()))
                .isInstanceOf(InvalidSettingException.class);
    }

    @Test
    void timeoutsStandAloneByNameAsBreakersDo() throws Exception {
        ManualClock clock = new ManualClock();
        TimeoutConfig brief =
                TimeoutConfig.builder().timeout(Duration.ofMillis(50)).build();
        Mesh mesh = Mesh.builder().scheduler(clock).timeout("payments", brief).build();
        Timeout payments = mesh.timeout("payments");

        assertThat(mesh.timeouts()).containsExactly("payments");
        assertThat(mesh.config().timeouts()).containsEntry("payments", brief);
        assertThat(mesh.timeout("payments", brief)).isSameAs(payments);
        assertThat(mesh.timeout("stock", brief)).isSameAs(mesh.timeout("stock"));
        assertThatThrownBy(() -> mesh.timeout("x"))
                .hasMessage("There is no timeout 'x'; configured are [payments, stock].");
        assertThatThrownBy(() -> mesh.timeout("payments", TimeoutConfig.defaults()))
                .hasMessageContaining("Timeout 'payments' exists with other settings");
        assertThatThrownBy(() -> mesh.timeout("Payments", brief)).isInstanceOf(InvalidSettingException.class);

        CompletableFuture<Object> call = payments.callAsync(CompletableFuture::new);
        mesh.reconfigure(MeshConfig.builder()
                .timeout("payments", TimeoutConfig.defaults())
                .build());
        assertThat(mesh.timeouts()).containsExactly("payments");
        assertThat(mesh.timeout("payments")).isSameAs(payments);
        assertThat(payments.config()).isEqualTo(TimeoutConfig.defaults());
        clock.advance(Duration.ofMillis(50));
        assertThat(call).isCompletedExceptionally();
    }

    @Test
    void aListenerHearsOfEveryBreakerAndRetryPolicyOfTheMesh() {
        Queue<MeshEvent> heard = new ConcurrentLinkedQueue<>();
        Mesh mesh = Mesh.builder()
                .listener(heard::add)
                .service("orders", s -> s.instances("a:1"))
                .build();

        mesh.circuitBreaker("payments", CircuitBreakerConfig.defaults()).forceOpen();
        mesh.service("orders").circuitBreaker("a:1").forceOpen();

        assertThat(heard).extracting(MeshEvent::source).containsExactly("payments", "orders/a:1");
    }

    @Test
    void afterCloseNewCallsAreRefusedNamingTheMeshAndClosingTwiceIsFine() {
        Mesh mesh = Mesh.builder()
                .name("shop")
                .service("orders", s -> s.instances("a:1"))
                .build();
        ServiceProxy orders = mesh.service("orders");

        mesh.close();
        mesh.close();

        assertThatThrownBy(() -> orders.call(i -> "never"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Mesh 'shop' is closed: service 'orders' takes no new calls.");
        assertThat(orders.callAsync(i -> CompletableFuture.completedFuture("never")))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mesh.reconfigure(MeshConfig.empty())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closeEndsTheWaitOfABlockingCallAtOnceWithItsLastFailure() throws Exception {
        Mesh mesh = Mesh.builder()
                .service("orders", s -> s.instances("a:1").retry(LONG_WAITS))
                .build();
        AtomicReference<Throwable> caught = new AtomicReference<>();
        CountDownLatch failed = new CountDownLatch(1);
        Thread caller = new Thread(() -> {
            try {
                mesh.service("orders").call(IDEMPOTENT, i -> {
                    failed.countDown();
                    throw new IOException("down");
                });
            } catch (Exception failure) {
                caught.set(failure);
            }
        });
        caller.start();
        failed.await();
        await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);

        mesh.close();
        caller.join(10_000);

        assertThat(caught.get()).isInstanceOf(IOException.class).hasMessage("down");
    }

    @Test
    void closeEndsTheWaitOfAnAsynchronousCallAtOnceWithItsLastFailure() {
        ManualClock clock = new ManualClock();
        AtomicInteger calls = new AtomicInteger();
        Mesh mesh = Mesh.builder()
                .scheduler(clock)
                .service("orders", s -> s.instances("a:1").retry(LONG_WAITS))
                .build();
        CompletableFuture<String> future = mesh.service("orders").callAsync(IDEMPOTENT, i -> {
            calls.incrementAndGet();
            return CompletableFuture.failedFuture(new IOException("down"));
        });
        assertThat(future).isNotDone();

        mesh.close();
        clock.advance(Duration.ZERO);

        assertThat(future).isCompletedExceptionally();
        assertThat(calls).hasValue(1);
        assertThat(clock.scheduled()).isZero();
        assertThatThrownBy(future::join).hasCauseInstanceOf(IOException.class);
    }

    @Test
    void anAttemptUnderWayWhenTheMeshIsClosedFinishesAndIsRecorded() {
        Mesh mesh = Mesh.builder().service("orders", s -> s.instances("a:1")).build();
        CircuitBreaker breaker = mesh.service("orders").circuitBreaker("a:1");

        String answer = mesh.service("orders").call(i -> {
            mesh.close();
            return "finished";
        });

        assertThat(answer).isEqualTo("finished");
        assertThat(breaker.snapshot().succeeded()).isEqualTo(1);
    }

    @Test
    void theProxyOfARemovedServiceRefusesWithASentenceAndWorksAgainOnceTheServiceIsBack() {
        Mesh mesh = Mesh.builder().service("orders", s -> s.instances("a:1")).build();
        ServiceProxy orders = mesh.service("orders");
        MeshConfig before = mesh.config();

        mesh.reconfigure(MeshConfig.empty());

        assertThatThrownBy(() -> orders.call(i -> "never"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Service 'orders' has been removed");
        assertThatThrownBy(() -> mesh.service("orders")).isInstanceOf(IllegalArgumentException.class);
        mesh.reconfigure(before);
        assertThat(orders.call(ServiceInstance::id)).isEqualTo("a:1");
        assertThat(mesh.service("orders")).isSameAs(orders);
    }

    @Test
    void instancesChangedAtRunTimeStayUntilAnotherListIsConfigured() {
        Mesh mesh =
                Mesh.builder().service("orders", s -> s.instances("a:1", "b:1")).build();
        ServiceProxy orders = mesh.service("orders");
        orders.loadBalancer().add(ServiceInstance.of("c:1"));
        orders.loadBalancer().drain("a:1");

        mesh.reconfigure(MeshConfig.builder()
                .service(
                        "orders",
                        at("a:1", "b:1").toBuilder()
                                .retry(RetryConfig.defaults())
                                .build())
                .build());
        assertThat(reached(orders)).containsExactlyInAnyOrder("b:1", "c:1");
        mesh.reconfigure(
                MeshConfig.builder().service("orders", at("a:1", "d:1")).build());

        assertThat(reached(orders)).containsExactlyInAnyOrder("a:1", "d:1");
    }

    @Test
    void whatIsCountedSurvivesAReconfiguration() {
        Mesh mesh = Mesh.builder()
                .service("orders", s -> s.instances("a:1"))
                .circuitBreaker("payments", CircuitBreakerConfig.defaults())
                .build();
        ServiceProxy orders = mesh.service("orders");
        CircuitBreaker payments = mesh.circuitBreaker("payments");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> orders.call(j -> {
                        throw new IOException();
                    }))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> payments.call(() -> {
                        throw new IOException();
                    }))
                    .isInstanceOf(IOException.class);
        }
        CircuitBreakerConfig four =
                CircuitBreakerConfig.builder().failureThreshold(4).build();

        mesh.reconfigure(MeshConfig.builder()
                .service("orders", at("a:1").toBuilder().circuitBreaker(four).build())
                .circuitBreaker("payments", four)
                .build());

        assertThat(orders.circuitBreaker("a:1").snapshot().consecutiveFailures())
                .isEqualTo(3);
        assertThatThrownBy(() -> orders.call(j -> {
                    throw new IOException();
                }))
                .isInstanceOf(IOException.class);
        assertThat(orders.circuitBreaker("a:1").state()).isEqualTo(CircuitState.OPEN);
        assertThat(mesh.circuitBreaker("payments")).isSameAs(payments);
        assertThat(payments.config()).isEqualTo(four);
        assertThat(payments.snapshot().failed()).isEqualTo(3);
    }

    @Test
    void updatesAtTheSameTimeLoseNothing() throws Exception {
        Mesh mesh = Mesh.builder().build();
        int threads = 8;
        CyclicBarrier together = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<CircuitBreaker>> made = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            String name = "b" + i;
            made.add(pool.submit(() -> {
                together.await();
                mesh.update(config -> config.toBuilder()
                        .circuitBreaker(name, CircuitBreakerConfig.defaults())
                        .build());
                return mesh.circuitBreaker(name);
            }));
        }

        for (int i = 0; i < threads; i++) {
            assertThat(made.get(i).get()).isSameAs(mesh.circuitBreaker("b" + i));
        }
        pool.shutdown();
    }

    @Test
    void anUpdateTellsTheSettingsInForceAndOneThatChangesNothingIsTakenEvenWhenClosed() {
        Mesh mesh = Mesh.builder().build();

        MeshConfig updated = mesh.update(config ->
                config.toBuilder().retry("stock", RetryConfig.defaults()).build());
        mesh.close();

        assertThat(updated.retries()).containsOnlyKeys("stock");
        assertThat(mesh.update(config -> config)).isSameAs(updated).isSameAs(mesh.config());
        assertThatThrownBy(() -> mesh.update(config -> MeshConfig.empty())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theScopeOfBreakersMayChangeWhileTheServiceIsUsed() {
        Mesh mesh =
                Mesh.builder().service("orders", s -> s.instances("a:1", "b:1")).build();
        ServiceProxy orders = mesh.service("orders");
        for (int i = 0; i < 5; i++) {
            orders.circuitBreaker("a:1").tryAcquire().failure(new IOException());
        }
        assertThat(reached(orders)).containsExactly("b:1");
        assertThat(orders.served().places().taken()).isEqualTo(1);

        mesh.reconfigure(MeshConfig.builder()
                .service(
                        "orders",
                        at("a:1", "b:1").toBuilder()
                                .breakerScope(BreakerScope.SERVICE)
                                .build())
                .build());

        assertThat(reached(orders)).containsExactlyInAnyOrder("a:1", "b:1");
        assertThat(orders.snapshot().breaker()).isNotNull();
        assertThat(orders.served().places().taken()).isZero();
    }

    @Test
    void anUnknownInstanceIsRefusedAndTheKnownOnesListed() {
        Mesh mesh =
                Mesh.builder().service("orders", s -> s.instances("a:1", "b:1")).build();

        assertThatThrownBy(() -> mesh.service("orders").circuitBreaker("c:1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Service 'orders' has no instance 'c:1'; it has [a:1, b:1].");
    }

    @Test
    void theSnapshotTellsOfEveryService() {
        Mesh mesh = Mesh.builder()
                .service("stock", s -> s.instances("a:1"))
                .service("orders", s -> s.instances("b:1", "c:1"))
                .build();
        mesh.service("stock").call(i -> "ok");

        assertThat(mesh.snapshot()).extracting(s -> s.name()).containsExactly("orders", "stock");
        assertThat(mesh.snapshot().get(1).instances().get(0).breaker().succeeded())
                .isEqualTo(1);
        assertThat(List.copyOf(mesh.services())).containsExactly("orders", "stock");
    }
}
