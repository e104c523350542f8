package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.mesh.event.MeshEvent;
import io.mesh.model.AdaptiveLimitConfig;
import io.mesh.model.BreakerScope;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.CircuitState;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitException;
import io.mesh.model.ConcurrencyLimitSnapshot;
import io.mesh.model.Jitter;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.MeshConfig;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code concurrencyLimit} and {@code instanceConcurrencyLimit} in calls of a service. */
class ConcurrencyLimitsTest {

    private static final Duration WAIT = Duration.ofMillis(50);

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final List<String> called = new ArrayList<>();
    private final CompletableFuture<String> running = new CompletableFuture<>();

    @AfterEach
    void nothingIsLeftInTheScheduler() {
        assertThat(Thread.interrupted()).isFalse();
        assertThat(clock.scheduled()).isZero();
    }

    private Mesh mesh(Consumer<ServiceConfig.Builder> settings) {
        return Mesh.builder()
                .ticker(clock)
                .sleeper(clock)
                .scheduler(clock)
                .listener(events::add)
                .service("orders", s -> {
                    s.instances("a:1", "b:1").strategy(LoadBalancerStrategy.ROUND_ROBIN);
                    settings.accept(s);
                })
                .build();
    }

    private ServiceProxy orders(Consumer<ServiceConfig.Builder> settings) {
        return mesh(settings).service("orders");
    }

    private static ConcurrencyLimitConfig most(int calls) {
        return ConcurrencyLimitConfig.builder().maxConcurrent(calls).build();
    }

    private static ConcurrencyLimitConfig waiting(int calls) {
        return most(calls).toBuilder().maxWait(WAIT).build();
    }

    private static RetryConfig retry() {
        return RetryConfig.builder()
                .jitter(Jitter.NONE)
                .budget(RetryBudgetConfig.none())
                .build();
    }

    private String once(ServiceProxy orders) {
        return orders.call(instance -> {
            called.add(instance.host());
            return instance.host();
        });
    }

    private static ConcurrencyLimitSnapshot ofService(ServiceProxy orders) {
        return orders.snapshot().concurrencyLimit();
    }

    private static List<ConcurrencyLimitSnapshot> ofInstances(ServiceProxy orders) {
        return orders.snapshot().instances().stream()
                .map(instance -> instance.concurrencyLimit())
                .toList();
    }

    private static void fails(ThrowingCallable call) {
        assertThat(catchThrowable(call)).isNotNull();
    }

    @Test
    void aServiceWithoutLimitsHasNone() {
        ServiceProxy orders = orders(s -> {});

        assertThat(ofService(orders)).isNull();
        assertThat(ofInstances(orders)).containsOnlyNulls();
    }

