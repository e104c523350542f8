package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.event.MeshEvent.RetryScheduled;
import io.mesh.model.Jitter;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RetryAsyncTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final RetryPolicy retry = policy(RetryConfig.builder().jitter(Jitter.NONE));
    private final IOException e1 = new IOException("1");
    private final IOException e2 = new IOException("2");
    private final IOException e3 = new IOException("3");

    @Test
    void aStageThatGoesWellEndsTheCall() {
        assertThat(retry.callAsync(new Script("well").stages())).isCompletedWithValue("well");
        assertThat(retry.callAsync(() -> CompletableFuture.completedFuture(null)))
                .isCompletedWithValue(null);
    }

    @Test
    void attemptsFollowInTheSchedulerUntilOneGoesWell() {
        Script work = new Script(e1, e2, "well");

        CompletableFuture<Object> call = retry.callAsync(work.stages());

        assertThat(work.attempts()).isEqualTo(1);
        clock.advance(Duration.ofMillis(99));
        assertThat(work.attempts()).isEqualTo(1);
        clock.advance(Duration.ofMillis(1));
        assertThat(work.attempts()).isEqualTo(2);
        clock.advance(Duration.ofMillis(200));
        assertThat(call).isCompletedWithValue("well");
        assertThat(clock.sleeps()).isEmpty();
    }

    @Test
    void theFutureFailsWithTheLastFailureAndTheHistory() {
        CompletableFuture<Object> call = retry.callAsync(new Script(e1, e2, e3).stages());
        clock.advance(Duration.ofSeconds(1));

        Throwable failure = failure(call);

        assertThat(failure).isSameAs(e3);
        assertThat(failure.getSuppressed()).startsWith(e1, e2).hasSize(3);
        assertThat(failure.getSuppressed()[2]).isInstanceOf(RetriesExhaustedException.class);
        assertThat(events)
                .containsExactly(
                        new RetryScheduled("payments", 1, Duration.ofMillis(100), e1),
                        new RetryScheduled("payments", 2, Duration.ofMillis(200), e2),
                        new RetriesEnded("payments", 3, "that is maxAttempts", e3));
    }

    @Test
    void theFutureFailsWithWhatIsInsideTheWrappers() {
        RetryPolicy named = policy(RetryConfig.builder().maxAttempts(2).retryOn(IOException.class));
        Script work = new Script(new CompletionException(new ExecutionException(e1)), new CompletionException(e2));

        CompletableFuture<Object> call = named.callAsync(work.stages());
        clock.advance(Duration.ofSeconds(1));

        assertThat(failure(call)).isSameAs(e2);
        assertThat(e2.getSuppressed()).startsWith(e1).hasSize(2);
    }

    @Test
    void workThatThrowsInAnyAttemptFailsLikeAStage() {
        Script work = new Script(e1, e2);
        AtomicInteger attempts = new AtomicInteger();

        CompletableFuture<Object> call = retry.callAsync(() -> {
            if (attempts.incrementAndGet() == 2) {
                throw e2;
            }
            return work.stages().get();
        });
        clock.advance(Duration.ofSeconds(1));

        assertThat(attempts).hasValue(3);
        assertThat(failure(call)).isSameAs(e2); // attempt 3
    }

    @Test
    void workThatThrowsAnErrorInTheSecondAttemptEndsTheCall() {
        AssertionError error = new AssertionError();
        AtomicInteger attempts = new AtomicInteger();

        CompletableFuture<Object> call = retry.callAsync(() -> {
            if (attempts.incrementAndGet() == 2) {
                throw error;
            }
            return CompletableFuture.failedFuture(e1);
        });
        clock.advance(Duration.ofSeconds(1));

        assertThat(failure(call)).isSameAs(error);
        assertThat(error.getSuppressed()).startsWith(e1).hasSize(2);
    }

    @Test
    void noStageAtAllIsAFailure() {
        AtomicInteger attempts = new AtomicInteger();

        CompletableFuture<Object> call = retry.callAsync(() -> {
            attempts.incrementAndGet();
            return null;
        });
        clock.advance(Duration.ofSeconds(1));

        assertThat(failure(call)).isInstanceOf(NullPointerException.class).hasMessageContaining("CompletionStage");
        assertThat(attempts).hasValue(3);
    }

    @Test
    void cancelInTheWaitTakesTheWaitOutOfTheScheduler() {
        Script work = new Script(e1);
        CompletableFuture<Object> call = retry.callAsync(work.stages());
        assertThat(clock.scheduled()).isEqualTo(1);

        call.cancel(true);

        assertThat(clock.scheduled()).isZero();
        clock.advance(Duration.ofMinutes(1));
        assertThat(work.attempts()).isEqualTo(1);
        assertThat(call).isCancelled();
    }

    @Test
    void cancelCancelsTheRunningStageAndNoAttemptFollows() {
        CompletableFuture<Object> running = new CompletableFuture<>();
        AtomicInteger attempts = new AtomicInteger();
        CompletableFuture<Object> call = retry.callAsync(() -> {
            attempts.incrementAndGet();
            return running;
        });

        call.cancel(true);

        assertThat(running).isCancelled();
        assertThat(clock.scheduled()).isZero();
        assertThat(attempts).hasValue(1);
        assertThat(events).isEmpty();
    }

    @Test
    void cancelCancelsTheStageOfALaterAttempt() {
        CompletableFuture<Object> second = new CompletableFuture<>();
        AtomicInteger attempts = new AtomicInteger();
        CompletableFuture<Object> call =
                retry.callAsync(() -> attempts.incrementAndGet() == 1 ? CompletableFuture.failedFuture(e1) : second);
        clock.advance(Duration.ofMillis(100));

        call.cancel(true);

        assertThat(second).isCancelled();
    }

    @Test
    void endingTheFutureFromOutsideStopsTheAttemptsLikeCancel() {
        CompletableFuture<Object> running = new CompletableFuture<>();
        CompletableFuture<Object> first = retry.callAsync(() -> running);
        CompletableFuture<Object> second = retry.callAsync(new Script(e1).stages());

        first.complete("from outside");
        second.completeExceptionally(new IOException("from outside"));

        assertThat(first).isCompletedWithValue("from outside");
        assertThat(running).isCancelled();
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aStageThatCannotBeCancelledIsLeftAloneAndItsResultIsClosed() {
        CompletableFuture<AutoCloseable> running = new CompletableFuture<>();
        CompletionStage<AutoCloseable> stage = running.minimalCompletionStage();
        AtomicInteger closed = new AtomicInteger();
        CompletableFuture<AutoCloseable> call = retry.callAsync(() -> stage);

        call.cancel(true);
        running.complete(closed::incrementAndGet);

        assertThat(call).isCancelled();
        assertThat(closed).hasValue(1);
    }

    @Test
    void aStageThatCancelledItselfIsAFailureLikeAnyOther() {
        Script work = new Script(new CancellationException(), "well");

        CompletableFuture<Object> call = retry.callAsync(work.stages());
        clock.advance(Duration.ofSeconds(1));

        assertThat(call).isCompletedWithValue("well");
    }

    @Test
    void anUnwantedResultIsClosedWhenTheCallIsCancelledInTheWait() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable unwanted = closed::incrementAndGet;
        RetryPolicy choosy = policy(RetryConfig.builder().retryOnResult(AutoCloseable.class, result -> true));
        CompletableFuture<Object> call = choosy.callAsync(new Script(unwanted, "well").stages());
        assertThat(closed).hasValue(0);

        call.cancel(true);
        clock.advance(Duration.ofSeconds(1));

        assertThat(closed).hasValue(1);
    }

    @Test
    void aHundredThousandAttemptsThatEndAtOnceDoNotOverflowTheStack() {
        RetryPolicy eager = policy(RetryConfig.builder().maxAttempts(100_000).initialDelay(Duration.ZERO));
        Script work = new Script(e1);

        CompletableFuture<Object> call = eager.callAsync(work.stages());

        assertThat(failure(call)).isSameAs(e1);
        assertThat(work.attempts()).isEqualTo(100_000);
    }

    @Test
    void aHundredThousandUnwantedResultsDoNotOverflowTheStack() {
        RetryPolicy eager = policy(RetryConfig.builder()
                .maxAttempts(100_000)
                .initialDelay(Duration.ZERO)
                .retryOnResult(String.class, result -> true));
        Script work = new Script("unwanted");

        CompletableFuture<Object> call = eager.callAsync(work.stages());

        assertThat(call).isCompletedWithValue("unwanted");
        assertThat(work.attempts()).isEqualTo(100_000);
    }

    @Test
    void aSchedulerThatRefusesEndsTheCallWithTheLastFailure() {
        RejectedExecutionException refused = new RejectedExecutionException("shut down");
        RetryPolicy stranded = RetryPolicy.builder("payments")
                .scheduler((task, delay) -> {
                    throw refused;
                })
                .listener(events::add)
                .build();

        CompletableFuture<Object> call = stranded.callAsync(new Script(e1, "well").stages());

        assertThat(failure(call)).isSameAs(e1);
        assertThat(e1.getSuppressed()).containsExactly(refused);
        assertThat(events).endsWith(new RetriesEnded("payments", 1, "the scheduler refused the wait", e1));
    }

    @Test
    void aSchedulerThatCannotStartItsThreadEndsTheCallWithTheLastFailure() {
        RetryPolicy stranded = RetryPolicy.builder("payments")
                .scheduler((task, delay) -> {
                    throw new OutOfMemoryError("unable to create native thread");
                })
                .build();

        CompletableFuture<Object> call = stranded.callAsync(new Script(e1, "well").stages());

        assertThat(failure(call)).isSameAs(e1);
    }

    @Test
    void aSchedulerThatRefusesEndsTheCallWithTheLastResultUnclosed() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable unwanted = closed::incrementAndGet;
        RetryPolicy stranded = RetryPolicy.builder("payments")
                .config(RetryConfig.builder()
                        .retryOnResult(AutoCloseable.class, result -> true)
                        .build())
                .scheduler((task, delay) -> {
                    throw new RejectedExecutionException("shut down");
                })
                .build();

        CompletableFuture<Object> call = stranded.callAsync(new Script(unwanted, "well").stages());

        assertThat(call).isCompletedWithValue(unwanted);
        assertThat(closed).hasValue(0);
    }

    @Test
    void noWaitOutlastsTheMaximumDuration() {
        RetryPolicy hurried = policy(RetryConfig.builder().jitter(Jitter.NONE).maxDuration(Duration.ofMillis(250)));
        Script work = new Script(e1, e2, e3);

        CompletableFuture<Object> call = hurried.callAsync(work.stages());
        clock.advance(Duration.ofMillis(100));

        assertThat(failure(call)).isSameAs(e2);
    }

    @Test
    void noAttemptBeginsAfterTheMaximumDurationWhenTheSchedulerIsLate() {
        List<Runnable> tasks = new ArrayList<>();
        RetryPolicy late = RetryPolicy.builder("payments")
                .config(RetryConfig.builder().maxDuration(Duration.ofSeconds(1)).build())
                .ticker(clock)
                .scheduler((task, delay) -> {
                    tasks.add(task);
                    return () -> {};
                })
                .build();
        Script work = new Script(e1, "well");
        CompletableFuture<Object> call = late.callAsync(work.stages());

        clock.advance(Duration.ofSeconds(1));
        tasks.get(0).run();

        assertThat(failure(call)).isSameAs(e1);
        assertThat(work.attempts()).isEqualTo(1);
    }

    @Test
    void theFlagOfAThreadThatOnlyDeliversDoesNotStopTheRetries() {
        try {
            CompletableFuture<Object> call = retry.callAsync(new Script(e1, "well").stages());
            Thread.currentThread().interrupt();
            clock.advance(Duration.ofSeconds(1));

            assertThat(call).isCompletedWithValue("well");
        } finally {
            Thread.interrupted();
        }
    }

    private RetryPolicy policy(RetryConfig.Builder config) {
        return RetryPolicy.builder("payments")
                .config(config.build())
                .ticker(clock)
                .sleeper(clock)
                .scheduler(clock)
                .listener(events::add)
                .build();
    }

    /** What the future failed with, as a stage that follows sees it. */
    private static Throwable failure(CompletableFuture<?> call) {
        assertThat(call).isCompletedExceptionally();
        return call.handle((value, failure) -> failure).join();
    }
}
