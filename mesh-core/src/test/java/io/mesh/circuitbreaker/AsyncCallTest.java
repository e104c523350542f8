package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.HALF_OPEN;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AsyncCallTest {

    private final ManualClock clock = new ManualClock();
    private final CircuitBreaker breaker = CircuitBreaker.of("payments", CircuitBreakerConfig.defaults(), clock);

    @Test
    void theOutcomeIsCountedBeforeTheFutureCompletes() {
        CompletableFuture<String> work = new CompletableFuture<>();
        List<Long> counted = new ArrayList<>();
        CompletableFuture<String> future = breaker.callAsync(() -> work);
        future.thenRun(() -> counted.add(breaker.snapshot().succeeded()));
        assertThat(breaker.snapshot().calls()).isZero();

        work.complete("fine");

        assertThat(future).isCompletedWithValue("fine");
        assertThat(counted).containsExactly(1L);
    }

    @Test
    void aFailedStageIsAFailureAndComesWithoutItsWrappers() {
        IOException failure = new IOException();
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<String> future =
                breaker.callAsync(() -> work.thenApply(value -> value).thenApply(value -> value));

        work.completeExceptionally(new CompletionException(new ExecutionException(failure)));

        assertThat(failureOf(future)).isSameAs(failure);
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void workThatThrowsFailsTheFutureAndNothingIsThrown() {
        IOException failure = new IOException();

        CompletableFuture<String> future = breaker.callAsync(() -> {
            throw failure;
        });

        assertThat(failureOf(future)).isSameAs(failure);
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void workThatReturnsNoStageIsAFailure() {
        CompletableFuture<String> future = breaker.callAsync(() -> null);

        assertThat(failureOf(future)).isInstanceOf(NullPointerException.class);
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void aStageThatCannotBeListenedToIsAFailure() {
        CompletableFuture<String> deaf = new CompletableFuture<>() {
            @Override
            public CompletableFuture<String> whenComplete(
                    java.util.function.BiConsumer<? super String, ? super Throwable> action) {
                throw new UnsupportedOperationException();
            }
        };

        CompletableFuture<String> future = breaker.callAsync(() -> deaf);

        assertThat(failureOf(future)).isInstanceOf(UnsupportedOperationException.class);
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void aRejectionComesThroughTheFutureAndTheWorkIsNotBegun() {
        AtomicInteger begun = new AtomicInteger();
        Calls.fail(breaker, 5);

        CompletableFuture<Integer> future =
                breaker.callAsync(() -> CompletableFuture.completedFuture(begun.incrementAndGet()));

        assertThat(failureOf(future)).isInstanceOf(CircuitOpenException.class);
        assertThat(begun).hasValue(0);
        assertThat(breaker.snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void aTrialWhoseStageFailsWithAnErrorOpensTheCircuitAndLeavesNoPlaceTaken() {
        Calls.openAndWait(breaker, clock);

        CompletableFuture<String> future =
                breaker.callAsync(() -> CompletableFuture.failedFuture(new AssertionError()));

        assertThat(failureOf(future)).isInstanceOf(AssertionError.class);
        assertThat(breaker.state()).isEqualTo(OPEN);
        clock.advance(breaker.config().openTimeout());
        for (int i = 0; i < 3; i++) {
            assertThat(breaker.tryAcquire()).isNotNull();
        }
    }

    @Test
    void aTrialWhoseCallerCancelsGivesItsPlaceBackAndDecidesNothing() {
        CircuitBreaker one = CircuitBreaker.of(
                "payments", CircuitBreakerConfig.builder().halfOpenMaxCalls(1).build(), clock);
        Calls.openAndWait(one, clock);
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<String> future = one.callAsync(() -> work);
        assertThat(one.tryAcquire()).isNull();

        future.cancel(true);

        assertThat(work).isCancelled();
        assertThat(one.state()).isEqualTo(HALF_OPEN);
        assertThat(one.snapshot().ignored()).isEqualTo(1);
        assertThat(one.tryAcquire()).isNotNull();
    }

    @Test
    void aFutureCompletedFromOutsideCountsLikeACancelledOne() {
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<String> future = breaker.callAsync(() -> work);

        future.complete("from outside");

        assertThat(work).isCancelled();
        assertThat(breaker.snapshot().ignored()).isEqualTo(1);
        assertThat(breaker.snapshot().calls()).isEqualTo(1);
    }

    @Test
    void aStageCancelledByTheCalleeIsAFailure() {
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<String> future = breaker.callAsync(() -> work);

        work.cancel(true);

        assertThat(future).isCompletedExceptionally();
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void aValueThatComesAfterTheCallerHasCancelledIsClosedAndCountedOnce() {
        AtomicInteger closed = new AtomicInteger();
        CompletableFuture<AutoCloseable> work = new CompletableFuture<>();
        CompletionStage<AutoCloseable> goesOnWhenCancelled = work.minimalCompletionStage();
        CompletableFuture<AutoCloseable> future = breaker.callAsync(() -> goesOnWhenCancelled);
        future.cancel(true);

        work.complete(closed::incrementAndGet);

        assertThat(closed).hasValue(1);
        assertThat(breaker.snapshot().calls()).isEqualTo(1);
        assertThat(breaker.snapshot().ignored()).isEqualTo(1);
    }

    @Test
    void aResultIsJudgedLikeThatOfABlockingCall() {
        breaker.reconfigure(CircuitBreakerConfig.builder()
                .recordFailureResult(Integer.class, status -> status >= 500)
                .build());

        assertThat(breaker.callAsync(() -> CompletableFuture.completedFuture(503)))
                .isCompletedWithValue(503);

        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    private static Throwable failureOf(CompletableFuture<?> future) {
        assertThat(future).isDone();
        return catchThrowable(future::get).getCause();
    }
}
