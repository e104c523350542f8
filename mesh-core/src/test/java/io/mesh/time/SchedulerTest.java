package io.mesh.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.MeshLog;
import io.mesh.model.TimeoutConfig;
import io.mesh.policy.Timeout;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SchedulerTest {

    private final Scheduler scheduler = Scheduler.system();

    @Test
    void whereASchedulerThrowsThatOfTheProcessTakesTheTaskWhichIsSaidOnce() throws Exception {
        IllegalStateException bug = new IllegalStateException("bug");
        Scheduler lasting = Scheduler.lasting((task, delay) -> {
            throw bug;
        });
        CountDownLatch ran = new CountDownLatch(2);

        try (MeshLog log = new MeshLog()) {
            lasting.schedule(ran::countDown, 0);
            lasting.schedule(ran::countDown, 0);
            assertThat(log.thrown()).containsExactly(bug);
        }

        assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aTaskThatASchedulerHasTakenBeforeItThrewRunsOnce() throws Exception {
        ManualClock clock = new ManualClock();
        Scheduler lasting = Scheduler.lasting((task, delay) -> {
            clock.schedule(task, delay);
            throw new IllegalStateException("bug");
        });
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch behind = new CountDownLatch(1);

        try (MeshLog log = new MeshLog()) {
            lasting.schedule(runs::incrementAndGet, 0);
            assertThat(log.sentences()).hasSize(1);
        }
        clock.advance(Duration.ofNanos(1));
        scheduler.schedule(behind::countDown, 0);
        assertThat(behind.await(30, TimeUnit.SECONDS)).isTrue();

        assertThat(runs).hasValue(1);
    }

    @Test
    void aSchedulerThatHasBeenShutDownStaysSo() {
        Scheduler lasting = Scheduler.lasting((task, delay) -> {
            throw new RejectedExecutionException("shut down");
        });

        assertThatThrownBy(() -> lasting.schedule(() -> {}, 0)).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void whatLastsIsNotWrappedAgain() {
        Scheduler lasting = Scheduler.lasting(new ManualClock());

        assertThat(Scheduler.lasting(lasting)).isSameAs(lasting);
        assertThat(Scheduler.lasting(scheduler)).isSameAs(scheduler);
    }

    @Test
    void aTaskRunsOnADaemonThreadNotBeforeItsTime() throws Exception {
        CompletableFuture<Thread> ran = new CompletableFuture<>();
        long before = System.nanoTime();

        scheduler.schedule(
                () -> ran.complete(Thread.currentThread()),
                Duration.ofMillis(20).toNanos());

        Thread thread = ran.get(30, TimeUnit.SECONDS);
        assertThat(System.nanoTime() - before)
                .isGreaterThanOrEqualTo(Duration.ofMillis(20).toNanos());
        assertThat(thread.isDaemon()).isTrue();
        assertThat(thread.getName()).isEqualTo("mesh-scheduler");
    }

    @Test
    void aCancelledTaskDoesNotRun() throws Exception {
        CountDownLatch held = new CountDownLatch(1); // the only thread is busy until the task is cancelled
        CompletableFuture<String> holding = new CompletableFuture<>();
        CompletableFuture<String> cancelled = new CompletableFuture<>();
        CompletableFuture<String> later = new CompletableFuture<>();
        scheduler.schedule(() -> holding.complete(awaited(held)), 0);
        Scheduler.Cancellation cancellation = scheduler.schedule(() -> cancelled.complete("ran"), 0);

        cancellation.cancel();
        held.countDown();
        scheduler.schedule(() -> later.complete("ran"), 0);
        later.get(30, TimeUnit.SECONDS);

        assertThat(holding).isCompletedWithValue("released");
        assertThat(cancelled).isNotDone();
    }

    private static String awaited(CountDownLatch latch) {
        try {
            return latch.await(30, TimeUnit.SECONDS) ? "released" : "never released";
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /** Scenario 82, with the queue of the process. */
    @Test
    void nothingIsKeptOfTheLimitsOfAMillionCallsThatWereDoneInTime() {
        ScheduledThreadPoolExecutor executor = SystemScheduler.newExecutor();
        Timeout timeout = Timeout.builder("stock")
                .config(TimeoutConfig.builder().timeout(Duration.ofMinutes(1)).build())
                .scheduler(new SystemScheduler(executor))
                .build();
        AtomicInteger most = new AtomicInteger();
        int done = 0;

        for (int call = 0; call < 1_000_000; call++) {
            done += timeout.<Integer, RuntimeException>call(() -> {
                most.accumulateAndGet(executor.getQueue().size(), Math::max);
                return 1;
            });
        }

        assertThat(done).isEqualTo(1_000_000);
        assertThat(most).hasValue(1);
        assertThat(executor.getQueue()).isEmpty();
        executor.shutdownNow();
    }

    @Test
    void itIsTheSameForAll() {
        assertThat(Scheduler.system()).isSameAs(Scheduler.system());
    }
}
