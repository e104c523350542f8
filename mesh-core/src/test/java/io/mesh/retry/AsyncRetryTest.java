package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.model.RetryConfig;
import io.mesh.policy.CallFuture;
import io.mesh.time.ManualClock;
import io.mesh.time.Scheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The loop itself: its hand-overs, its races, and calls that break their word. */
class AsyncRetryTest {

    private static final int ROUNDS = 300;

    private final ManualClock clock = new ManualClock();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void aCallThatMayNotGoOnEndsWithItsLastFailure() {
        IOException failure = new IOException();
        Recorded call = new Recorded(() -> CompletableFuture.failedFuture(failure)) {
            @Override
            public boolean mayGoOn(Throwable last) {
                record("mayGoOn " + (last == failure));
                return false;
            }
        };

        CompletableFuture<Object> future = AsyncRetry.run(call, clock);
        clock.advance(Duration.ofSeconds(1));

        assertThat(future.handle((value, thrown) -> thrown).join()).isSameAs(failure);
        assertThat(call.told).containsExactly("attempt", "delayAfter", "mayGoOn true");
    }

    @Test
    void abandoningIsToldBeforeTheStageIsCancelled() {
        CompletableFuture<Object> stage = new CompletableFuture<>();
        Recorded call = new Recorded(() -> stage);
        CompletableFuture<Object> told = stage.whenComplete((value, thrown) -> call.record("stage ended"));
        CompletableFuture<Object> future = AsyncRetry.run(call, clock);

        future.cancel(true);

        assertThat(told).isCompletedExceptionally();
        assertThat(call.told).containsExactly("attempt", "abandoned", "stage ended");
    }

    @Test
    void aCallThatThrowsEndsTheFutureAllTheSame() {
        IllegalStateException fault = new IllegalStateException("fault");
        Recorded inTheDecision = new Recorded(() -> CompletableFuture.failedFuture(new IOException())) {
            @Override
            public long delayAfter(Throwable failure) {
                throw fault;
            }
        };
        Recorded inTheAttempt = new Recorded(() -> CompletableFuture.failedFuture(fault)) {
            @Override
            public CompletionStage<?> attempt() {
                throw fault;
            }
        };
        Recorded inTheScheduler = new Recorded(() -> CompletableFuture.failedFuture(new IOException())) {
            @Override
            public boolean mayGoOn(Throwable last) {
                throw fault;
            }
        };

        for (Recorded call : List.of(inTheDecision, inTheAttempt, inTheScheduler)) {
            CompletableFuture<Object> future = AsyncRetry.run(call, clock);
            clock.advance(Duration.ofSeconds(1));

            assertThat(future.handle((value, thrown) -> thrown).join()).isSameAs(fault);
        }
    }

    @Test
    void aDecisionThatThrowsOnALaterThreadEndsTheFutureAllTheSame() {
        IllegalStateException fault = new IllegalStateException("fault");
        CompletableFuture<Object> stage = new CompletableFuture<>();
        Recorded call = new Recorded(() -> stage) {
            @Override
            public long delayAfter(Throwable failure) {
                throw fault;
            }
        };
        CompletableFuture<Object> future = AsyncRetry.run(call, clock);

        stage.completeExceptionally(new IOException());

        assertThat(future.handle((value, thrown) -> thrown).join()).isSameAs(fault);
    }

    @Test
    void aWaitThatIsOverBeforeItsScheduleReturnsIsNotMistakenForTheOneUnderWay() {
        CompletableFuture<Object> second = new CompletableFuture<>();
        AtomicInteger attempts = new AtomicInteger();
        Scheduler instant = (task, delay) -> {
            task.run();
            return () -> {};
        };
        Recorded call = new Recorded(
                () -> attempts.incrementAndGet() == 1 ? CompletableFuture.failedFuture(new IOException()) : second);
        CompletableFuture<Object> future = AsyncRetry.run(call, instant);

        future.cancel(true);

        assertThat(second).isCancelled();
    }

    @Test
    void anAttemptThatStartsWhileTheCallIsAbandonedIsCancelled() {
        CompletableFuture<Object> second = new CompletableFuture<>();
        List<CompletableFuture<Object>> future = new ArrayList<>();
        AtomicInteger attempts = new AtomicInteger();
        Recorded call = new Recorded(() -> {
            if (attempts.incrementAndGet() == 1) {
                return CompletableFuture.failedFuture(new IOException());
            }
            future.get(0).cancel(true);
            return second;
        });
        future.add(AsyncRetry.run(call, clock));

        clock.advance(Duration.ofSeconds(1));

        assertThat(second).isCancelled();
        assertThat(attempts).hasValue(2);
    }

