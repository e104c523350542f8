package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.Jitter;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class AsyncCallTest {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);

    private final ManualClock clock = new ManualClock();
    private final List<String> called = new ArrayList<>();
    private final List<CompletableFuture<String>> stages = new ArrayList<>();

    private ServiceProxy orders(Consumer<ServiceConfig.Builder> settings) {
        return Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .service(
                        "orders",
                        s -> settings.accept(s.strategy(LoadBalancerStrategy.ROUND_ROBIN)
                                .retry(RetryConfig.builder().jitter(Jitter.NONE).build())))
                .build()
                .service("orders");
    }

    private CompletionStage<String> pending(ServiceInstance instance) {
        called.add(instance.id());
        CompletableFuture<String> stage = new CompletableFuture<>();
        stages.add(stage);
        return stage;
    }

    private CompletionStage<String> failing(ServiceInstance instance) {
        called.add(instance.id());
        return CompletableFuture.failedFuture(new CompletionException(new IOException("failed on " + instance.id())));
    }

    private static int connections(ServiceProxy orders) {
        return orders.snapshot().instances().stream()
                .mapToInt(i -> i.instance().connections())
                .sum();
    }

    @Test
    void aFailedStageIsRepeatedOnAnotherInstanceAfterTheBackoffAndNoThreadWaits() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1", "c:1"));

        CompletableFuture<String> future = orders.callAsync(IDEMPOTENT, this::failing);

        assertThat(called).hasSize(1);
        clock.advance(Duration.ofMillis(99));
        assertThat(called).hasSize(1);
        clock.advance(Duration.ofMillis(1));
        assertThat(called).hasSize(2);
        clock.advance(Duration.ofMillis(200));
        assertThat(called).hasSize(3);
        assertThat(new HashSet<>(called)).hasSize(3);
        assertThat(future).isCompletedExceptionally();
        assertThatThrownBy(future::join).hasCauseInstanceOf(IOException.class);
        assertThat(connections(orders)).isZero();
    }

    @Test
    void whatIsNotKnownToBeIdempotentIsNotRepeated() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1"));

        CompletableFuture<String> future = orders.callAsync(this::failing);
        clock.advance(Duration.ofMinutes(1));

        assertThat(future).isCompletedExceptionally();
        assertThat(called).hasSize(1);
    }

    @Test
    void workThatThrowsInsteadOfReturningAStageFailsThroughTheFuture() {
        ServiceProxy orders = orders(s -> s.instances("a:1", "b:1"));

        CompletableFuture<String> future = orders.callAsync(i -> {
            called.add(i.id());
            throw new ConnectException("refused");
        });
        clock.advance(Duration.ofMinutes(1));

        assertThat(called).hasSize(3);
        assertThatThrownBy(future::join).hasCauseInstanceOf(ConnectException.class);
        assertThat(connections(orders)).isZero();
    }

    @Test
    void cancellingTheFutureCancelsTheStageGivesEverythingBackAndCountsNothing() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));
        CompletableFuture<String> future = orders.callAsync(IDEMPOTENT, this::pending);
        assertThat(connections(orders)).isEqualTo(1);

        future.cancel(true);
        clock.advance(Duration.ofMinutes(1));

        assertThat(stages.get(0)).isCancelled();
        assertThat(connections(orders)).isZero();
        assertThat(called).hasSize(1);
        assertThat(orders.circuitBreaker("a:1").snapshot().failed()).isZero();
        assertThat(orders.circuitBreaker("a:1").snapshot().ignored()).isEqualTo(1);
    }

    @Test
    void cancellingTheFutureDuringTheWaitTakesTheTimerBack() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));
        CompletableFuture<String> future = orders.callAsync(IDEMPOTENT, this::failing);
        assertThat(clock.scheduled()).isEqualTo(2); // the wait, and the tick of the budget

        future.cancel(true);

        assertThat(clock.scheduled()).isEqualTo(1);
        assertThat(called).hasSize(1);
    }

    @Test
    void theConnectionIsCountedUntilTheStageReallyEndsThoughItsCallerHasGone() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));
        CompletableFuture<String> inner = new CompletableFuture<>();
        AtomicBoolean closed = new AtomicBoolean();

        CompletableFuture<AutoCloseable> future = orders.callAsync(
                i -> inner.minimalCompletionStage().thenApply(x -> (AutoCloseable) () -> closed.set(true)));
        future.cancel(true);

        assertThat(connections(orders)).isEqualTo(1);
        inner.complete("late");
        assertThat(connections(orders)).isZero();
        assertThat(closed).isTrue();
    }

    @Test
    void rejectionsComeThroughTheFuture() {
        ServiceProxy none = orders(s -> s.instances(List.of()));
        ServiceProxy open = orders(s -> s.instances("a:1")
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(1).build()));
        open.circuitBreaker("a:1").forceOpen();

        assertThatThrownBy(() -> none.callAsync(this::pending).join())
                .hasCauseInstanceOf(NoHealthyInstanceException.class);
        assertThatThrownBy(() -> open.callAsync(this::pending).join()).hasCauseInstanceOf(CircuitOpenException.class);
        assertThat(called).isEmpty();
    }

    @Test
    void whenNoInstanceIsLeftAfterARealFailureTheFutureFailsWithThatFailure() {
        ServiceProxy orders = orders(s -> s.instances("a:1")
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(1).build()));

        CompletableFuture<String> future = orders.callAsync(IDEMPOTENT, this::failing);
        clock.advance(Duration.ofSeconds(20));

        assertThat(called).hasSize(1);
        assertThatThrownBy(future::join).cause().isInstanceOf(IOException.class).satisfies(f -> assertThat(
                        f.getSuppressed())
                .hasAtLeastOneElementOfType(CircuitOpenException.class));
    }
}
