package io.mesh.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.LateResult;
import io.mesh.model.TimeoutConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimeoutAsyncTest {

    private static final Duration LIMIT = Duration.ofMillis(50);

    private final ManualClock clock = new ManualClock();
    private final Timeout timeout = Timeout.builder("stock")
            .config(new TimeoutConfig(LIMIT, LateResult.RETURN))
            .scheduler(clock)
            .build();
    private final CompletableFuture<Object> stage = new CompletableFuture<>();

    @AfterEach
    void nothingIsLeftInTheScheduler() {
        assertThat(clock.scheduled()).isZero();
    }

    private static Throwable failureOf(CompletableFuture<?> future) {
        assertThat(future).isCompletedExceptionally();
        return future.handle((value, failure) -> failure).join();
    }

    @Test
    void aStageThatTakesTooLongIsCancelledAndItsFutureFails() {
        CompletableFuture<Object> call = timeout.callAsync(() -> stage);

        clock.advance(LIMIT.minusNanos(1));
        assertThat(call).isNotDone();
        clock.advance(Duration.ofNanos(1));

        assertThat(failureOf(call))
                .isInstanceOf(CallTimeoutException.class)
                .hasMessage("Call 'stock' took longer than 50 ms.")
                .hasNoCause();
        assertThat(stage).isCancelled();
    }

    @Test
    void aStageThatEndsInTimeTakesTheTimerAlong() {
        CompletableFuture<Object> call = timeout.callAsync(() -> stage);
        assertThat(clock.scheduled()).isEqualTo(1);

        stage.complete("apple");

        assertThat(call).isCompletedWithValue("apple");
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aStageThatFailsInTimeTakesTheTimerAlong() {
        IOException failure = new IOException();
        CompletableFuture<Object> call = timeout.callAsync(() -> stage);

        stage.completeExceptionally(new CompletionException(failure));

        assertThat(failureOf(call)).isSameAs(failure);
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void workThatDoesNotStartFailsThroughTheFuture() {
        IOException failure = new IOException();

        assertThat(failureOf(timeout.callAsync(() -> {
                    throw failure;
                })))
                .isSameAs(failure);
        assertThat(failureOf(timeout.callAsync(() -> null)))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("The asynchronous call returned null instead of a CompletionStage.");
    }

    @Test
    void cancellingTheFutureCancelsStageAndTimer() {
        CompletableFuture<Object> call = timeout.callAsync(() -> stage);

        call.cancel(true);

        assertThat(stage).isCancelled();
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aResultThatComesTooLateIsClosedOnce() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable response = closed::incrementAndGet;
        CompletableFuture<Object> call = timeout.callAsync(stage::minimalCompletionStage);
        clock.advance(LIMIT);
        assertThat(failureOf(call)).isInstanceOf(CallTimeoutException.class);
        assertThat(stage).as("a stage that cannot be cancelled").isNotDone();

        stage.complete(response);

        assertThat(closed).hasValue(1);
    }

    @Test
    void theTimeToStartTheWorkCounts() {
        CompletableFuture<Object> call = timeout.callAsync(() -> {
            clock.advance(LIMIT);
            return stage;
        });

        assertThat(failureOf(call)).isInstanceOf(CallTimeoutException.class);
        assertThat(stage).isCancelled();
    }

    @Test
    void aStageThatCannotEvenBeCancelledDoesNotKeepItsFutureFromFailing() {
        CompletableFuture<Object> broken = new CompletableFuture<>() {
            @Override
            public CompletableFuture<Object> toCompletableFuture() {
                throw new IllegalStateException("broken");
            }
        };
        CompletableFuture<Object> call = timeout.callAsync(() -> broken);

        clock.advance(LIMIT); // the scheduler hears nothing of it

        assertThat(failureOf(call)).isInstanceOf(CallTimeoutException.class);
    }

    @Test
    void aStageThatCannotBeListenedToFailsTheFuture() {
        CompletableFuture<Object> deaf = new CompletableFuture<>() {
            @Override
            public CompletableFuture<Object> whenComplete(
                    java.util.function.BiConsumer<? super Object, ? super Throwable> action) {
                throw new IllegalStateException("deaf");
            }
        };

        assertThat(failureOf(timeout.callAsync(() -> deaf))).hasMessage("deaf");
    }

    @Test
    void aSchedulerThatHasBeenShutDownFailsTheFutureBeforeTheWorkBegins() {
        RejectedExecutionException refused = new RejectedExecutionException();
        AtomicInteger begun = new AtomicInteger();
        Timeout stopped = Timeout.builder("stopped")
                .scheduler((task, delay) -> {
                    throw refused;
                })
                .build();

        CompletableFuture<Object> call = stopped.callAsync(() -> {
            begun.incrementAndGet();
            return stage;
        });

        assertThat(failureOf(call)).isSameAs(refused);
        assertThat(begun).hasValue(0);
    }

    @Test
    void aBreakerAroundItCountsAFailureWhenTimeIsUp() {
        CircuitBreaker breaker = CircuitBreaker.of("stock", CircuitBreakerConfig.defaults());
        CompletableFuture<Object> call = breaker.around(timeout).callAsync(stage::minimalCompletionStage);

        clock.advance(LIMIT);

        assertThat(failureOf(call)).isInstanceOf(CallTimeoutException.class);
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
        stage.complete("late");
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
        assertThat(breaker.snapshot().succeeded()).isZero();
    }

    @Test
    void onTheSchedulerOfTheProcessItEndsByItself() {
        CompletableFuture<Object> call = Timeout.of(
                        "stock", TimeoutConfig.builder().timeout(LIMIT).build())
                .callAsync(() -> stage);

        assertThat(call).failsWithin(30, TimeUnit.SECONDS);
        assertThat(failureOf(call)).isInstanceOf(CallTimeoutException.class);
    }
}
