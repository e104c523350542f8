package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.loadbalancer.Endpoint;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.HedgeConfig;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.PassedOver;
import io.mesh.model.Repeat;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SubsetConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Calls of a service whose instances are in subsets: attempts, rejections and explanations stay within them. */
class SubsetCallsTest {

    private static final CallOptions CANARY = CallOptions.idempotent(true).withSubset("canary");

    private final ManualClock clock = new ManualClock();
    private final List<String> called = new ArrayList<>();

    private static ServiceInstance instance(String id, String version) {
        return ServiceInstance.of(id, "10.0.0.1", 8080).withMetadata(Map.of("version", version));
    }

    private ServiceProxy orders(SubsetConfig canary, Consumer<ServiceConfig.Builder> more) {
        Mesh mesh = Mesh.builder()
                .ticker(clock)
                .sleeper(clock)
                .scheduler(clock)
                .service("orders", s -> {
                    s.instances(List.of(
                                    instance("s1", "stable"),
                                    instance("s2", "stable"),
                                    instance("c1", "canary"),
                                    instance("c2", "canary")))
                            .loadBalancer(LoadBalancerConfig.builder()
                                    .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                                    .subset("canary", canary)
                                    .build())
                            .repeat(Repeat.ANY)
                            .retry(RetryConfig.builder()
                                    .maxAttempts(3)
                                    .initialDelay(Duration.ZERO)
                                    .build());
                    more.accept(s);
                })
                .build();
        return mesh.service("orders");
    }

    private ServiceProxy orders(SubsetConfig canary) {
        return orders(canary, s -> {});
    }

    private static SubsetConfig canary() {
        return SubsetConfig.of("version", "canary");
    }

    private String failing(ServiceInstance instance) {
        called.add(instance.id());
        throw new IllegalStateException("down");
    }

    @Test
    void allAttemptsOfACallThatNamesASubsetStayThere() {
        ServiceProxy orders = orders(canary());

        assertThatThrownBy(() -> orders.call(CANARY, this::failing)).hasMessage("down");

        assertThat(called).hasSize(3).containsOnly("c1", "c2");
    }

    @Test
    void withFallbackFurtherAttemptsLeaveItWhenAllOfItWereTried() {
        ServiceProxy orders = orders(canary().withFallback(true).withPercent(0));

        assertThatThrownBy(() -> orders.call(CANARY, this::failing)).hasMessage("down");

        assertThat(called.subList(0, 2)).containsExactlyInAnyOrder("c1", "c2");
        assertThat(called.get(2)).startsWith("s");
    }

