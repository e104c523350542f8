package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.circuitbreaker.Permit;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.DelayHint;
import io.mesh.model.Jitter;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** An instance asks not to be called for a while. */
class AskedToWaitTest {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);

    private final ManualClock clock = new ManualClock();
    private final List<String> called = new ArrayList<>();

    private ServiceProxy orders(Consumer<ServiceConfig.Builder> settings) {
        return Mesh.builder()
                .ticker(clock)
                .sleeper(clock)
                .service(
                        "orders",
                        s -> settings.accept(s.strategy(LoadBalancerStrategy.ROUND_ROBIN)
                                .retry(RetryConfig.builder().jitter(Jitter.NONE).build())))
                .build()
                .service("orders");
    }

    private static final class Busy extends RuntimeException implements DelayHint {

        private static final long serialVersionUID = 1L;

        private final Duration wait;

        Busy(Duration wait) {
            this.wait = wait;
        }

        @Override
        public Optional<Duration> retryAfter() {
            return Optional.of(wait);
        }
    }

    private String ask(ServiceProxy orders, String busyId, Duration wait) {
        return orders.call(IDEMPOTENT, i -> {
            called.add(i.id());
            if (i.id().equals(busyId)) {
                throw new Busy(wait);
            }
            return i.id();
        });
    }

    @Test
    void anInstanceThatAsksForTimeIsLeftAloneForItWhileAnotherIsTriedAfterTheUsualBackoff() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1"));

        while (!called.contains("a:1")) {
            assertThat(ask(orders, "a:1", Duration.ofSeconds(10))).isEqualTo("b:1");
        }
        assertThat(clock.sleeps()).containsExactly(Duration.ofMillis(100));
        called.clear();
        clock.advance(Duration.ofMillis(9_899));
        for (int i = 0; i < 10; i++) {
            ask(orders, "a:1", Duration.ofSeconds(10));
        }
        assertThat(called).containsOnly("b:1");
        clock.advance(Duration.ofMillis(1));
        called.clear();
        for (int i = 0; i < 10; i++) {
            ask(orders, "none", Duration.ZERO);
        }

        assertThat(called).contains("a:1", "b:1");
    }

    @Test
    void theOnlyInstanceIsNotBarredButItsHintDelaysTheRetry() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));

        assertThatThrownBy(() -> ask(orders, "a:1", Duration.ofSeconds(2))).isInstanceOf(Busy.class);

        assertThat(called).hasSize(3);
        assertThat(clock.sleeps()).hasSize(2).allSatisfy(wait -> assertThat(wait)
                .isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_200)));
    }

    @Test
    void aHintLongerThanAllowedGivesUpAtOnceWhenNoOtherInstanceIsLeft() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));

        assertThatThrownBy(() -> ask(orders, "a:1", Duration.ofMinutes(2))).isInstanceOf(Busy.class);

        assertThat(called).hasSize(1);
        assertThat(clock.sleeps()).isEmpty();
    }

    @Test
    void noMoreInstancesAreBarredThanMayBeEjected() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1", "c:1"));

        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> orders.call(j -> {
                        throw new Busy(Duration.ofSeconds(60));
                    }))
                    .isInstanceOf(Busy.class);
        }

        assertThat(orders.snapshot().instances())
                .filteredOn(i -> i.barredFor() != null)
                .hasSize(1);
    }

    @Test
    void noInstanceIsBarredForLongerThanFiveMinutes() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1"));

        assertThatThrownBy(() -> orders.call(i -> {
                    throw new Busy(Duration.ofDays(1));
                }))
                .isInstanceOf(Busy.class);

        assertThat(orders.snapshot().instances())
                .extracting(i -> i.barredFor())
                .containsOnly(null, Duration.ofMinutes(5));
    }

    @Test
    void aCallThatOutlivesItsInstanceLeavesNoPlaceTaken() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1", "c:1"));

        assertThatThrownBy(() -> orders.call(i -> {
                    orders.loadBalancer().remove(i.id());
                    throw new Busy(Duration.ofSeconds(60));
                }))
                .isInstanceOf(Busy.class);

        assertThat(orders.served().places().taken()).isZero();
    }

    @Test
    void aLongHintNeitherDelaysNorEndsACallThatCanGoBackToAnInstanceWithoutOne() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1"));
        if (orders.loadBalancer().select().id().equals("a:1")) {
            orders.loadBalancer().select(); // the next call begins at a:1, the second attempt goes to b:1
        }

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, i -> {
                    called.add(i.id());
                    throw i.id().equals("b:1") ? new Busy(Duration.ofSeconds(60)) : new IllegalStateException("plain");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(called).containsExactly("a:1", "b:1", "a:1");
        assertThat(clock.sleeps()).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
    }

    @Test
    void aRejectionOfSomebodyElseInsideTheWorkBarsNobody() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1"));
        CircuitBreaker partner = CircuitBreaker.of("partner", CircuitBreakerConfig.defaults(), clock);
        for (int i = 0; i < 5; i++) {
            partner.tryAcquire().failure(new IllegalStateException());
        }

        assertThatThrownBy(() -> orders.call(i -> {
                    throw new IllegalStateException("wrapped", partner.rejection());
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(orders.snapshot().instances()).allMatch(i -> i.barredFor() == null);
    }

    @Test
    void aResultThatIsRetriedAndAsksForTimeIsHeededThoughTheBreakerCallsItASuccess() {
        record Busier(Duration time) implements DelayHint {
            @Override
            public Optional<Duration> retryAfter() {
                return Optional.of(time);
            }
        }
        ServiceProxy orders = Mesh.builder()
                .ticker(clock)
                .sleeper(clock)
                .service("orders", s -> s.instances("a:1", "b:1")
                        .retry(RetryConfig.builder()
                                .retryOnResult(Busier.class, r -> true)
                                .build()))
                .build()
                .service("orders");

        for (int i = 0; i < 100; i++) {
            orders.call(IDEMPOTENT, instance -> {
                called.add(instance.id());
                return instance.id().equals("a:1") ? new Busier(Duration.ofSeconds(60)) : "well";
            });
        }

        assertThat(called).filteredOn("a:1"::equals).hasSize(1);
    }

    @Test
    void anInstanceThatIsBarredAndOpenHoldsOnePlaceAndOneThatIsOutOtherwiseHoldsNone() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1", "c:1", "d:1"));
        Service.guard(orders.loadBalancer().endpoint("a:1")).barUntil(clock.now() + 1_000_000_000L);
        open(orders, "a:1");
        open(orders, "b:1");
        assertThat(orders.served().places().taken()).isEqualTo(2);
        open(orders, "c:1");
        assertThat(orders.circuitBreaker("c:1").state()).isEqualTo(CircuitState.CLOSED);

        orders.loadBalancer().drain("a:1");
        open(orders, "c:1");

        assertThat(orders.circuitBreaker("c:1").state()).isEqualTo(CircuitState.CLOSED); // one of three
        orders.loadBalancer().mark("b:1", false);
        open(orders, "c:1");
        assertThat(orders.circuitBreaker("c:1").state()).isEqualTo(CircuitState.OPEN);
    }

    private static void open(ServiceProxy orders, String id) {
        for (int i = 0; i < 5; i++) {
            Permit permit = orders.circuitBreaker(id).tryAcquire();
            if (permit != null) {
                permit.failure(new IllegalStateException());
            }
        }
    }
}
