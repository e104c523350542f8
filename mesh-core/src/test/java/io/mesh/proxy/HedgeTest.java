package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.event.MeshEvent;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CallOptions;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.HedgeConfig;
import io.mesh.model.HedgeSnapshot;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.Jitter;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.Repeat;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.retry.RetryPolicy;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Hedged calls whose result comes later. Every call takes 10 ms before it is hedged. */
class HedgeTest {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);
    private static final Duration DELAY = Duration.ofMillis(10);

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final List<String> called = new ArrayList<>();
    private final List<CompletableFuture<Object>> stages = new ArrayList<>();
    private Mesh mesh;

    private ServiceProxy orders(UnaryOperator<HedgeConfig.Builder> hedge) {
        return orders(hedge, s -> {});
    }

    private ServiceProxy orders(UnaryOperator<HedgeConfig.Builder> hedge, Consumer<ServiceConfig.Builder> settings) {
        mesh = Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .listener(events::add)
                .service(
                        "orders",
                        s -> settings.accept(s.instances("a:1", "b:1", "c:1", "d:1", "e:1", "f:1")
                                .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                                .hedge(hedge.apply(HedgeConfig.builder()
                                                .delay(DELAY)
                                                .maxExtraLoad(100))
                                        .build())))
                .build();
        return mesh.service("orders");
    }

    private CompletionStage<Object> pending(ServiceInstance instance) {
        called.add(instance.id());
        CompletableFuture<Object> stage = new CompletableFuture<>();
        stages.add(stage);
        return stage;
    }

    private static int connections(ServiceProxy orders) {
        return orders.snapshot().instances().stream()
                .mapToInt(i -> i.instance().connections())
                .sum();
    }

    private static BreakerSnapshot breaker(ServiceProxy orders, String id) {
        return orders.snapshot().instances().stream()
                .filter(i -> i.instance().id().equals(id))
                .map(InstanceSnapshot::breaker)
                .findFirst()
                .orElseThrow();
    }

    private static HedgeSnapshot hedges(ServiceProxy orders) {
        return orders.snapshot().hedges();
    }

    /** More than one hedge. */
    private static void earn(ServiceProxy orders) {
        for (int i = 0; i < 10; i++) {
            orders.callAsync(IDEMPOTENT, instance -> CompletableFuture.completedFuture("well"));
        }
    }

    private static HedgeConfig.Builder same(HedgeConfig.Builder hedge) {
        return hedge;
    }

    @Test
    void anAttemptThatTakesLongGetsAHedgeOnAnotherInstanceAndTheFirstSuccessWins() {
        ServiceProxy orders = orders(HedgeTest::same);

        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY.minusNanos(1));
        assertThat(called).hasSize(1);
        clock.advance(Duration.ofNanos(1));
        assertThat(called).hasSize(2).doesNotHaveDuplicates();
        assertThat(connections(orders)).isEqualTo(2);
        stages.get(1).complete("from the hedge");

        assertThat(call).isCompletedWithValue("from the hedge");
        assertThat(stages.get(0)).isCancelled();
        assertThat(connections(orders)).isZero();
        assertThat(clock.scheduled()).isLessThanOrEqualTo(1); // the tick of the retry budget
        assertThat(hedges(orders)).isEqualTo(new HedgeSnapshot(1, 1, 0, DELAY));
    }

    /** Scenario 92 of breaker-retry. */
    @Test
    void whenTheFirstAttemptWinsItsHedgeIsCancelledItsBreakerIsUntouchedItsLeaseEndsAndItsLateValueIsClosed() {
        ServiceProxy orders = orders(HedgeTest::same);
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, instance -> {
            called.add(instance.id());
            CompletableFuture<Object> stage = called.size() == 1 ? new CompletableFuture<>() : new Stubborn();
            stages.add(stage);
            return stage;
        });
        clock.advance(DELAY);

        stages.get(0).complete("first");

        assertThat(call).isCompletedWithValue("first");
        Stubborn hedge = (Stubborn) stages.get(1);
        assertThat(hedge.cancels).hasValue(1);
        assertThat(connections(orders)).as("it is still under way").isEqualTo(1);
        AtomicInteger closed = new AtomicInteger();
        hedge.complete((AutoCloseable) closed::incrementAndGet);
        assertThat(closed).hasValue(1);
        assertThat(connections(orders)).isZero();
        BreakerSnapshot untouched = breaker(orders, called.get(1));
        assertThat(untouched.succeeded()).isZero();
        assertThat(untouched.failed()).isZero();
        assertThat(untouched.ignored()).isEqualTo(1);
    }

    /** One that cannot be cancelled. */
    private static final class Stubborn extends CompletableFuture<Object> {

        private final AtomicInteger cancels = new AtomicInteger();

        @Override
        public boolean cancel(boolean mayInterrupt) {
            cancels.incrementAndGet();
            return false;
        }
    }

    /** Scenario 91 of breaker-retry: gRPC #7222. */
    @Test
    void withoutAnyBudgetForHedgesTheCallGoesOnWithTheFirstAttempt() {
        ServiceProxy orders = orders(h -> h.maxExtraLoad(1));

        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY.multipliedBy(10));

        assertThat(called).hasSize(1);
        assertThat(call).isNotDone();
        assertThat(hedges(orders).denied()).as("asked once").isEqualTo(1);
        stages.get(0).complete("first");
        assertThat(call).isCompletedWithValue("first");
    }

    /** Scenario 91 of breaker-retry. */
    @Test
    void aHedgeThatTheRetryBudgetDeniesIsGivenBackToTheBudgetOfHedgesAndTheCallGoesOn() {
        RetryConfig noBudgetLeft = RetryConfig.builder()
                .budget(RetryBudgetConfig.builder().ratio(0).minPerSecond(0).build())
                .build();
        ServiceProxy orders = orders(HedgeTest::same, s -> s.retry(noBudgetLeft));
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);
        assertThat(called).hasSize(1);
        assertThat(hedges(orders)).isEqualTo(new HedgeSnapshot(0, 0, 1, DELAY));
        stages.get(0).complete("first");
        assertThat(call).isCompletedWithValue("first");

        mesh.update(config -> config.toBuilder()
                .service(
                        "orders",
                        config.services().get("orders").toBuilder().retry(null).build())
                .build());
        orders.callAsync(IDEMPOTENT, this::pending);
        orders.callAsync(IDEMPOTENT, this::pending);
        orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);

        // four first attempts, three of which may be hedged: had the denied one been kept, it would be two
        assertThat(hedges(orders).sent()).isEqualTo(3);
    }

    /** Scenario 79 of load-balancing, after Finagle's BackupRequestFilterTest. */
    @Test
    void afterThe99thPercentileASecondAttemptOnAnotherHostWinsAndTheExtraLoadStaysWithinItsShare() {
        ServiceProxy orders = orders(h -> h.percentile(99).maxExtraLoad(1));
        int calls = 2_000;
        for (int i = 0; i < calls; i++) {
            int before = stages.size();
            CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
            boolean slow = i % 120 == 119;
            clock.advance(Duration.ofMillis(slow ? 40 : 4));
            int hedged = stages.size() - before - 1;
            if (hedged == 1) {
                assertThat(called.get(before)).isNotEqualTo(called.get(before + 1));
                stages.get(before + 1).complete("hedge");
                assertThat(call).isCompletedWithValue("hedge");
                assertThat(stages.get(before)).isCancelled();
            } else {
                stages.get(before).complete("first");
                assertThat(call).isCompletedWithValue("first");
            }
            assertThat(connections(orders)).isZero();
        }

        HedgeSnapshot hedges = hedges(orders);
        assertThat(hedges.sent()).isEqualTo(hedges.won()).isBetween(5L, calls / 100 + 1L);
        assertThat(stages).hasSize((int) (calls + hedges.sent()));
    }

    /** Scenario 80 of load-balancing. */
    @Test
    void aFailureThatIsNotRetriedEndsTheCallAndIsNotHedged() {
        ServiceProxy orders = orders(
                HedgeTest::same,
                s -> s.retry(RetryConfig.builder()
                        .abortOn(IllegalArgumentException.class)
                        .build()));
        CompletableFuture<Object> early = orders.callAsync(IDEMPOTENT, this::pending);
        IllegalArgumentException fatal = new IllegalArgumentException("fatal");

        stages.get(0).completeExceptionally(fatal);
        clock.advance(Duration.ofSeconds(5));

        assertThat(called).hasSize(1);
        assertThatThrownBy(early::join).cause().isSameAs(fatal);

        CompletableFuture<Object> late = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);
        assertThat(called).hasSize(3);
        stages.get(2).completeExceptionally(fatal);
        assertThatThrownBy(late::join).cause().isSameAs(fatal);
        assertThat(stages.get(1)).as("the other one").isCancelled();
        assertThat(connections(orders)).isZero();
    }

    /** Scenario 80 of load-balancing. */
    @Test
    void aFailureThatIsRetriedIsHedgedAtOnce() {
        ServiceProxy orders = orders(HedgeTest::same);
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);

        stages.get(0).completeExceptionally(new IOException("failed"));

        assertThat(called).hasSize(2).doesNotHaveDuplicates();
        stages.get(1).complete("hedge");
        assertThat(call).isCompletedWithValue("hedge");
        assertThat(breaker(orders, called.get(0)).failed()).isEqualTo(1);
    }

    @Test
    void theCallFailsOnlyWhenAllHaveFailedAndTellsOfTheOthers() {
        ServiceProxy orders = orders(
                h -> h.maxHedges(2),
                s -> s.retry(RetryConfig.builder().maxAttempts(1).build()));
        earn(orders);
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY.multipliedBy(2));
        assertThat(called).hasSize(3).doesNotHaveDuplicates();
        List<IOException> failures = List.of(new IOException("0"), new IOException("1"), new IOException("2"));

        stages.get(1).completeExceptionally(failures.get(1));
        stages.get(0).completeExceptionally(failures.get(0));
        assertThat(call).isNotDone();
        stages.get(2).completeExceptionally(failures.get(2));

        Throwable failure = catchThrowable(call::join).getCause();
        assertThat(failure).isSameAs(failures.get(2));
        assertThat(failure.getSuppressed()).hasSize(3).startsWith(failures.get(1), failures.get(0));
        assertThat(failure.getSuppressed()[2])
                .isInstanceOfSatisfying(RetriesExhaustedException.class, note -> assertThat(note.attempts())
                        .isEqualTo(3));
        assertThat(called).hasSize(3);
        assertThat(connections(orders)).isZero();
    }

    @Test
    void aRaceThatAllHaveLostIsOneAttemptOfTheRetry() {
        ServiceProxy orders = orders(
                HedgeTest::same,
                s -> s.retry(
                        RetryConfig.builder().maxAttempts(2).jitter(Jitter.NONE).build()));
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);
        stages.get(0).completeExceptionally(new IOException("first"));
        stages.get(1).completeExceptionally(new IOException("hedge"));
        assertThat(called).hasSize(2);

        clock.advance(Duration.ofMillis(100)); // the backoff

        assertThat(called).hasSize(3).doesNotHaveDuplicates();
        clock.advance(DELAY.multipliedBy(3));
        assertThat(called).as("one hedge a call").hasSize(3);
        stages.get(2).complete("second");
        assertThat(call).isCompletedWithValue("second");
    }

    @Test
    void anUnwantedResultDoesNotWinAndIsClosed() {
        ServiceProxy orders = orders(
                HedgeTest::same,
                s -> s.retry(RetryConfig.builder()
                        .maxAttempts(1)
                        .retryOnResult(Closing.class, Closing::isUnwanted)
                        .build()));
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);
        Closing unwanted = new Closing(true);

        stages.get(0).complete(unwanted);

        assertThat(call).isNotDone();
        Closing last = new Closing(true);
        stages.get(1).complete(last);
        assertThat(unwanted.closed).hasValue(1);
        assertThat(call).as("nothing else is left").isCompletedWithValue(last);
        assertThat(last.closed).hasValue(0);
    }

    private record Closing(boolean isUnwanted, AtomicInteger closed) implements AutoCloseable {

        Closing(boolean isUnwanted) {
            this(isUnwanted, new AtomicInteger());
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @Test
    void cancellingTheCallCancelsAllAndCountsNothing() {
        ServiceProxy orders = orders(h -> h.maxHedges(2));
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);

        call.cancel(true);
        clock.advance(DELAY.multipliedBy(5));

        assertThat(stages).hasSize(2).allSatisfy(stage -> assertThat(stage).isCancelled());
        assertThat(connections(orders)).isZero();
        assertThat(orders.snapshot().instances())
                .allSatisfy(i -> assertThat(i.breaker().failed()).isZero());
    }

    @Test
    void whatMayNotBeMadeTwiceIsNotHedged() {
        ServiceProxy orders = orders(HedgeTest::same);
        CompletableFuture<Object> unknown = orders.callAsync(this::pending);
        CompletableFuture<Object> not = orders.callAsync(CallOptions.idempotent(false), this::pending);

        clock.advance(DELAY.multipliedBy(10));

        assertThat(called).hasSize(2);
        assertThat(unknown).isNotDone();
        assertThat(not).isNotDone();
    }

    @Test
    void everyCallOfAServiceThatSaysSoMayBeHedged() {
        ServiceProxy orders = orders(HedgeTest::same, s -> s.repeat(Repeat.ANY));
        orders.callAsync(this::pending);
        orders.callAsync(CallOptions.idempotent(false), this::pending);

        clock.advance(DELAY.multipliedBy(10));

        assertThat(called).hasSize(3);
    }

    @Test
    void aHedgeGoesToNoInstanceThatTheCallHasBeenToAndThereIsNoneWithoutAnother() {
        ServiceProxy orders = orders(h -> h.maxHedges(4), s -> s.instances("a:1", "b:1"));
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);

        clock.advance(DELAY.multipliedBy(10));

        assertThat(called).hasSize(2).doesNotHaveDuplicates();
        assertThat(hedges(orders)).isEqualTo(new HedgeSnapshot(1, 0, 0, DELAY));
        assertThat(orders.snapshot().retryBudget().retries())
                .as("what was paid for the second is given back")
                .isEqualTo(1);
        stages.get(0).complete("first");
        assertThat(call).isCompletedWithValue("first");
    }

    @Test
    void upToFourHedgesEachAfterTheDelay() {
        ServiceProxy orders = orders(h -> h.maxHedges(4), s -> s.retry(RetryConfig.defaults()));
        earn(orders);
        orders.callAsync(IDEMPOTENT, this::pending);

        clock.advance(DELAY.multipliedBy(3));
        assertThat(called).hasSize(4);
        clock.advance(DELAY.multipliedBy(10));

        assertThat(called).hasSize(5);
        assertThat(new HashSet<>(called)).hasSize(5);
    }

    @Test
    void aHedgePassesTheBreakerOfItsInstanceAndIsNotSentIfNoneLetsItThrough() {
        ServiceProxy orders = orders(HedgeTest::same, s -> s.instances("a:1", "b:1"));
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        orders.circuitBreaker(called.get(0).equals("a:1") ? "b:1" : "a:1").forceOpen();

        clock.advance(DELAY.multipliedBy(3));

        assertThat(called).hasSize(1);
        stages.get(0).complete("first");
        assertThat(call).isCompletedWithValue("first");
        assertThat(orders.snapshot().retryBudget().retries()).isZero();
    }

    @Test
    void aTrialThatLosesGivesItsPlaceBack() {
        ServiceProxy orders = orders(HedgeTest::same, s -> s.instances("a:1", "b:1")
                .circuitBreaker(CircuitBreakerConfig.builder()
                        .failureThreshold(1)
                        .openTimeout(DELAY.dividedBy(2))
                        .halfOpenMaxCalls(1)
                        .build()));
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        CircuitBreaker other = orders.circuitBreaker(called.get(0).equals("a:1") ? "b:1" : "a:1");
        other.tryAcquire().failure(new IOException("failed"));
        assertThat(other.state()).isEqualTo(CircuitState.OPEN);
        clock.advance(DELAY);
        assertThat(called).hasSize(2);
        assertThat(other.tryAcquire()).as("the only place is taken").isNull();

        stages.get(0).complete("first");

        assertThat(call).isDone();
        assertThat(other.tryAcquire()).isNotNull();
    }

    @Test
    void noHedgeBeginsAfterTheTimeoutOfTheCall() {
        ServiceProxy orders = orders(HedgeTest::same);
        orders.callAsync(IDEMPOTENT.withTimeout(DELAY), this::pending);
        orders.callAsync(IDEMPOTENT.withTimeout(DELAY.plusNanos(1)), this::pending);

        clock.advance(DELAY.multipliedBy(3));

        assertThat(called).hasSize(3);
    }

    @Test
    void eachAttemptHasItsOwnTimeLimit() {
        ServiceProxy orders = orders(
                HedgeTest::same,
                s -> s.retry(RetryConfig.builder()
                        .maxAttempts(1)
                        .attemptTimeout(Duration.ofMillis(25))
                        .build()));
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);

        clock.advance(Duration.ofMillis(25));
        assertThat(stages.get(0)).isCancelled();
        assertThat(call).isNotDone();
        clock.advance(Duration.ofMillis(10));

        assertThat(stages.get(1)).isCancelled();
        assertThatThrownBy(call::join).hasCauseInstanceOf(CallTimeoutException.class);
        assertThat(connections(orders)).isZero();
    }

    @Test
    void aClosedMeshSendsNoHedge() {
        ServiceProxy orders = orders(HedgeTest::same);
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        mesh.close();

        clock.advance(DELAY.multipliedBy(3));

        assertThat(called).hasSize(1);
        stages.get(0).complete("first");
        assertThat(call).isCompletedWithValue("first");
    }

    @Test
    void aSchedulerThatHasBeenShutDownMeansNoHedge() {
        assertNoHedgeIfTheSchedulerThrows(new RejectedExecutionException("shut down"));
    }

    @Test
    void aSchedulerThatCanStartNoThreadMeansNoHedge() {
        assertNoHedgeIfTheSchedulerThrows(new OutOfMemoryError("unable to create native thread"));
    }

    private void assertNoHedgeIfTheSchedulerThrows(Throwable refusal) {
        ServiceProxy orders = Mesh.builder()
                .ticker(clock)
                .scheduler((task, delay) -> {
                    HedgeTest.<RuntimeException>sneak(refusal);
                    return () -> {};
                })
                .service("orders", s -> s.instances("a:1", "b:1")
                        .hedge(HedgeConfig.builder().delay(DELAY).build()))
                .build()
                .service("orders");

        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        stages.get(0).complete("first");

        assertThat(call).isCompletedWithValue("first");
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void hedgingIsSwitchedOnChangedAndSwitchedOffWhileCallsRun() {
        ServiceProxy orders = orders(HedgeTest::same, s -> s.hedge(null));
        assertThat(hedges(orders)).isNull();
        orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);
        assertThat(called).hasSize(1);

        hedge(HedgeConfig.builder().delay(DELAY).maxExtraLoad(100).build());
        orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);
        assertThat(called).hasSize(3);

        hedge(HedgeConfig.builder()
                .delay(DELAY.multipliedBy(2))
                .maxExtraLoad(100)
                .build());
        orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);
        assertThat(called).hasSize(4);
        clock.advance(DELAY);
        assertThat(called).hasSize(5);
        assertThat(hedges(orders)).isEqualTo(new HedgeSnapshot(2, 0, 0, DELAY.multipliedBy(2)));

        orders.callAsync(IDEMPOTENT, this::pending);
        hedge(null);
        orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY.multipliedBy(5));
        assertThat(called).as("a call keeps what it began with").hasSize(8);
        assertThat(hedges(orders)).isNull();
    }

    private void hedge(HedgeConfig hedge) {
        mesh.update(config -> config.toBuilder()
                .service(
                        "orders",
                        config.services().get("orders").toBuilder().hedge(hedge).build())
                .build());
    }

    @Test
    void whatHappensIsToldAtMostOnceASecond() {
        ServiceProxy orders = orders(HedgeTest::same);
        for (int i = 0; i < 3; i++) {
            orders.callAsync(IDEMPOTENT, this::pending);
        }
        clock.advance(DELAY);
        assertThat(events).containsExactly(new MeshEvent.Hedged("orders", 1, 0, 0));

        clock.advance(Duration.ofSeconds(1));
        stages.get(5).complete("hedge");

        assertThat(events)
                .containsExactly(new MeshEvent.Hedged("orders", 1, 0, 0), new MeshEvent.Hedged("orders", 3, 1, 0));
    }

    @Test
    void aLoserCountsWithTheTimeItHasTakenSoThatThePercentileDoesNotSink() {
        ServiceProxy orders = orders(HedgeTest::same);
        for (int i = 0; i < 110; i++) {
            orders.callAsync(IDEMPOTENT, this::pending);
            clock.advance(DELAY);
            assertThat(stages).hasSize(2 * i + 2);
            clock.advance(Duration.ofMillis(1));
            stages.get(2 * i + 1).complete("hedge");
            clock.advance(Duration.ofMillis(120)); // no more than the retry budget pays for in a second
        }

        hedge(HedgeConfig.builder().percentile(90).build());

        assertThat(hedges(orders).delay()).isBetween(DELAY.plusMillis(1), DELAY.plusMillis(3));
    }

    @Test
    void aResultOfAHedgeEarnsNoRetry() {
        ServiceProxy orders = orders(HedgeTest::same);
        orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);

        stages.get(1).complete("hedge");

        assertThat(orders.served().firstSuccesses()).isZero();
    }

    @Test
    void workThatStartsSlowlyDelaysNoResultAndACancelledOneIsNotAFailure() {
        ServiceProxy orders = orders(HedgeTest::same);
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, instance -> {
            CompletionStage<Object> stage = pending(instance);
            if (called.size() == 2) {
                stages.get(0).complete("first"); // while the hedge is being started
            }
            return stage;
        });

        clock.advance(DELAY);

        assertThat(call).isCompletedWithValue("first");
        assertThat(stages.get(1)).isCancelled();
        assertThatThrownBy(stages.get(1)::join).isInstanceOf(CancellationException.class);
        assertThat(connections(orders)).isZero();
    }

    @Test
    void aHedgeThatIsCancelledOrWinsAddsNoShortLatency() {
        ServiceProxy orders = orders(HedgeTest::same);
        for (int i = 0; i < 110; i++) {
            orders.callAsync(IDEMPOTENT, this::pending);
            clock.advance(DELAY.plusMillis(1));
            stages.get(2 * i + i % 2).complete("first or hedge, which took 1 ms");
            clock.advance(Duration.ofMillis(120)); // no more than the retry budget pays for in a second
        }
        assertThat(hedges(orders).sent()).isEqualTo(110);

        hedge(HedgeConfig.builder().percentile(1).build());

        assertThat(hedges(orders).delay()).isGreaterThanOrEqualTo(DELAY.plusMillis(1));
    }

    @Test
    void aCallThatWasNotMadeAgainIsToldOfAsNoRetryHoweverManyOfItsAttemptsHaveFailed() {
        ServiceProxy orders = orders(h -> h.maxHedges(2), s -> s.retry(RetryConfig.defaults()));
        earn(orders);
        CompletableFuture<Object> well = orders.callAsync(IDEMPOTENT, this::pending);
        stages.get(0).completeExceptionally(new IOException("first"));
        stages.get(1).completeExceptionally(new IOException("hedge"));
        stages.get(2).complete("second hedge");
        CompletableFuture<Object> left = orders.callAsync(IDEMPOTENT, this::pending);
        stages.get(3).completeExceptionally(new IOException("first"));
        stages.get(4).completeExceptionally(new IOException("hedge"));

        left.cancel(true);

        assertThat(well).isCompletedWithValue("second hedge");
        assertThat(stages.get(5)).isCancelled();
        assertThat(events).allSatisfy(event -> assertThat(event).isInstanceOf(MeshEvent.Hedged.class));
    }

    @Test
    void eventsCountAnAttemptAndItsHedgesAsOneHoweverTheCallEnds() {
        for (String end : List.of("well", "fails", "left")) {
            called.clear();
            stages.clear();
            events.clear();
            ServiceProxy orders = orders(
                    HedgeTest::same,
                    s -> s.retry(RetryConfig.builder()
                            .maxAttempts(2)
                            .initialDelay(Duration.ZERO)
                            .jitter(Jitter.NONE)
                            .build()));
            CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
            stages.get(0).completeExceptionally(new IOException("first"));
            IOException hedge = new IOException("hedge");
            stages.get(1).completeExceptionally(hedge);
            IOException last = new IOException("second");
            switch (end) {
                case "well" -> stages.get(2).complete("second");
                case "fails" -> stages.get(2).completeExceptionally(last);
                default -> call.cancel(true);
            }

            assertThat(call).isDone();
            assertThat(events.stream().filter(event -> !(event instanceof MeshEvent.Hedged)))
                    .containsExactly(
                            new MeshEvent.RetryScheduled("orders", 1, Duration.ZERO, hedge),
                            switch (end) {
                                case "well" -> new MeshEvent.RetrySucceeded("orders", 2);
                                case "fails" -> new MeshEvent.RetriesEnded("orders", 2, "that is maxAttempts", last);
                                default ->
                                    new MeshEvent.RetriesEnded("orders", 2, "the call was ended from outside", hedge);
                            });
        }
    }

    @Test
    void aFailureThatARetryNearerToItHasGivenUpOnIsNotHedged() {
        ServiceProxy orders = orders(HedgeTest::same, s -> s.retry(RetryConfig.defaults()));
        RetryPolicy inner = RetryPolicy.of(
                "inner",
                RetryConfig.builder()
                        .initialDelay(Duration.ZERO)
                        .jitter(Jitter.NONE)
                        .build());

        CompletableFuture<Object> call = orders.callAsync(
                IDEMPOTENT,
                instance -> inner.<Object>callAsync(() -> {
                    called.add(instance.id());
                    return CompletableFuture.failedFuture(new IOException("failed"));
                }));

        assertThatThrownBy(call::join).hasCauseInstanceOf(IOException.class);
        assertThat(called).as("the attempts of the inner one").hasSize(3);
        assertThat(new HashSet<>(called)).hasSize(1);
    }

    @Test
    void retriesAndHedgesOfOneCallShareWhatOneCallMayTakeOfTheRetryBudget() {
        RetryConfig retry = RetryConfig.builder()
                .maxAttempts(5)
                .initialDelay(Duration.ZERO)
                .jitter(Jitter.NONE)
                .budget(RetryBudgetConfig.builder().ratio(0).minPerSecond(2).build()) // 20, of which a call may take 4
                .build();
        ServiceProxy orders = orders(h -> h.maxHedges(2), s -> s.retry(retry));
        earn(orders);
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY.multipliedBy(2));
        assertThat(hedges(orders).sent()).isEqualTo(2);

        for (int i = 0; i < stages.size(); i++) {
            clock.advance(Duration.ofSeconds(1)); // no burst
            stages.get(i).completeExceptionally(new IOException("failed " + i));
        }

        assertThat(call).isCompletedExceptionally();
        assertThat(orders.snapshot().retryBudget().retries()).isEqualTo(4);
        assertThat(called).hasSize(1 + 4);
    }

    @Test
    void whatGoesWrongWhereAHedgeIsToGoEndsNoCallAndGivesThePaymentBack() {
        AtomicBoolean broken = new AtomicBoolean();
        ServiceProxy orders = Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .random(() -> {
                    if (broken.get()) {
                        throw new IllegalStateException("no numbers");
                    }
                    return ThreadLocalRandom.current().nextLong();
                })
                .service("orders", s -> s.instances("a:1", "b:1", "c:1")
                        .strategy(LoadBalancerStrategy.RANDOM)
                        .hedge(HedgeConfig.builder()
                                .delay(DELAY)
                                .maxExtraLoad(100)
                                .build()))
                .build()
                .service("orders");
        CompletableFuture<Object> call = orders.callAsync(IDEMPOTENT, this::pending);
        broken.set(true);

        clock.advance(DELAY.multipliedBy(3));

        assertThat(call).isNotDone();
        assertThat(called).hasSize(1);
        assertThat(orders.snapshot().retryBudget().retries()).isZero();
        stages.get(0).complete("first");
        assertThat(call).isCompletedWithValue("first");
    }

    @Test
    void aResultThatIsNotWantedIsKeptUntilAnotherIsThereAndClosedIfTheCallIsLeft() {
        ServiceProxy orders = orders(
                HedgeTest::same,
                s -> s.retry(RetryConfig.builder()
                        .maxAttempts(1)
                        .retryOnResult(Closing.class, Closing::isUnwanted)
                        .build()));
        earn(orders);
        CompletableFuture<Object> decided = orders.callAsync(IDEMPOTENT, this::pending);
        CompletableFuture<Object> left = orders.callAsync(IDEMPOTENT, this::pending);
        clock.advance(DELAY);
        Closing beside = new Closing(true);
        stages.get(0).complete(beside);
        assertThat(beside.closed).hasValue(0);
        Closing unseen = new Closing(true);
        stages.get(1).complete(unseen);

        stages.get(2).complete("hedge");
        left.cancel(true);

        assertThat(decided).isCompletedWithValue("hedge");
        assertThat(beside.closed).hasValue(1);
        assertThat(unseen.closed).hasValue(1);
    }
}
