package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetryObserved;
import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.event.MeshEvent.TimeoutObserved;
import io.mesh.model.BreakerScope;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.CircuitState;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitException;
import io.mesh.model.ConcurrencyLimitSnapshot;
import io.mesh.model.DelayHint;
import io.mesh.model.HedgeConfig;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.Jitter;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.Mode;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.TimeoutConfig;
import io.mesh.time.ManualClock;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A mesh that decides and does not act. */
class ObserveTest {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final List<String> called = new ArrayList<>();
    private final ServiceConfig orders = ServiceConfig.builder()
            .instances("a:1", "b:1")
            .strategy(LoadBalancerStrategy.ROUND_ROBIN)
            .circuitBreaker(CircuitBreakerConfig.builder()
                    .failureThreshold(2)
                    .openTimeout(Duration.ofSeconds(10))
                    .build())
            .retry(RetryConfig.builder().jitter(Jitter.NONE).build())
            .build();
    private final Mesh mesh = Mesh.builder()
            .ticker(clock)
            .sleeper(clock)
            .scheduler(clock)
            .listener(events::add)
            .mode(Mode.OBSERVE)
            .build();

    private ServiceProxy orders(UnaryOperator<ServiceConfig.Builder> settings) {
        mesh.update(config -> config.toBuilder()
                .service("orders", settings.apply(orders.toBuilder()).build())
                .build());
        return mesh.service("orders");
    }

    private void mode(Mode mode) {
        mesh.update(config -> config.toBuilder().mode(mode).build());
    }

    private void call(ServiceProxy service, int times, String broken) {
        for (int i = 0; i < times; i++) {
            try {
                service.run(IDEMPOTENT, instance -> {
                    called.add(instance.id());
                    if (instance.id().equals(broken)) {
                        throw new IllegalStateException("broken");
                    }
                });
            } catch (IllegalStateException failure) {
                assertThat(failure).hasMessage("broken").hasNoSuppressedExceptions();
            }
        }
    }

    private BreakerSnapshot breaker(ServiceProxy service, String id) {
        return service.snapshot().instances().stream()
                .filter(instance -> instance.instance().id().equals(id))
                .map(InstanceSnapshot::breaker)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aCallThatALimitWouldRejectIsMadeAndNoneIsHedged() {
        ConcurrencyLimitConfig one =
                ConcurrencyLimitConfig.builder().maxConcurrent(1).build();
        ServiceProxy service = orders(settings -> settings.concurrencyLimit(one)
                .instanceConcurrencyLimit(one)
                .hedge(HedgeConfig.builder().delay(Duration.ofMillis(10)).build()));
        List<CompletableFuture<String>> stages = List.of(new CompletableFuture<>(), new CompletableFuture<>());

        List<CompletableFuture<String>> calls = new ArrayList<>();
        stages.forEach(stage -> calls.add(service.callAsync(IDEMPOTENT, instance -> {
            called.add(instance.id());
            return stage;
        })));
        clock.advance(Duration.ofSeconds(1));
        stages.forEach(stage -> stage.complete("done"));

        assertThat(calls).extracting(CompletableFuture::join).containsExactly("done", "done");
        assertThat(called).containsExactlyInAnyOrder("a:1", "b:1");
        assertThat(service.snapshot().concurrencyLimit()).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 1));
        assertThat(events).containsExactly(new MeshEvent.ConcurrencyLimitReached("orders", 1, 1));

