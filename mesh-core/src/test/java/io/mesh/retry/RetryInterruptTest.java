package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import io.mesh.time.Sleeper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetryInterruptTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new CopyOnWriteArrayList<>();

    @AfterEach
    void clearTheFlag() {
        Thread.interrupted();
    }

    @Test
    void anInterruptInTheWaitEndsTheCallAtOnceWithTheLastFailureAndTheFlagSet() throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        RetryPolicy retry = policy(nanos -> {
            waiting.countDown();
            Sleeper.system().sleep(nanos);
        });
        IOException failure = new IOException();
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            Throwable thrown = catchThrowable(() -> retry.call(new Script(failure)));
            assertThat(thrown).isSameAs(failure).hasNoSuppressedExceptions();
            return Thread.currentThread().isInterrupted();
        });
        Thread caller = new Thread(call);
        caller.start();
        waiting.await();
        long interruptedAt = System.nanoTime();

        caller.interrupt();

        assertThat(call.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - interruptedAt)).isLessThan(Duration.ofSeconds(2));
        assertThat(events).endsWith(new RetriesEnded("payments", 1, "interrupted", failure));
    }

    @Test
    void anInterruptInALaterWaitLeavesHistoryAndOneNote() {
        AtomicInteger waits = new AtomicInteger();
        RetryPolicy retry = policy(nanos -> {
            if (waits.incrementAndGet() == 2) {
                throw new InterruptedException();
            }
        });
        IOException first = new IOException("1");
        IOException second = new IOException("2");

        Throwable thrown = catchThrowable(() -> retry.call(new Script(first, second, "well")));

        assertThat(thrown).isSameAs(second);
        assertThat(thrown.getSuppressed()).startsWith(first).hasSize(2);
        assertThat(thrown.getSuppressed()[1])
                .isInstanceOf(RetriesExhaustedException.class)
                .hasMessage("Retry 'payments' gave up after 2 attempts: interrupted.");
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    @Test
    void anInterruptWhileResultsAreRetriedReturnsTheLastResultUnclosed() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable unwanted = closed::incrementAndGet;
        RetryPolicy retry = policy(nanos -> {
            throw new InterruptedException();
        });

        Object result = retry.call(new Script(unwanted, "well"));

        assertThat(result).isSameAs(unwanted);
        assertThat(closed).hasValue(0);
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThat(events).endsWith(new RetriesEnded("payments", 1, "interrupted", null));
    }

    @Test
    void workThatFailsWithTheFlagSetIsNotRepeated() {
        RetryPolicy retry = policy(clock);
        IOException failure = new IOException();
        Script work = new Script(failure);

        Throwable thrown = catchThrowable(() -> retry.call(() -> {
            Thread.currentThread().interrupt();
            return work.get();
        }));

        assertThat(thrown).isSameAs(failure);
        assertThat(work.attempts()).isEqualTo(1);
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    @Test
    void theFlagIsLookedAtBetweenAttemptsWithoutAnyDelay() {
        RetryPolicy retry = RetryPolicy.of(
                "payments",
                RetryConfig.builder()
                        .maxAttempts(1_000_000)
                        .initialDelay(Duration.ZERO)
                        .build());
        AtomicInteger attempts = new AtomicInteger();

        Throwable thrown = catchThrowable(() -> retry.run(() -> {
            if (attempts.incrementAndGet() == 7) {
                Thread.currentThread().interrupt();
            }
            throw new IOException("" + attempts);
        }));

        assertThat(thrown).hasMessage("7");
        assertThat(attempts).hasValue(7);
    }

    @Test
    void aFlagSetBeforeTheCallDoesNotKeepTheFirstAttemptFromBeingMade() throws Exception {
        Thread.currentThread().interrupt();

        assertThat(policy(clock).call(new Script("well"))).isEqualTo("well");

        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    private RetryPolicy policy(Sleeper sleeper) {
        return RetryPolicy.builder("payments")
                .config(RetryConfig.builder()
                        .initialDelay(Duration.ofSeconds(10))
                        .maxDelay(Duration.ofHours(1))
                        .retryOnResult(AutoCloseable.class, result -> true)
                        .build())
                .sleeper(sleeper)
                .listener(events::add)
                .build();
    }
}
