package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.BreakerScope;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RejectedCallException;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A partial failure never closes a service; a full one still opens every breaker at once. */
class PartialFailureTest {

    private static final int CALLS_A_SECOND = 1_000;

    private final ManualClock clock = new ManualClock();
    private final RandomGenerator random = new Random(20_260_101);

    private ServiceProxy threeInstances(LoadBalancerStrategy strategy) {
        return Mesh.builder()
                .ticker(clock)
                .sleeper(clock)
                .random(random)
                .service(
                        "orders",
                        s -> s.instances("a:1", "b:1", "c:1").strategy(strategy).retry(RetryConfig.defaults()))
                .build()
                .service("orders");
    }

    /** Makes one call a millisecond and returns how many were rejected. */
    private int rejectedIn(ServiceProxy orders, int calls, double failureRate) {
        int rejected = 0;
        for (int i = 0; i < calls; i++) {
            clock.advance(Duration.ofSeconds(1).dividedBy(CALLS_A_SECOND));
            try {
                orders.run(instance -> {
                    if (random.nextDouble() < failureRate) {
                        throw new IOException("failed at random");
                    }
                });
            } catch (RejectedCallException rejection) {
                rejected++;
            } catch (IOException expected) {
                assertThat(expected).hasMessage("failed at random");
            }
        }
        return rejected;
    }

    @ParameterizedTest
    @EnumSource(LoadBalancerStrategy.class)
    void threeInstancesThatEachFailThirtyPercentOfCallsAtRandomRejectFewerThanOnePercent(
            LoadBalancerStrategy strategy) {
        ServiceProxy orders = threeInstances(strategy);

        int rejected = rejectedIn(orders, 60 * CALLS_A_SECOND, 0.3);

        assertThat(rejected).isLessThan(60 * CALLS_A_SECOND / 100);
    }

    @ParameterizedTest
    @EnumSource(LoadBalancerStrategy.class)
    void threeInstancesThatAlwaysFailAreAllOpenWithinASecond(LoadBalancerStrategy strategy) {
        ServiceProxy orders = threeInstances(strategy);

        rejectedIn(orders, CALLS_A_SECOND, 1.0);

        assertThat(orders.snapshot().instances())
                .extracting(i -> i.breaker().state())
                .containsOnly(CircuitState.OPEN);
    }

    @Test
    void afterAFullOutageTheServiceRecoversWithinTheOpenTimeAndASecond() {
        ServiceProxy orders = threeInstances(LoadBalancerStrategy.LEAST_CONNECTIONS);
        rejectedIn(orders, CALLS_A_SECOND, 1.0);

        clock.advance(Duration.ofSeconds(30));
        int rejected = rejectedIn(orders, CALLS_A_SECOND, 0.0);

        assertThat(rejected).isZero();
        assertThat(orders.snapshot().instances())
                .extracting(i -> i.breaker().state())
                .containsOnly(CircuitState.CLOSED);
    }

    @Test
    void oneInstanceThatAlwaysFailsGetsNoCallButTrialsAndIsServedAgainAfterItIsMended() {
        ServiceProxy orders = threeInstances(LoadBalancerStrategy.ROUND_ROBIN);
        int[] reached = new int[1];
        boolean[] broken = {true};
        for (int i = 0; i < 10 * CALLS_A_SECOND; i++) {
            clock.advance(Duration.ofMillis(1));
            callCounting(orders, reached, broken);
        }
        assertThat(reached[0]).isEqualTo(5);
        broken[0] = false;

        clock.advance(Duration.ofSeconds(30));
        for (int i = 0; i < 300; i++) {
            callCounting(orders, reached, broken);
        }

        assertThat(reached[0]).isGreaterThan(100);
        assertThat(orders.circuitBreaker("a:1").state()).isEqualTo(CircuitState.CLOSED);
    }

    private static void callCounting(ServiceProxy orders, int[] reached, boolean[] broken) {
        try {
            orders.run(instance -> {
                if (instance.id().equals("a:1")) {
                    reached[0]++;
                    if (broken[0]) {
                        throw new IOException("broken");
                    }
                }
            });
        } catch (IOException expected) {
            assertThat(expected).hasMessage("broken");
        }
    }

