package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mesh.loadbalancer.Lease;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CallOptions;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.Jitter;
import io.mesh.model.LateResult;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code attemptTimeout} in calls of a service. */
class AttemptTimeoutTest {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);
    private static final Duration LIMIT = Duration.ofMillis(50);

    private final ManualClock clock = new ManualClock();
    private final List<String> called = new ArrayList<>();

    @AfterEach
    void nothingIsLeftInTheScheduler() {
        Thread.interrupted();
        assertThat(clock.scheduled()).isZero();
    }

    private Mesh mesh(UnaryOperator<RetryConfig.Builder> settings, String... instances) {
        RetryConfig.Builder retry = RetryConfig.builder()
                .jitter(Jitter.NONE)
                .attemptTimeout(LIMIT)
                .budget(RetryBudgetConfig.none()); // its tick is in the scheduler, too
        return Mesh.builder()
                .ticker(clock)
                .sleeper(clock)
                .scheduler(clock)
                .service("orders", s -> s.instances(instances)
                        .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                        .retry(settings.apply(retry).build()))
                .build();
    }

    private ServiceProxy orders(String... instances) {
        return mesh(settings -> settings, instances).service("orders");
    }

    private static boolean isInterrupted() {
        return Thread.currentThread().isInterrupted();
    }

    private static int connections(ServiceProxy orders) {
        return orders.snapshot().instances().stream()
                .mapToInt(i -> i.instance().connections())
                .sum();
    }

    private static BreakerSnapshot breaker(ServiceProxy orders, String id) {
        return orders.circuitBreaker(id).snapshot();
    }

    private String blocks(ServiceInstance instance) throws InterruptedException {
        called.add(instance.id());
        clock.advance(Duration.ofMillis(60));
        Thread.sleep(30_000); // interrupted already
        return "never";
    }

    /** Ignores the interrupt, and comes back after 80 ms. */
    private <T> T late(ServiceInstance instance, T result) {
        called.add(instance.id());
        clock.advance(Duration.ofMillis(80));
        return result;
    }

    @Test
    void anAttemptThatTakesTooLongCountsAgainstItsInstanceAndAnotherIsCalled() throws Exception {
        ServiceProxy orders = orders("a:1", "b:1");

        String result = orders.call(IDEMPOTENT, i -> called.isEmpty() ? blocks(i) : "from " + i.id());

        String other = called.get(0).equals("a:1") ? "b:1" : "a:1";
        assertThat(result).isEqualTo("from " + other);
        assertThat(breaker(orders, called.get(0)).failed()).isEqualTo(1);
        assertThat(breaker(orders, other).succeeded()).isEqualTo(1);
        assertThat(connections(orders)).isZero();
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void aTimeoutNamesTheServiceAndIsNotRepeatedUnlessTheCallMayBe() {
        ServiceProxy orders = orders("a:1", "b:1");

        Throwable failure = catchThrowable(() -> orders.call(this::blocks));

        assertThat(failure)
                .isInstanceOf(CallTimeoutException.class)
                .hasMessage("Call 'orders' took longer than 50 ms.")
                .hasCauseInstanceOf(InterruptedException.class);
        assertThat(called).hasSize(1);
    }

    @Test
    void aTimeoutIsNoProofThatNothingWasSentWhateverTheInterruptedWorkThrows() {
        ServiceProxy orders = orders("a:1", "b:1");

        Throwable failure = catchThrowable(() -> orders.run(i -> {
            late(i, "");
            throw new ConnectException("while it tried again");
        }));

        assertThat(failure).isInstanceOf(CallTimeoutException.class).hasCauseInstanceOf(ConnectException.class);
        assertThat(called).hasSize(1);
    }

    /** Scenario 79, in a service. */
    @Test
    void aResultThatComesTooLateIsReturnedAndNotRetriedAndTheBreakerCountsAFailure() {
        ServiceProxy orders = orders("a:1");

        String result = orders.call(IDEMPOTENT, i -> late(i, "late"));

        assertThat(result).isEqualTo("late");
        assertThat(called).hasSize(1);
        assertThat(breaker(orders, "a:1").failed()).isEqualTo(1);
        assertThat(breaker(orders, "a:1").succeeded()).isZero();
        assertThat(connections(orders)).isZero();
        assertThat(clock.sleeps()).isEmpty();
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void aResultThatComesTooLateIsClosedAndTheCallRetriedIfLateResultsFail() {
        ServiceProxy orders = mesh(s -> s.lateResult(LateResult.FAIL), "a:1").service("orders");
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable response = closed::incrementAndGet;

        Throwable failure = catchThrowable(() -> orders.call(IDEMPOTENT, i -> late(i, response)));

        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(called).hasSize(3);
        assertThat(closed).hasValue(3);
    }

    @Test
    void aLateResultThatIsNotWantedEitherIsRetriedAsOneThatCameInTime() {
        ServiceProxy orders = mesh(s -> s.retryOnResult(String.class, "busy"::equals), "a:1", "b:1")
                .service("orders");

        String result = orders.call(IDEMPOTENT, i -> called.isEmpty() ? late(i, "busy") : "well");

        assertThat(result).isEqualTo("well");
        assertThat(breaker(orders, called.get(0)).failed()).isEqualTo(1);
        assertThat(breaker(orders, called.get(0)).succeeded()).isZero();
    }

    @Test
    void aLeaseKeptByAnAttemptThatComesTooLateIsThatOfTheResult() {
        ServiceProxy orders = orders("a:1");

        Lease body = orders.exchange(IDEMPOTENT, attempt -> late(attempt.instance(), attempt.keepLease()));

        assertThat(connections(orders)).isEqualTo(1);
        body.close();
        assertThat(connections(orders)).isZero();
        assertThat(breaker(orders, "a:1").failed()).isEqualTo(1);
    }

    @Test
    void aLeaseKeptByAnAttemptThatTimesOutIsClosed() {
        ServiceProxy orders = orders("a:1");

        Throwable failure = catchThrowable(() -> orders.exchange(CallOptions.defaults(), attempt -> {
            attempt.keepLease();
            return blocks(attempt.instance());
        }));

        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(connections(orders)).isZero();
    }

    /** Scenario 80. */
    @Test
    void aStageThatTakesTooLongIsRecordedAtOnceAndItsConnectionEndsWithIt() {
        ServiceProxy orders = mesh(s -> s.maxAttempts(1), "a:1").service("orders");
        CompletableFuture<AutoCloseable> stage = new CompletableFuture<>();
        AtomicInteger closed = new AtomicInteger();
        CompletableFuture<AutoCloseable> call = orders.callAsync(i -> stage.minimalCompletionStage());

        clock.advance(LIMIT);
        assertThat(call.handle((value, failure) -> failure).join())
                .isInstanceOf(CallTimeoutException.class)
                .hasMessage("Call 'orders' took longer than 50 ms.");
        assertThat(breaker(orders, "a:1").failed()).isEqualTo(1);
        assertThat(connections(orders)).isEqualTo(1);

        clock.advance(Duration.ofMillis(450));
        stage.complete(closed::incrementAndGet);
        assertThat(connections(orders)).isZero();
        assertThat(closed).hasValue(1);
        assertThat(breaker(orders, "a:1").failed()).isEqualTo(1);
        assertThat(breaker(orders, "a:1").succeeded() + breaker(orders, "a:1").ignored())
                .isZero();
    }

    @Test
    void aStageThatFailsLateIsRecordedOnceToo() {
        ServiceProxy orders = mesh(s -> s.maxAttempts(1), "a:1").service("orders");
        CompletableFuture<String> stage = new CompletableFuture<>();
        orders.callAsync(i -> stage.minimalCompletionStage());

        clock.advance(LIMIT);
        stage.completeExceptionally(new ConnectException());

        assertThat(connections(orders)).isZero();
        assertThat(breaker(orders, "a:1").failed()).isEqualTo(1);
    }

    @Test
    void aStageThatTakesTooLongIsCancelledAndAnotherInstanceIsCalled() {
        ServiceProxy orders = orders("a:1", "b:1");
        List<CompletableFuture<String>> stages = new ArrayList<>();
        CompletableFuture<String> call = orders.callAsync(IDEMPOTENT, i -> {
            called.add(i.id());
            stages.add(new CompletableFuture<>());
            return stages.get(stages.size() - 1);
        });

        clock.advance(LIMIT.plusMillis(100));
        assertThat(called).containsExactlyInAnyOrder("a:1", "b:1");
        assertThat(stages.get(0)).isCancelled();
        stages.get(1).complete("second");

        assertThat(call).isCompletedWithValue("second");
        assertThat(connections(orders)).isZero();
    }

    @Test
    void aStageThatTakesTooLongToBeStartedIsRecordedAtOnceAndCancelled() {
        ServiceProxy orders = mesh(s -> s.maxAttempts(1), "a:1").service("orders");
        CompletableFuture<String> stage = new CompletableFuture<>();
        AtomicBoolean recorded = new AtomicBoolean();

        CompletableFuture<String> call = orders.callAsync(i -> {
            clock.advance(LIMIT);
            recorded.set(breaker(orders, "a:1").failed() == 1);
            return stage;
        });

        assertThat(recorded).isTrue();
        assertThat(call).isCompletedExceptionally();
        assertThat(stage).isCancelled();
        assertThat(connections(orders)).isZero();
    }

    @Test
    void cancellingTheCallTakesItsTimerAlong() {
        ServiceProxy orders = orders("a:1");
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> call = orders.callAsync(i -> stage);
        assertThat(clock.scheduled()).isEqualTo(1);

        call.cancel(true);

        assertThat(stage).isCancelled();
        assertThat(clock.scheduled()).isZero();
        assertThat(connections(orders)).isZero();
        assertThat(breaker(orders, "a:1").ignored()).isEqualTo(1);
    }

    /** Scenario 81. */
    @Test
    void aDeadlineThatComesFirstIsTheLimitOfTheAttempt() {
        ServiceProxy orders = orders("a:1");

        CallTimeoutException failure = catchThrowableOfType(
                CallTimeoutException.class,
                () -> orders.call(CallOptions.defaults().withTimeout(Duration.ofMillis(30)), this::blocks));

        assertThat(failure.limit()).isEqualTo(Duration.ofMillis(30));
        assertThat(failure).hasMessage("Call 'orders' took longer than 30 ms.");
    }

    @Test
    void aLaterAttemptHasWhatIsLeftOfTheDeadline() {
        ServiceProxy orders = orders("a:1");
        List<Integer> reached = new ArrayList<>();

        CallTimeoutException failure = catchThrowableOfType(
                CallTimeoutException.class,
                () -> orders.run(IDEMPOTENT.withTimeout(Duration.ofMillis(180)), i -> {
                    reached.add(clock.scheduled());
                    blocks(i); // 60 ms, and a wait of 100 ms
                }));

        assertThat(reached).containsExactly(1, 1);
        assertThat(failure.limit()).isEqualTo(Duration.ofMillis(20));
        assertThat(failure.getSuppressed()[0]).hasMessage("Call 'orders' took longer than 50 ms.");
    }

    @Test
    void attemptsAndWaitsTogetherNeverTakeLongerThanTheDeadline() {
        CallOptions withinASecond = IDEMPOTENT.withTimeout(Duration.ofSeconds(1));
        for (int delay : new int[] {0, 50, 300, 700}) {
            called.clear();
            ServiceProxy orders = mesh(
                            settings -> settings.maxAttempts(9)
                                    .initialDelay(Duration.ofMillis(delay))
                                    .multiplier(1)
                                    .attemptTimeout(Duration.ofMillis(400)),
                            "a:1",
                            "b:1")
                    .service("orders");
            long begin = clock.now();

            Throwable failure = catchThrowable(() -> orders.run(withinASecond, i -> {
                called.add(i.id());
                while (!isInterrupted()) {
                    clock.advance(Duration.ofMillis(1));
                }
                Thread.sleep(1); // interrupted already
            }));

            assertThat(failure).isInstanceOf(CallTimeoutException.class);
            assertThat(called)
                    .as("with waits of %s ms", delay)
                    .hasSize(delay == 0 || delay == 50 ? 3 : delay == 300 ? 2 : 1);
            assertThat(Duration.ofNanos(clock.now() - begin)).isLessThanOrEqualTo(Duration.ofSeconds(1));
        }
    }

    @Test
    void aStageHasWhatIsLeftOfTheDeadlineToo() {
        ServiceProxy orders = orders("a:1");
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> call =
                orders.callAsync(CallOptions.defaults().withTimeout(Duration.ofMillis(30)), i -> stage);

        clock.advance(Duration.ofMillis(29));
        assertThat(call).isNotDone();
        clock.advance(Duration.ofMillis(1));

        assertThat(call.handle((value, failure) -> failure).join()).hasMessage("Call 'orders' took longer than 30 ms.");
    }

    @Test
    void aDeadlineAloneCutsNoAttempt() {
        ServiceProxy orders = mesh(s -> s.attemptTimeout(null), "a:1").service("orders");
        CallOptions shortTime = CallOptions.defaults().withTimeout(Duration.ofMillis(30));

        String result = orders.call(shortTime, i -> late(i, "late but not cut"));

        assertThat(result).isEqualTo("late but not cut");
        assertThat(breaker(orders, "a:1").succeeded()).isEqualTo(1);
    }

    @Test
    void closingTheMeshDoesNotCutAnAttemptUnderWayBeforeItsTime() {
        Mesh mesh = mesh(settings -> settings, "a:1");
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> call = mesh.service("orders").callAsync(i -> stage);

        mesh.close();
        clock.advance(LIMIT.minusNanos(1));
        assertThat(call).isNotDone();
        stage.complete("in time");

        assertThat(call).isCompletedWithValue("in time");
    }

    @Test
    void aSchedulerThatHasBeenShutDownEndsTheAttemptBeforeItBegins() {
        Mesh mesh = Mesh.builder()
                .ticker(clock)
                .scheduler((task, delay) -> {
                    throw new RejectedExecutionException("shut down");
                })
                .service("orders", s -> s.instances("a:1")
                        .retry(RetryConfig.builder()
                                .maxAttempts(1)
                                .attemptTimeout(LIMIT)
                                .build()))
                .build();
        ServiceProxy orders = mesh.service("orders");

        assertThat(catchThrowable(() -> orders.call(this::blocks))).isInstanceOf(RejectedExecutionException.class);
        assertThat(orders.callAsync(i -> {
                            called.add(i.id());
                            return new CompletableFuture<>();
                        })
                        .handle((value, failure) -> failure)
                        .join())
                .isInstanceOf(RejectedExecutionException.class);
        assertThat(called).isEmpty();
        assertThat(connections(orders)).isZero();
    }
}
