package io.mesh.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SchedulerTest {

    private final Scheduler scheduler = Scheduler.system();

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
        CompletableFuture<String> cancelled = new CompletableFuture<>();
        CompletableFuture<String> later = new CompletableFuture<>();
        Scheduler.Cancellation cancellation = scheduler.schedule(
                () -> cancelled.complete("ran"), Duration.ofMillis(10).toNanos());

        cancellation.cancel();
        scheduler.schedule(() -> later.complete("ran"), Duration.ofMillis(20).toNanos());
        later.get(30, TimeUnit.SECONDS);

        assertThat(cancelled).isNotDone();
    }

    @Test
    void itIsTheSameForAll() {
        assertThat(Scheduler.system()).isSameAs(Scheduler.system());
    }
}