    @Test
    void aFullServiceRejectsCallsWithoutAnAttempt() {
        ServiceProxy orders = orders(s -> s.concurrencyLimit(most(1)));

        Throwable thrown = orders.call(instance -> catchThrowable(() -> once(orders)));

        assertThat(thrown)
                .isInstanceOf(ConcurrencyLimitException.class)
                .hasMessage("Concurrency limit 'orders' has no place for the call: 1 running, 1 allowed."
                        + " Call again later, or raise maxConcurrent.");
        assertThat(called).isEmpty();
        assertThat(orders.snapshot().rejected()).isEqualTo(1);
        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 1));
        assertThat(events).containsExactly(new MeshEvent.ConcurrencyLimitReached("orders", 1, 1));
        for (String id : List.of("a:1", "b:1")) {
            assertThat(orders.circuitBreaker(id).snapshot().consecutiveFailures())
                    .isZero();
        }
    }

    @Test
    void whateverComesOfAnAttemptItsPlacesAreGivenBack() {
        ServiceProxy orders = orders(s ->
                s.concurrencyLimit(most(1)).instanceConcurrencyLimit(most(1)).retry(retry()));
        once(orders);
        fails(() -> orders.run(instance -> {
            throw new IOException("no");
        }));
        fails(() -> orders.run(CallOptions.idempotent(true), instance -> {
            throw new StackOverflowError();
        }));
        fails(() -> orders.run(CallOptions.idempotent(true), instance -> {
            throw new ConnectException("again");
        }));
        orders.callAsync(instance -> null);
        orders.callAsync(instance -> {
            throw new IOException("not begun");
        });

        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 0));
        assertThat(ofInstances(orders)).containsOnly(new ConcurrencyLimitSnapshot(1, 0, 0, 0));
    }

    @Test
    void anInstanceThatIsFullSendsTheCallToAnother() {
        ServiceProxy orders = orders(s -> s.instanceConcurrencyLimit(most(1)));

        orders.run(first -> {
            for (int i = 0; i < 4; i++) {
                assertThat(once(orders)).isNotEqualTo(first.host());
            }
            orders.run(second -> {
                assertThat(second.host()).isNotEqualTo(first.host());
                assertThat(catchThrowable(() -> once(orders)))
                        .isInstanceOf(ConcurrencyLimitException.class)
                        .hasMessageMatching("Concurrency limit 'orders/[ab]:1' has no place for the call:"
                                + " 1 running, 1 allowed\\. .*");
            });
        });

        assertThat(ofInstances(orders)).allSatisfy(limit -> {
            assertThat(limit.inFlight()).isZero();
            assertThat(limit.rejected()).isPositive();
        });
        assertThat(orders.snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void aRefusalByALimitSpendsNoAttempt() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1", "c:1").instanceConcurrencyLimit(most(1)));
        AtomicInteger attempts = new AtomicInteger();

        orders.run(held -> orders.exchange(CallOptions.defaults(), attempt -> {
            assertThat(attempt.number()).isEqualTo(1);
            return attempts.incrementAndGet();
        }));
        orders.run(held -> once(orders));
        orders.run(held -> once(orders));

        assertThat(attempts).hasValue(1);
    }

    @Test
    void anOpenCircuitIsSaidBeforeAFullLimit() {
        ServiceProxy orders = orders(s -> s.instances("a:1")
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(1).build())
                .concurrencyLimit(most(1))
                .instanceConcurrencyLimit(most(1)));
        fails(() -> orders.run(instance -> {
            throw new IOException("no");
        }));

        assertThat(catchThrowable(() -> once(orders))).isInstanceOf(CircuitOpenException.class);
        assertThat(ofService(orders).rejected()).isZero();
    }

    /** Sentinel #1638. */
    @Test
    void aTrialThatALimitRejectsGivesItsPlaceBackAndChangesNothing() {
        for (BreakerScope scope : BreakerScope.values()) {
            Mesh mesh = mesh(s -> s.instances("a:1")
                    .breakerScope(scope)
                    .circuitBreaker(CircuitBreakerConfig.builder()
                            .failureThreshold(1)
                            .successThreshold(1)
                            .halfOpenMaxCalls(1)
                            .build()));
            ServiceProxy orders = mesh.service("orders");
            CompletableFuture<String> before = orders.callAsync(instance -> new CompletableFuture<>());
            mesh.update(config -> config.toBuilder()
                    .service(
                            "orders",
                            config.services().get("orders").toBuilder()
                                    .concurrencyLimit(most(1))
                                    .build())
                    .build());
            CompletableFuture<String> held = new CompletableFuture<>();
            orders.callAsync(instance -> held);
            var breaker = scope == BreakerScope.SERVICE ? orders.circuitBreaker() : orders.circuitBreaker("a:1");
            breaker.tryAcquire().failure(new IOException());
            clock.advance(breaker.config().openTimeout());
            breaker.tryAcquire().release(); // half-open, and the place free

            for (int i = 0; i < 3; i++) {
                assertThat(catchThrowable(() -> once(orders))).isInstanceOf(ConcurrencyLimitException.class);
            }
            assertThat(breaker.state()).isEqualTo(CircuitState.HALF_OPEN);
            held.complete("done");
            once(orders);

            assertThat(breaker.state()).isEqualTo(CircuitState.CLOSED);
            before.cancel(true);
            assertThat(ofService(orders).inFlight()).isZero();
        }
    }

    @Test
    void aCallWaitsForAPlaceOfTheService() throws Exception {
        ServiceProxy orders = orders(s -> s.concurrencyLimit(waiting(1)));
        CompletableFuture<String> held = new CompletableFuture<>();
        orders.callAsync(instance -> held);
        AtomicReference<String> result = new AtomicReference<>();
        Thread thread = new Thread(() -> result.set(once(orders)));
        thread.start();
        await().until(() -> clock.scheduled() == 1);
        CompletableFuture<String> async = orders.callAsync(instance -> CompletableFuture.completedFuture("async"));
        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(1, 1, 2, 0));

        held.complete("done");
        thread.join();

        assertThat(result.get()).isIn("a", "b");
        await().until(async::isDone);
        assertThat(async).isCompletedWithValue("async");
        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 0));
    }

    @Test
    void aCallThatHasWaitedLongEnoughIsRejected() throws Exception {
        ServiceProxy orders = orders(s -> s.concurrencyLimit(waiting(1)));
        orders.callAsync(instance -> running);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> thrown.set(catchThrowable(() -> once(orders))));
        thread.start();
        await().until(() -> clock.scheduled() == 1);
        CompletableFuture<String> async = orders.callAsync(instance -> running);

        clock.advance(WAIT);
        thread.join();

        assertThat(thrown.get())
                .isInstanceOf(ConcurrencyLimitException.class)
                .hasMessageContaining("none free within 50 ms");
        assertThat(async).isCompletedExceptionally();
        running.complete("done");
        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 2));
    }

    @Test
    void noCallWaitsForAPlaceLongerThanItMayTakeInAll() throws Exception {
        ServiceProxy orders = orders(s -> s.concurrencyLimit(waiting(1)));
        CallOptions options = CallOptions.defaults().withTimeout(Duration.ofMillis(20));
        orders.callAsync(instance -> running);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> thrown.set(catchThrowable(() -> orders.run(options, instance -> {}))));
        thread.start();
        await().until(() -> clock.scheduled() == 1);
        CompletableFuture<String> async = orders.callAsync(options, instance -> running);

        clock.advance(Duration.ofMillis(20));
        thread.join();

        assertThat(thrown.get())
                .isInstanceOf(ConcurrencyLimitException.class)
                .hasMessageContaining("none free within 20 ms");
        assertThat(async).isCompletedExceptionally();
        running.complete("done");
    }

    @Test
    void thoseWhoWaitAreCalledWhenTheLimitIsTakenAway() {
        Mesh mesh = mesh(s -> s.concurrencyLimit(waiting(1)));
        ServiceProxy orders = mesh.service("orders");
        orders.callAsync(instance -> running);
        CompletableFuture<String> second = orders.callAsync(instance -> CompletableFuture.completedFuture("second"));

        mesh.update(config -> config.toBuilder()
                .service(
                        "orders",
                        config.services().get("orders").toBuilder()
                                .concurrencyLimit(null)
                                .build())
                .build());

        assertThat(second).isCompletedWithValue("second");
        running.complete("done");
    }

    @Test
    void breakersHearNothingOfCallsThatFindNoPlace() {
        ServiceProxy orders = orders(s -> s.instances("a:1")
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(1).build())
                .concurrencyLimit(most(1))
                .instanceConcurrencyLimit(most(1)));
        orders.callAsync(instance -> running);
        fails(() -> once(orders));
        assertThat(orders.circuitBreaker("a:1").snapshot().ignored()).isZero();

        orders.circuitBreaker("a:1").tryAcquire().failure(new IOException());
        clock.advance(CircuitBreakerConfig.defaults().openTimeout());
        fails(() -> once(orders));

        assertThat(orders.circuitBreaker("a:1").state()).isEqualTo(CircuitState.OPEN);
        running.complete("done");
    }

    @Test
    void anAsynchronousCallThatIsCancelledWhileItWaitsIsNeverBegun() {
        ServiceProxy orders = orders(s -> s.concurrencyLimit(waiting(1)));
        orders.callAsync(instance -> running);
        CompletableFuture<String> second = orders.callAsync(instance -> {
            called.add(instance.host());
            return CompletableFuture.completedFuture("no");
        });

        second.cancel(true);
        running.complete("done");

        assertThat(called).isEmpty();
        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 0));
    }

    @Test
    void closingTheMeshEndsTheWaits() {
        Mesh mesh = mesh(s -> s.concurrencyLimit(waiting(1)));
        mesh.service("orders").callAsync(instance -> running);
        CompletableFuture<String> second = mesh.service("orders").callAsync(instance -> running);

        mesh.close();
        clock.advance(Duration.ZERO);

        assertThat(second).isCompletedExceptionally();
        running.complete("done");
    }

    @Test
    void thePlacesAreTakenUntilTheStageEndsThoughTheAttemptHasTimedOut() {
        ServiceProxy orders = orders(s -> s.concurrencyLimit(most(1))
                .instanceConcurrencyLimit(most(1))
                .retry(retry().toBuilder().maxAttempts(1).attemptTimeout(WAIT).build()));
        CompletableFuture<String> stubborn = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                return false;
            }
        };
        CompletableFuture<String> call = orders.callAsync(instance -> stubborn);

        clock.advance(WAIT);

        assertThat(call).isCompletedExceptionally();
        assertThat(ofService(orders).inFlight()).isEqualTo(1);
        stubborn.complete("late");
        assertThat(ofService(orders).inFlight()).isZero();
        assertThat(ofInstances(orders)).allMatch(limit -> limit.inFlight() == 0);
    }

    @Test
    void aRetryThatFindsNoPlaceEndsTheCallWithItsOwnFailure() {
        ServiceProxy orders = orders(s -> s.concurrencyLimit(waiting(1)).retry(retry()));
        IOException failure = new IOException("first");

        Throwable thrown = catchThrowable(() -> orders.run(CallOptions.idempotent(true), instance -> {
            clock.schedule(() -> orders.callAsync(other -> running), 0); // takes the place during the backoff
            throw failure;
        }));

        assertThat(thrown).isSameAs(failure);
        assertThat(thrown.getSuppressed()).hasAtLeastOneElementOfType(ConcurrencyLimitException.class);
        running.complete("done");
        assertThat(ofService(orders).inFlight()).isZero();
    }

    @Test
    void limitsComeChangeAndGoWhileCallsRun() {
        Mesh mesh = mesh(s -> {});
        ServiceProxy orders = mesh.service("orders");
        ServiceConfig without = mesh.config().services().get("orders");
        orders.callAsync(instance -> running);
        set(
                mesh,
                without.toBuilder()
                        .concurrencyLimit(most(2))
                        .instanceConcurrencyLimit(most(1))
                        .build());
        CompletableFuture<String> limited = new CompletableFuture<>();
        orders.callAsync(instance -> limited);
        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(2, 1, 0, 0));

        running.complete("begun without a limit");
        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(2, 1, 0, 0));
        set(mesh, without.toBuilder().concurrencyLimit(most(1)).build());
        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(1, 1, 0, 0));
        assertThat(ofInstances(orders)).containsOnlyNulls();
        set(mesh, without);
        limited.complete("begun with one");
        set(mesh, without.toBuilder().concurrencyLimit(most(1)).build());

        assertThat(ofService(orders)).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 0));
        assertThat(once(orders)).isIn("a", "b");
    }

    private static void set(Mesh mesh, ServiceConfig orders) {
        mesh.update(config -> config.toBuilder().service("orders", orders).build());
    }

    @Test
    void anInstanceAddedAtRunTimeHasTheLimitToo() {
        ServiceProxy orders = orders(s -> s.instances("a:1").instanceConcurrencyLimit(most(3)));

        orders.loadBalancer().add(ServiceInstance.of("c:1"));

        assertThat(ofInstances(orders)).hasSize(2).containsOnly(new ConcurrencyLimitSnapshot(3, 0, 0, 0));
    }

    @Test
    void theLimitOfAnInstanceMayFindItsOwnSize() {
        ServiceProxy orders = orders(s -> s.instances("a:1")
                .instanceConcurrencyLimit(ConcurrencyLimitConfig.builder()
                        .adaptive(AdaptiveLimitConfig.defaults())
                        .build()));

        for (int i = 0; i < 200; i++) {
            List<CompletableFuture<String>> calls = new ArrayList<>();
            for (int j = ofInstances(orders).get(0).limit(); j > 0; j--) {
                CompletableFuture<String> call = new CompletableFuture<>();
                orders.callAsync(instance -> call);
                calls.add(call);
            }
            clock.advance(Duration.ofMillis(10)); // however many there are
            calls.forEach(call -> call.complete("done"));
        }

        assertThat(ofInstances(orders)).containsExactly(new ConcurrencyLimitSnapshot(64, 0, 0, 0));
    }

    @Test
    void limitsStandAloneByNameAsBreakersDo() {
        Mesh mesh = Mesh.builder().concurrencyLimit("payments", most(1)).build();
        var payments = mesh.concurrencyLimit("payments");

        assertThat(mesh.concurrencyLimits()).containsExactly("payments");
        assertThat(mesh.concurrencyLimit("payments", most(1))).isSameAs(payments);
        assertThat(mesh.concurrencyLimit("stock", most(2))).isSameAs(mesh.concurrencyLimit("stock"));
        assertThat(catchThrowable(() -> mesh.concurrencyLimit("x")))
                .hasMessage("There is no concurrency limit 'x'; configured are [payments, stock].");
        assertThat(catchThrowable(() -> mesh.concurrencyLimit("payments", most(2))))
                .hasMessageContaining("Concurrency limit 'payments' exists with other settings");

        mesh.reconfigure(
                MeshConfig.builder().concurrencyLimit("payments", most(3)).build());
        assertThat(mesh.concurrencyLimits()).containsExactly("payments");
        assertThat(payments.config()).isEqualTo(most(3));
    }
}
