package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.MeshLog;
import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.Jitter;
import io.mesh.model.LateResult;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryConfig;
import io.mesh.model.TimeoutConfig;
import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.Policy;
import io.mesh.policy.Timeout;
import io.mesh.time.ManualClock;
import io.mesh.time.Scheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AttemptTimeoutTest {

    private static final Duration LIMIT = Duration.ofMillis(50);

    private final ManualClock clock = new ManualClock();
    private final CircuitBreaker breaker = CircuitBreaker.of(
            "stock", CircuitBreakerConfig.builder().failureThreshold(100).build(), clock);
    private final AtomicInteger attempts = new AtomicInteger();

    @AfterEach
    void nothingIsLeftInTheScheduler() {
        Thread.interrupted();
        assertThat(clock.scheduled()).isZero();
    }

    private static RetryConfig config(UnaryOperator<RetryConfig.Builder> settings) {
        return settings.apply(
                        RetryConfig.builder().jitter(Jitter.NONE).maxAttempts(3).attemptTimeout(LIMIT))
                .build();
    }

    private RetryPolicy policy(UnaryOperator<RetryConfig.Builder> settings) {
        return RetryPolicy.builder("stock")
                .config(config(settings))
                .ticker(clock)
                .sleeper(clock)
                .scheduler(clock)
                .build();
    }

    private RetryPolicy policy() {
        return policy(settings -> settings);
    }

    private static boolean isInterrupted() {
        return Thread.currentThread().isInterrupted();
    }

    private String blocks() throws InterruptedException {
        attempts.incrementAndGet();
        clock.advance(Duration.ofMillis(60));
        Thread.sleep(30_000); // interrupted already
        return "never";
    }

    /** Ignores the interrupt, and comes back after 80 ms. */
    private <T> T late(T result) {
        attempts.incrementAndGet();
        clock.advance(Duration.ofMillis(80));
        return result;
    }

    /** Scenario 77, with real time. */
    @Test
    void anAttemptBlockedInSleepTimesOutCountsAndIsRetried() {
        RetryPolicy retry = RetryPolicy.of("stock", config(s -> s.maxAttempts(2).initialDelay(Duration.ZERO)));
        List<Boolean> flags = new ArrayList<>();
        long before = System.nanoTime();

        Throwable failure = catchThrowable(() -> retry.around(breaker).run(() -> {
            attempts.incrementAndGet();
            flags.add(isInterrupted());
            Thread.sleep(30_000);
        }));

        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .isBetween(LIMIT.multipliedBy(2), Duration.ofSeconds(20));
        assertThat(failure).isInstanceOf(CallTimeoutException.class).hasMessage("Call 'stock' took longer than 50 ms.");
        assertThat(failure.getSuppressed()[0])
                .isInstanceOf(CallTimeoutException.class)
                .isNotSameAs(failure);
        assertThat(isInterrupted()).isFalse();
        assertThat(flags).containsExactly(false, false);
        assertThat(breaker.snapshot().failed()).isEqualTo(2);
        assertThat(attempts).hasValue(2);
    }

    @Test
    void aTimeoutIsRetriedLikeAnyOtherException() throws Exception {
        String result = policy().around(breaker).call(() -> attempts.get() < 2 ? blocks() : "third");

        assertThat(result).isEqualTo("third");
        assertThat(clock.sleeps()).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
        assertThat(breaker.snapshot().failed()).isEqualTo(2);
        assertThat(breaker.snapshot().succeeded()).isEqualTo(1);
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void aTimeoutIsNotRetriedIfOtherFailuresAreNamed() {
        Throwable failure =
                catchThrowable(() -> policy(s -> s.retryOn(IOException.class)).call(this::blocks));

        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(attempts).hasValue(1);
    }

    /** Scenario 78. */
    @Test
    void anInterruptBySomebodyElseInAnAttemptThatTimesOutEndsTheCallWithTheFlagSet() {
        Throwable failure = catchThrowable(() -> policy().around(breaker).run(() -> {
            try {
                blocks();
            } catch (InterruptedException ours) {
                Thread.currentThread().interrupt(); // somebody else's
                throw ours;
            }
        }));

        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(isInterrupted()).isTrue();
        assertThat(attempts).hasValue(1);
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    /** Scenario 79. */
    @Test
    void aResultThatComesTooLateIsReturnedAndNotRetriedAndTheBreakerCountsAFailure() {
        Policy both = policy().around(breaker);

        assertThat(both.call(() -> late("apple"))).isEqualTo("apple");
        assertThat(both.decorate(() -> late("pear")).get()).isEqualTo("pear");

        assertThat(attempts).hasValue(2);
        assertThat(breaker.snapshot().failed()).isEqualTo(2);
        assertThat(breaker.snapshot().succeeded()).isZero();
        assertThat(clock.sleeps()).isEmpty();
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void aResultThatComesTooLateIsReturnedByABarePolicyToo() {
        assertThat(policy().call(() -> late("apple"))).isEqualTo("apple");
        assertThat(attempts).hasValue(1);
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void aResultThatComesTooLateIsClosedAndTheCallRetriedIfLateResultsFail() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable response = closed::incrementAndGet;

        Throwable failure =
                catchThrowable(() -> policy(s -> s.lateResult(LateResult.FAIL)).call(() -> late(response)));

        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(attempts).hasValue(3);
        assertThat(closed).hasValue(3);
    }

    @Test
    void aLateResultThatIsNotWantedEitherIsRetriedAsOneThatCameInTime() {
        AtomicBoolean closed = new AtomicBoolean();
        AutoCloseable unwanted = () -> closed.set(true);
        AutoCloseable wanted = () -> {};
        RetryPolicy retry = policy(s -> s.retryOnResult(AutoCloseable.class, result -> result == unwanted));

        AutoCloseable result = retry.around(breaker)
                .<AutoCloseable, RuntimeException>call(() -> attempts.get() == 0 ? late(unwanted) : wanted);

        assertThat(result).isSameAs(wanted);
        assertThat(closed).isTrue();
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void aLateResultPassesARetryInBetweenWithoutBeingRetried() {
        RetryPolicy near = policy(s -> s.attemptTimeout(null));
        CircuitBreaker between = CircuitBreaker.of("between", CircuitBreakerConfig.defaults(), clock);

        String result = policy().around(between.around(near.around(breaker))).call(() -> late("apple"));

        assertThat(result).isEqualTo("apple");
        assertThat(attempts).hasValue(1);
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
        assertThat(between.snapshot().failed()).isEqualTo(1);
    }

    /** Answers with null when the call fails, as a user's own policy might. */
    private static final class Swallowing implements Policy {

        @Override
        public <T, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work) {
            try {
                return work.get();
            } catch (Throwable failure) {
                return null;
            }
        }

        @Override
        public <T> CompletableFuture<T> callAsync(CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void aLateResultThatAPolicyInBetweenKeepsToItselfIsClosed() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable response = closed::incrementAndGet;

        Object result = policy().around(new Swallowing()).<Object, RuntimeException>call(() -> late(response));

        assertThat(result).isNull();
        assertThat(closed).hasValue(1);
    }

    @Test
    void itActsInnermostHoweverThePoliciesArePutTogether() {
        CircuitBreaker outermost = CircuitBreaker.of("outermost", CircuitBreakerConfig.defaults(), clock);
        List<Policy> together = List.of(
                policy().around(breaker),
                outermost.around(policy().around(breaker)),
                outermost.around(policy()).around(breaker),
                policy().around(breaker.around(Timeout.of("wide", TimeoutConfig.defaults()))));

        for (Policy policy : together) {
            long before = breaker.snapshot().failed();
            assertThat(catchThrowable(() -> policy.call(this::blocks))).isInstanceOf(CallTimeoutException.class);
            assertThat(breaker.snapshot().failed()).isEqualTo(before + 3);
        }
    }

    @Test
    void aTimeoutAroundARetryEndsItsWaitsToo() {
        Timeout whole = Timeout.builder("whole")
                .config(TimeoutConfig.builder().timeout(Duration.ofMillis(100)).build())
                .scheduler(clock)
                .build();

        Throwable failure = catchThrowable(() -> whole.around(policy()).call(this::blocks));

        assertThat(failure).hasMessage("Call 'whole' took longer than 100 ms.");
        assertThat(failure).cause().hasMessage("Call 'stock' took longer than 50 ms.");
        assertThat(attempts)
                .as("this clock only notices an interrupt before it sleeps")
                .hasValue(2);
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void withoutALimitNothingIsScheduled() {
        assertThat(policy(s -> s.attemptTimeout(null)).around(breaker).call(() -> {
                    assertThat(clock.scheduled()).isZero();
                    return "free";
                }))
                .isEqualTo("free");
        assertThat(policy(s -> s.attemptTimeout(null)).attemptTimeout()).isNull();
    }

    @Test
    void aCallKeepsTheLimitItBeganWithAndTheNextOneHasTheNew() throws Exception {
        RetryPolicy retry = policy();
        Policy both = retry.around(breaker);

        String result = both.call(() -> {
            retry.reconfigure(config(s -> s.attemptTimeout(Duration.ofMillis(200))));
            return attempts.get() == 0 ? blocks() : "second";
        });
        assertThat(result).isEqualTo("second");
        assertThat(breaker.snapshot().failed()).isEqualTo(1);

        both.call(() -> late("in time now"));
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void aStageThatTakesTooLongIsCancelledAndTheCallRetried() {
        List<CompletableFuture<String>> stages = new ArrayList<>();
        CompletableFuture<String> call = policy().around(breaker).callAsync(() -> {
            stages.add(new CompletableFuture<>());
            return stages.get(stages.size() - 1);
        });

        clock.advance(LIMIT);
        assertThat(stages).hasSize(1);
        assertThat(stages.get(0)).isCancelled();
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
        clock.advance(Duration.ofMillis(100));
        assertThat(stages).hasSize(2);
        stages.get(1).complete("second");

        assertThat(call).isCompletedWithValue("second");
        assertThat(breaker.snapshot().succeeded()).isEqualTo(1);
    }

    @Test
    void stagesThatAllTakeTooLongEndInATimeoutWithTheOthersSuppressed() {
        CompletableFuture<Object> call = policy().callAsync(CompletableFuture::new);

        clock.advance(Duration.ofSeconds(1));

        Throwable failure = call.handle((value, thrown) -> thrown).join();
        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(failure.getSuppressed())
                .hasSize(3)
                .hasOnlyElementsOfTypes(CallTimeoutException.class, RetriesExhaustedException.class);
    }

    /** Scenario 80, without a service. */
    @Test
    void aStageThatComesLateIsClosedAndRecordedOnce() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable response = closed::incrementAndGet;
        CompletableFuture<AutoCloseable> stage = new CompletableFuture<>();
        CompletableFuture<AutoCloseable> call =
                policy(s -> s.maxAttempts(1)).around(breaker).callAsync(stage::minimalCompletionStage);

        clock.advance(LIMIT);
        assertThat(call).isCompletedExceptionally();
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
        stage.complete(response);

        assertThat(closed).hasValue(1);
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
        assertThat(breaker.snapshot().succeeded() + breaker.snapshot().ignored())
                .isZero();
    }

    @Test
    void cancellingTheCallCancelsAttemptAndTimer() {
        CompletableFuture<Object> stage = new CompletableFuture<>();
        CompletableFuture<Object> call = policy().callAsync(() -> stage);
        assertThat(clock.scheduled()).isEqualTo(1);

        call.cancel(true);

        assertThat(stage).isCancelled();
        assertThat(clock.scheduled()).isZero();
    }

    /** Scenario 82: well or not, at once or later, a call that has ended leaves no timer. */
    @Test
    void noTimerOutlivesItsAttempt() {
        RetryPolicy retry = policy(
                s -> s.attemptTimeout(Duration.ofMinutes(1)).maxAttempts(2).initialDelay(Duration.ZERO));
        Policy both = retry.around(breaker);
        int done = 0;

        for (int call = 0; call < 200_000; call++) {
            done += both.<Integer, RuntimeException>call(() -> 1);
        }
        for (int call = 0; call < 1_000; call++) {
            both.callAsync(() -> CompletableFuture.completedFuture("well"));
            both.callAsync(() -> CompletableFuture.failedFuture(new IOException()));
            assertThat(catchThrowable(() -> retry.run(() -> {
                        throw new IOException();
                    })))
                    .isInstanceOf(IOException.class);
        }

        assertThat(done).isEqualTo(200_000);
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void manyAttemptsThatEndAtOnceDoNotNest() {
        RetryPolicy retry = policy(s -> s.maxAttempts(20_000).initialDelay(Duration.ZERO));

        CompletableFuture<Object> call = retry.callAsync(() -> {
            attempts.incrementAndGet();
            return CompletableFuture.failedFuture(new IOException());
        });

        assertThat(call).isCompletedExceptionally();
        assertThat(attempts).hasValue(20_000);
    }

    @Test
    void aSchedulerThatIsShutDownBetweenAttemptsLeavesNothingHanging() {
        AtomicInteger accepted = new AtomicInteger();
        Scheduler oneMore = (task, delay) -> {
            if (accepted.getAndIncrement() > 0) {
                throw new RejectedExecutionException("shut down");
            }
            return () -> {};
        };
        RetryPolicy retry = RetryPolicy.builder("stock")
                .config(config(s -> s.maxAttempts(2).initialDelay(Duration.ZERO)))
                .scheduler(oneMore)
                .build();
        IOException first = new IOException("first");

        Throwable failure = retry.callAsync(() -> CompletableFuture.failedFuture(first))
                .handle((value, thrown) -> thrown)
                .join();

        assertThat(failure).isInstanceOf(RejectedExecutionException.class);
        assertThat(failure.getSuppressed()).startsWith(first);
    }

    @Test
    void anotherSchedulerMayTellTheTime() {
        List<Long> limits = new ArrayList<>();
        Scheduler timer = (task, delay) -> {
            limits.add(delay);
            return () -> {};
        };
        RetryPolicy retry = RetryPolicy.builder("stock")
                .config(config(s -> s))
                .scheduler(clock)
                .timer(timer)
                .build();

        retry.run(() -> {});

        assertThat(limits).containsExactly(LIMIT.toNanos());
    }

    @Test
    void aLimitThatOneAttemptCouldOnlyReachBeyondMaxDurationIsWarnedOf() {
        try (MeshLog log = new MeshLog()) {
            policy(s -> s.maxDuration(LIMIT));
            assertThat(log.sentences()).isEmpty();

            policy(s -> s.maxDuration(LIMIT.minusMillis(1)));
            assertThat(log.sentences())
                    .containsExactly("attemptTimeout of retry policy 'stock' is PT0.05S, longer than its maxDuration,"
                            + " PT0.049S: an attempt that takes that long is the last one.");
        }
    }
}