    /** A bad version costs its share of the calls a second attempt, not an answer. */
    @Test
    void aSharedCallThatFailsOnTheCanaryIsMadeAgainOnTheRest() {
        ServiceProxy orders = orders(canary().withPercent(50), s -> s.circuitBreaker(CircuitBreakerConfig.builder()
                        .failureThreshold(1_000_000)
                        .build())
                .retry(RetryConfig.builder()
                        .initialDelay(Duration.ZERO)
                        .budget(new RetryBudgetConfig(0, 0, Duration.ofSeconds(10), false))
                        .build()));

        for (int i = 0; i < 200; i++) {
            called.clear();
            String answer = orders.call(instance -> {
                called.add(instance.id());
                if (instance.id().startsWith("c")) {
                    throw new IllegalStateException("bad version");
                }
                return instance.id();
            });
            assertThat(answer).startsWith("s");
            assertThat(called.size()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void openCircuitsElsewhereAreNotTheReason() {
        ServiceProxy orders = orders(canary());
        orders.circuitBreaker("s1").forceOpen();
        orders.loadBalancer().drain("c1");
        orders.loadBalancer().mark("c2", false);

        assertThatThrownBy(() -> orders.call(CANARY, ServiceInstance::id))
                .isInstanceOfSatisfying(NoHealthyInstanceException.class, none -> assertThat(none.subset())
                        .isEqualTo("canary"))
                .hasMessageContaining("in subset 'canary': 2 known, 1 unhealthy, 0 ejected, 1 drained");
    }

    @Test
    void openCircuitsOfTheSubsetAreTheReason() {
        ServiceProxy orders = orders(canary());
        orders.circuitBreaker("c1").forceOpen();
        orders.circuitBreaker("c2").forceOpen();

        assertThatThrownBy(() -> orders.call(CANARY, ServiceInstance::id)).isInstanceOf(CircuitOpenException.class);
        assertThat(orders.call(ServiceInstance::id)).startsWith("s");
    }

    /** Otherwise a call would wait for a place that would not help it. */
    @Test
    void aFullInstanceElsewhereIsNotTheReasonEither() {
        ServiceProxy orders = orders(
                canary(),
                s -> s.instanceConcurrencyLimit(
                        ConcurrencyLimitConfig.builder().maxConcurrent(1).build()));
        orders.loadBalancer().drain("c1");
        orders.loadBalancer().drain("c2");

        assertThatThrownBy(() -> orders.call(CANARY, ServiceInstance::id))
                .isInstanceOf(NoHealthyInstanceException.class);
    }

    @Test
    void aHedgeStaysInTheSubset() {
        ServiceProxy orders = orders(
                canary(),
                s -> s.hedge(HedgeConfig.builder()
                        .delay(Duration.ofMillis(10))
                        .maxExtraLoad(100)
                        .build()));
        for (int i = 0; i < 10; i++) { // earns hedges
            orders.callAsync(CANARY, instance -> CompletableFuture.completedFuture("well"));
        }
        List<CompletableFuture<String>> answers = new ArrayList<>();
        CompletableFuture<String> call = orders.callAsync(CANARY, instance -> {
            called.add(instance.id());
            answers.add(new CompletableFuture<>());
            return answers.get(answers.size() - 1);
        });

        clock.advance(Duration.ofMillis(10));

        assertThat(called).containsExactlyInAnyOrder("c1", "c2");
        answers.get(1).complete("hedged");
        assertThat(call).isCompletedWithValue("hedged");
        assertThat(orders.loadBalancer().endpoints())
                .allSatisfy(endpoint -> assertThat(endpoint.inFlight()).isZero());
    }

    @Test
    void aSubsetThatThereIsNotIsRefusedByEveryKindOfCall() {
        ServiceProxy orders = orders(canary());
        CallOptions unknown = CallOptions.idempotent(true).withSubset("canry");
        String sentence = "Service 'orders' has no subset 'canry', but 'canary'.";

        assertThatThrownBy(() -> orders.call(unknown, ServiceInstance::id))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
        CompletableFuture<String> async =
                orders.callAsync(unknown, instance -> CompletableFuture.completedFuture(instance.id()));
        assertThatThrownBy(async::join)
                .cause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
        ServiceProxy hedged = orders(
                canary(),
                s -> s.hedge(HedgeConfig.builder()
                        .delay(Duration.ofMillis(10))
                        .maxExtraLoad(100)
                        .build()));
        assertThatThrownBy(() -> hedged.call(unknown, ServiceInstance::id)).hasMessage(sentence);
        assertThat(orders.snapshot().rejected()).isZero();
    }

    @Test
    void whoAskedForTimeAndWhoIsOpenAreToldApart() {
        ServiceProxy orders = orders(canary());
        orders.loadBalancer().recentPicks();
        orders.circuitBreaker("s1").forceOpen();
        Endpoint asked = Objects.requireNonNull(orders.loadBalancer().endpoint("s2"));
        Service.guard(asked).barUntil(clock.now() + Duration.ofSeconds(3).toNanos());

        orders.call(ServiceInstance::id);

        assertThat(orders.loadBalancer().recentPicks().get(0).passedOver())
                .isEqualTo(Map.of("s1", PassedOver.OPEN, "s2", PassedOver.HINTED));
    }
}