    @Test
    void aPlaceAmongTheEjectedIsGivenBackWhenTheCircuitClosesOrTheInstanceIsRemoved() {
        Mesh mesh = Mesh.builder()
                .ticker(clock)
                .service("orders", s -> s.instances("a:1", "b:1", "c:1"))
                .build();
        ServiceProxy orders = mesh.service("orders");
        Service service = orders.served();
        for (int round = 0; round < 3; round++) {
            fail(orders, "a:1", 5);
            assertThat(service.places().taken()).isEqualTo(1);
            fail(orders, "b:1", 49);
            assertThat(orders.circuitBreaker("b:1").state()).isEqualTo(CircuitState.CLOSED);
            fail(orders, "b:1", 1);
            assertThat(orders.circuitBreaker("b:1").state()).isEqualTo(CircuitState.OPEN);
            assertThat(service.places().taken()).isEqualTo(1);
            if (round == 0) {
                orders.circuitBreaker("a:1").reset();
            } else if (round == 1) {
                orders.circuitBreaker("a:1").forceOpen();
                orders.circuitBreaker("a:1").reset();
            } else {
                orders.loadBalancer().remove("a:1");
            }
            orders.circuitBreaker("b:1").reset();

            assertThat(service.places().taken()).isZero();
        }
    }

    private static void fail(ServiceProxy orders, String id, int times) {
        for (int i = 0; i < times; i++) {
            orders.circuitBreaker(id).tryAcquire().failure(new IOException());
        }
    }

    @Test
    void aRemovedInstanceWhoseBreakerOpensLateTakesNoPlace() {
        ServiceProxy orders = threeInstances(LoadBalancerStrategy.ROUND_ROBIN);
        var breaker = orders.circuitBreaker("a:1");
        orders.loadBalancer().remove("a:1");

        for (int i = 0; i < 5; i++) {
            breaker.tryAcquire().failure(new IOException());
        }

        assertThat(breaker.state()).isEqualTo(CircuitState.OPEN);
        assertThat(orders.served().places().taken()).isZero();
        assertThat(orders.snapshot().instances())
                .extracting(InstanceSnapshot::instance)
                .hasSize(2);
    }

    /** A call that began under a breaker for each instance ends under one for all, and would hold a place for ever. */
    @Test
    void breakersThatNobodyAsksAnyMoreTakeNoPlace() throws Exception {
        Mesh mesh = Mesh.builder()
                .ticker(clock)
                .service("orders", s -> s.instances("a:1", "b:1")
                        .circuitBreaker(CircuitBreakerConfig.builder()
                                .failureThreshold(1)
                                .build()))
                .build();
        ServiceProxy orders = mesh.service("orders");
        CompletableFuture<String> underWay = new CompletableFuture<>();
        orders.callAsync(instance -> underWay);

        mesh.update(config -> config.toBuilder()
                .service(
                        "orders",
                        config.services().get("orders").toBuilder()
                                .breakerScope(BreakerScope.SERVICE)
                                .build())
                .build());
        underWay.completeExceptionally(new IOException("late"));

        assertThat(orders.served().places().taken()).isZero();
    }

    @Test
    void aShareOfEjectionsThatIsRaisedHoldsAtOnce() {
        Mesh mesh = Mesh.builder()
                .ticker(clock)
                .service("orders", s -> s.instances("a:1", "b:1", "c:1", "d:1")
                        .loadBalancer(LoadBalancerConfig.builder()
                                .maxEjectionPercent(25)
                                .build()))
                .build();
        ServiceProxy orders = mesh.service("orders");
        assertThat(orders.circuitBreaker("a:1").eject("outlier")).isTrue();
        assertThat(orders.circuitBreaker("b:1").eject("outlier")).isFalse();

        mesh.update(config -> config.toBuilder()
                .service(
                        "orders",
                        config.services().get("orders").toBuilder()
                                .loadBalancer(LoadBalancerConfig.defaults())
                                .build())
                .build());

        assertThat(orders.circuitBreaker("b:1").eject("outlier")).isTrue();
        assertThat(orders.circuitBreaker("c:1").eject("outlier")).isFalse();
    }

    @Test
    void aFailureCountsAsACallInFlightForNoLongerThanACircuitWouldBeOpen() {
        ServiceProxy orders = Mesh.builder()
                .ticker(clock)
                .service("orders", s -> s.instances("a:1", "b:1")
                        .circuitBreaker(CircuitBreakerConfig.builder()
                                .openTimeout(Duration.ofMillis(100))
                                .build()))
                .build()
                .service("orders");
        Set<String> failed = new HashSet<>();
        assertThatThrownBy(() -> orders.run(instance -> {
                    failed.add(instance.id());
                    throw new IOException("broken");
                }))
                .isInstanceOf(IOException.class);

        assertThat(twoCalls(orders)).hasSize(1).doesNotContainAnyElementsOf(failed);
        clock.advance(Duration.ofMillis(100));
        assertThat(twoCalls(orders)).hasSize(2);
    }

    private static Set<String> twoCalls(ServiceProxy orders) {
        Set<String> called = new HashSet<>();
        orders.run(instance -> called.add(instance.id()));
        orders.run(instance -> called.add(instance.id()));
        return called;
    }
}