    @Test
    void aWaitThatIsScheduledWhileTheCallIsAbandonedIsTakenOutAgain() {
        CompletableFuture<Object> stage = new CompletableFuture<>();
        List<CompletableFuture<Object>> future = new ArrayList<>();
        Scheduler interfering = (task, delay) -> {
            future.get(0).cancel(true);
            return clock.schedule(task, delay);
        };
        future.add(AsyncRetry.run(new Recorded(() -> stage), interfering));

        stage.completeExceptionally(new IOException());

        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void everyAttemptSeesWhatTheOneBeforeHasWrittenWhateverItsThread() throws Exception {
        Scheduler hopping = (task, delay) -> {
            threads.execute(task);
            return () -> {};
        };
        List<CompletableFuture<Integer>> calls = new ArrayList<>();

        for (int n = 0; n < 200; n++) {
            int[] attempts = new int[1]; // plain on purpose
            RetryPolicy retry = RetryPolicy.builder("payments")
                    .config(RetryConfig.builder().maxAttempts(100).build())
                    .scheduler(hopping)
                    .build();
            calls.add(retry.callAsync(() -> {
                int attempt = ++attempts[0];
                return CompletableFuture.supplyAsync(
                        () -> {
                            if (attempt < 100) {
                                throw new IllegalStateException("" + attempt);
                            }
                            return attempts[0];
                        },
                        threads);
            }));
        }

        for (CompletableFuture<Integer> call : calls) {
            assertThat(call.get(30, TimeUnit.SECONDS)).isEqualTo(100);
        }
    }

    @Test
    void aCancelAtAnyMomentLeavesNothingRunningAndNoResultOpen() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Queue<CompletableFuture<Resource>> stages = new ConcurrentLinkedQueue<>();
            Queue<Resource> resources = new ConcurrentLinkedQueue<>();
            CyclicBarrier start = new CyclicBarrier(2);
            Scheduler soon = (task, delay) -> {
                threads.execute(task);
                return () -> {};
            };
            RetryPolicy retry = RetryPolicy.builder("payments")
                    .config(RetryConfig.builder()
                            .maxAttempts(4)
                            .retryOnResult(Resource.class, resource -> true)
                            .build())
                    .scheduler(soon)
                    .build();
            CompletableFuture<Resource> call = retry.callAsync(() -> {
                CompletableFuture<Resource> stage = new CompletableFuture<>();
                stages.add(stage);
                threads.execute(() -> {
                    Resource resource = new Resource();
                    resources.add(resource);
                    if (!stage.complete(resource)) {
                        resource.close(); // cancelled first: the work keeps it
                    }
                });
                return stage;
            });
            CompletableFuture<Void> cancel = CompletableFuture.runAsync(
                    () -> {
                        pass(start);
                        call.cancel(true);
                    },
                    threads);
            pass(start);

            cancel.get(30, TimeUnit.SECONDS);
            await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).untilAsserted(() -> {
                assertThat(stages).allMatch(CompletableFuture::isDone);
                Resource returned = call.isCompletedExceptionally() ? null : call.join();
                assertThat(resources).hasSize(stages.size());
                assertThat(resources).allMatch(r -> r.closed.get() == (r == returned ? 0 : 1));
            });
        }
    }

    private static void pass(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static final class Resource implements AutoCloseable {
        private final AtomicInteger closed = new AtomicInteger();

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    private static class Recorded implements AsyncRetry.Call<Object> {

        private final Supplier<CompletionStage<Object>> attempt;
        private final List<String> told = new ArrayList<>();

        Recorded(Supplier<CompletionStage<Object>> attempt) {
            this.attempt = attempt;
        }

        final void record(String what) {
            told.add(what);
        }

        @Override
        public CompletionStage<?> attempt() {
            record("attempt");
            return CallFuture.<Object>start(attempt::get);
        }

        @Override
        public long delayAfter(Throwable failure) {
            record("delayAfter");
            return 1;
        }

        @Override
        public boolean isUnwanted(Object result) {
            return false;
        }

        @Override
        public long delayAfterResult(Object result) {
            record("delayAfterResult");
            return 1;
        }

        @Override
        public boolean mayGoOn(Throwable last) {
            record("mayGoOn");
            return true;
        }

        @Override
        public void stopped(Throwable failure, String reason) {
            record("stopped");
        }

        @Override
        public void abandoned() {
            record("abandoned");
        }
    }
}