        mode(Mode.ACT);
        Throwable refused = service.call(IDEMPOTENT, instance -> catchThrowable(() -> call(service, 1, "")));
        assertThat(refused).isInstanceOf(ConcurrencyLimitException.class);
    }

    @Test
    void anInstanceWhoseCircuitIsOpenGetsItsShareOfTheCallsAllTheSame() {
        ServiceProxy service = orders(settings -> settings);

        call(service, 20, "a:1");

        assertThat(called).filteredOn("a:1"::equals).hasSize(10);
        assertThat(called).filteredOn("b:1"::equals).hasSize(10);
        assertThat(events)
                .contains(new StateChanged(
                        "orders/a:1",
                        CircuitState.CLOSED,
                        CircuitState.OPEN,
                        "2 consecutive failures (only observed)"));
        BreakerSnapshot a = breaker(service, "a:1");
        assertThat(a.state()).isEqualTo(CircuitState.OPEN);
        assertThat(a.mode()).isEqualTo(Mode.OBSERVE);
        assertThat(a.rejected()).isEqualTo(8);
        assertThat(a.failed()).isEqualTo(10);
        assertThat(service.snapshot().mode()).isEqualTo(Mode.OBSERVE);
        assertThat(service.snapshot().rejected()).isZero();
    }

    @Test
    void aFailedCallIsMadeOnceAndItIsToldThatItWouldHaveBeenRepeated() {
        ServiceProxy service = orders(settings -> settings);

        call(service, 2, "a:1");

        assertThat(called).hasSize(2);
        assertThat(events).singleElement().isInstanceOfSatisfying(RetryObserved.class, told -> {
            assertThat(told.source()).isEqualTo("orders");
            assertThat(told.delay()).isEqualTo(Duration.ofMillis(100));
            assertThat(told.failure()).hasMessage("broken");
        });
        assertThat(clock.sleeps()).isEmpty();
    }

    @Test
    void whatWasNotSentIsNotRepeatedEitherWithoutRetrySettings() {
        ServiceProxy service = orders(settings -> settings.retry(null));
        ConnectException refused = new ConnectException("refused");

        Throwable thrown = catchThrowable(() -> service.run(instance -> {
            called.add(instance.id());
            throw refused;
        }));

        assertThat(thrown).isSameAs(refused).hasNoSuppressedExceptions();
        assertThat(called).hasSize(1);
        assertThat(events).containsExactly(new RetryObserved("orders", Duration.ZERO, refused));
    }

    @Test
    void noMoreIsAnAsynchronousCall() {
        ServiceProxy service = orders(settings -> settings);
        IllegalStateException broken = new IllegalStateException("broken");

        CompletableFuture<String> call = service.callAsync(IDEMPOTENT, instance -> {
            called.add(instance.id());
            return CompletableFuture.failedFuture(broken);
        });

        assertThat(catchThrowable(call::get)).cause().isSameAs(broken).hasNoSuppressedExceptions();
        assertThat(called).hasSize(1);
        assertThat(events).containsExactly(new RetryObserved("orders", Duration.ofMillis(100), broken));
    }

    @Test
    void withOneBreakerForAllEveryCallPassesToo() {
        ServiceProxy service = orders(settings -> settings.breakerScope(BreakerScope.SERVICE));

        call(service, 6, "a:1");
        service.circuitBreaker().forceOpen();
        call(service, 6, "none");

        assertThat(called).hasSize(12);
        assertThat(service.snapshot().breaker().rejected()).isEqualTo(6);
    }

    private static final class Busy extends RuntimeException implements DelayHint {

        private static final long serialVersionUID = 1L;

        @Override
        public Optional<Duration> retryAfter() {
            return Optional.of(Duration.ofSeconds(5));
        }
    }

    @Test
    void anInstanceThatAsksForTimeIsNotSparedUntilTheMeshActs() {
        ServiceProxy service = orders(settings -> settings);
        for (int i = 0; i < 2; i++) {
            try {
                service.run(instance -> {
                    if (instance.id().equals("a:1")) {
                        throw new Busy();
                    }
                });
            } catch (Busy once) {
                assertThat(once).hasNoSuppressedExceptions();
            }
        }
        assertThat(service.snapshot().instances().get(0).barredFor()).isEqualTo(Duration.ofSeconds(5));

        call(service, 10, "none");
        assertThat(called).filteredOn("a:1"::equals).hasSize(5);
        called.clear();
        mode(Mode.ACT);
        call(service, 10, "none");

        assertThat(called).containsOnly("b:1");
        called.clear();
        mode(Mode.OBSERVE);
        call(service, 10, "none");
        assertThat(called).filteredOn("a:1"::equals).hasSize(5);
        clock.advance(Duration.ofSeconds(5));
        call(service, 2, "none");
        assertThat(service.snapshot().instances().get(0).barredFor()).isNull();
        assertThat(service.served().places().taken()).isZero();
    }

    @Test
    void actingBeginsAtOnceWithWhatWasObservedAndEndsAtOnce() {
        ServiceProxy service = orders(settings -> settings);
        call(service, 4, "a:1");
        called.clear();

        mode(Mode.ACT);
        call(service, 10, "a:1");
        assertThat(called).containsOnly("b:1");
        service.loadBalancer().drain("b:1");
        assertThat(catchThrowable(() -> service.run(instance -> {}))).isInstanceOf(CircuitOpenException.class);

        mode(Mode.OBSERVE);
        called.clear();
        call(service, 1, "a:1");
        assertThat(called).containsExactly("a:1");
        assertThat(service.snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void aServiceMayHaveAModeOfItsOwn() {
        ServiceProxy service = orders(settings -> settings.mode(Mode.ACT));
        assertThat(service.snapshot().mode()).isEqualTo(Mode.ACT);

        call(service, 1, "a:1");
        call(service, 1, "a:1");

        assertThat(called).hasSize(3);
        orders(settings -> settings.mode(null));
        assertThat(service.snapshot().mode()).isEqualTo(Mode.OBSERVE);
        mode(Mode.ACT);
        assertThat(service.snapshot().mode()).isEqualTo(Mode.ACT);
    }

    @Test
    void anInstanceAddedLaterIsObservedToo() {
        ServiceProxy service = orders(settings -> settings);
        service.loadBalancer().add(ServiceInstance.of("c:1"));

        assertThat(service.circuitBreaker("c:1").mode()).isEqualTo(Mode.OBSERVE);
    }

    @Test
    void drainedAndUnhealthyInstancesAreStillLeftOutSinceSomebodyElseHasSaidSo() {
        ServiceProxy service = orders(settings -> settings);
        service.loadBalancer().drain("a:1");
        call(service, 4, "none");
        assertThat(called).containsOnly("b:1");

        service.loadBalancer().mark("b:1", false);

        assertThat(catchThrowable(() -> service.run(instance -> {}))).isInstanceOf(NoHealthyInstanceException.class);
        assertThat(service.snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void anAttemptThatTakesTooLongIsToldNotCutAndAFailureToItsBreaker() {
        ServiceProxy service = orders(settings -> settings.retry(
                RetryConfig.builder().attemptTimeout(Duration.ofMillis(50)).build()));

        String result = service.call(IDEMPOTENT, instance -> {
            called.add(instance.id());
            clock.advance(Duration.ofMillis(60));
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            return "apple";
        });

        assertThat(result).isEqualTo("apple");
        assertThat(breaker(service, called.get(0)).failed()).isEqualTo(1);
        assertThat(events).containsExactly(new TimeoutObserved("orders", Duration.ofMillis(50)));
    }

    @Test
    void whatStandsAloneFollowsTheMesh() {
        mesh.circuitBreaker("payments", CircuitBreakerConfig.defaults());
        mesh.retry("payments", RetryConfig.defaults());
        mesh.timeout(
                "payments",
                TimeoutConfig.builder().timeout(Duration.ofSeconds(1)).build());

        assertThat(mesh.circuitBreaker("payments").mode()).isEqualTo(Mode.OBSERVE);
        assertThat(mesh.retry("payments").mode()).isEqualTo(Mode.OBSERVE);
        assertThat(mesh.timeout("payments").mode()).isEqualTo(Mode.OBSERVE);
        mesh.timeout("payments").run(() -> clock.advance(Duration.ofSeconds(2)));
        assertThat(events).containsExactly(new TimeoutObserved("payments", Duration.ofSeconds(1)));

        mode(Mode.ACT);

        assertThat(mesh.circuitBreaker("payments").mode()).isEqualTo(Mode.ACT);
        assertThat(mesh.retry("payments").mode()).isEqualTo(Mode.ACT);
        assertThat(mesh.timeout("payments").mode()).isEqualTo(Mode.ACT);
    }
}
