package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.DISABLED;
import static io.mesh.model.CircuitState.FORCED_OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Many threads, every shape of call, every way to end: at rest the counts are exact and no place is held. */
class BreakerConcurrencyTest {

    private static final int THREADS = 16;
    private static final int CALLS = 70_000;
    private static final Throwable[] FAILURES = {
        new IOException(), new IllegalStateException(), new AssertionError(), new NoClassDefFoundError()
    };
    private static final List<Throwable> NO_EVIDENCE =
            List.of(new FileNotFoundException(), new InterruptedException(), new StackOverflowError());
    private static final Throwable ANSWER = new SocketTimeoutException();

    private final CircuitBreakerConfig config = CircuitBreakerConfig.builder()
            .failureThreshold(3)
            .openTimeout(Duration.ofNanos(5_000))
            .ignore(FileNotFoundException.class)
            .recordSuccess(SocketTimeoutException.class)
            .recordFailureResult(Integer.class, status -> status >= 500)
            .build();
    private final List<StateChanged> events = Collections.synchronizedList(new ArrayList<>());
    private final CircuitBreaker breaker = CircuitBreaker.builder("payments")
            .config(config)
            .listener(event -> events.add((StateChanged) event))
            .build();
    private final Queue<CompletableFuture<Integer>> stages = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<Integer>> forgotten = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Throwable> surprise = new AtomicReference<>();

    @Test
    void whateverManyThreadsDoAtRestTheCountsAreExactAndNothingIsHeld() throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Caller> callers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Caller caller = new Caller(i);
            callers.add(caller);
            Thread thread = new Thread(() -> {
                try {
                    start.await();
                    caller.run();
                } catch (Throwable unexpected) {
                    surprise.compareAndSet(null, unexpected);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(surprise.get()).isNull();
        stages.forEach(stage -> stage.complete(200));
        forgotten.forEach(stage -> stage.complete(200));
        for (Caller caller : callers) {
            caller.countFutures();
        }

        BreakerSnapshot snapshot = breaker.snapshot();
        assertThat(snapshot.succeeded()).isEqualTo(sum(callers, c -> c.succeeded));
        assertThat(snapshot.failed()).isEqualTo(sum(callers, c -> c.failed));
        assertThat(snapshot.ignored()).isEqualTo(sum(callers, c -> c.ignored));
        assertThat(snapshot.rejected()).isEqualTo(sum(callers, c -> c.rejected));
        assertThat(snapshot.calls() + snapshot.rejected()).isEqualTo((long) THREADS * CALLS);
        assertThat(snapshot.trials()).isZero();
        assertThat(snapshot.succeeded()).isPositive();
        assertThat(snapshot.rejected()).isPositive();
        assertNoStateWasSkipped();
    }

    @Test
    void aCancelThatRacesWithTheResultIsCountedOnce() throws Exception {
        int rounds = 5_000;
        CircuitBreaker disabled = CircuitBreaker.of("payments", config);
        disabled.disable();
        CyclicBarrier start = new CyclicBarrier(2);
        AtomicReference<CompletableFuture<Integer>> work = new AtomicReference<>();
        Thread completing = new Thread(() -> {
            try {
                for (int i = 0; i < rounds; i++) {
                    start.await();
                    work.get().complete(200);
                    start.await();
                }
            } catch (Exception unexpected) {
                surprise.set(unexpected);
            }
        });
        completing.start();
        for (int i = 0; i < rounds; i++) {
            CompletableFuture<Integer> stage = new CompletableFuture<>();
            CompletableFuture<Integer> future = disabled.callAsync(() -> stage);
            work.set(stage);
            start.await();
            future.cancel(true);
            start.await();
        }
        completing.join();

        assertThat(surprise.get()).isNull();
        assertThat(disabled.snapshot().calls()).isEqualTo(rounds);
        assertThat(disabled.snapshot().failed()).isZero();
    }

    private void assertNoStateWasSkipped() {
        assertThat(events.size() + breaker.lostEvents()).isEqualTo(breaker.current().sequence);
        assertThat(events).hasSizeGreaterThan(100);
        assertThat(breaker.lostEvents()).isZero();
        for (int i = 1; i < events.size(); i++) {
            assertThat(events.get(i).from()).isEqualTo(events.get(i - 1).to());
        }
        assertThat(events.get(events.size() - 1).to()).isEqualTo(breaker.state());
    }

    private static long sum(List<Caller> callers, java.util.function.ToLongFunction<Caller> count) {
        return callers.stream().mapToLong(count).sum();
    }

    /** One thread's calls, and what it knows must come of them. */
    private final class Caller {

        private final SplittableRandom random;
        private final List<CompletableFuture<Integer>> futures = new ArrayList<>();
        private long succeeded;
        private long failed;
        private long ignored;
        private long rejected;

        private Caller(long seed) {
            this.random = new SplittableRandom(seed);
        }

        private void run() throws Exception {
            for (int i = 0; i < CALLS; i++) {
                while (i % 8 == 0 && breaker.current().sequence - events.size() > 500) {
                    LockSupport.parkNanos(10_000); // more than 1,024 events waiting would be lost
                }
                steer();
                switch (random.nextInt(3)) {
                    case 0 -> call();
                    case 1 -> callAsync();
                    default -> acquire();
                }
            }
        }

        /** Somebody plays with the settings meanwhile. */
        private void steer() {
            switch (random.nextInt(5_000)) {
                case 0 -> breaker.reset();
                case 1 -> breaker.forceOpen();
                case 2 -> breaker.disable();
                case 3, 4, 5 ->
                    breaker.reconfigure(config.toBuilder()
                            .failureThreshold(2 + random.nextInt(3))
                            .successThreshold(1 + random.nextInt(3))
                            .halfOpenMaxCalls(1 + random.nextInt(4))
                            .build());
                default -> {
                    if (breaker.state() == FORCED_OPEN || (breaker.state() == DISABLED && random.nextInt(100) == 0)) {
                        breaker.reset();
                    }
                }
            }
        }

        private void call() {
            int end = random.nextInt(10);
            boolean interrupted = end == 9;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Throwable thrown = throwableFor(end);
            try {
                breaker.<Integer, Throwable>call(() -> {
                    if (thrown != null) {
                        throw thrown;
                    }
                    return end == 8 ? 500 : 200;
                });
                count(end == 8 ? FAILURES[0] : null);
            } catch (CircuitOpenException rejection) {
                rejected++;
            } catch (Throwable outcome) {
                if (outcome != thrown) {
                    throw new AssertionError("the caller got something else", outcome);
                }
                count(outcome);
            }
            if (Thread.interrupted() != interrupted) {
                throw new AssertionError("the interrupt flag was touched");
            }
        }

        /** Ended at once, or later by whichever thread, or at the very end, or cancelled. */
        private void callAsync() {
            int end = random.nextInt(10);
            Throwable thrown = throwableFor(end);
            CompletableFuture<Integer> future = breaker.callAsync(() -> {
                if (end == 0) {
                    throw new IOException();
                }
                CompletableFuture<Integer> stage = new CompletableFuture<>();
                if (thrown != null) {
                    stage.completeExceptionally(thrown);
                } else if (end != 9) {
                    stages.add(stage);
                }
                return stage;
            });
            if (end == 9) {
                future.cancel(true);
            }
            CompletableFuture<Integer> another = stages.poll();
            if (another != null) {
                if (random.nextInt(100) == 0) {
                    forgotten.add(another);
                } else {
                    another.complete(random.nextInt(4) == 0 ? 500 : 200);
                }
            }
            futures.add(future);
            if (futures.size() > 100) {
                countFutures();
            }
        }

        private void acquire() {
            Permit permit = breaker.tryAcquire();
            if (permit == null) {
                rejected++;
                return;
            }
            int end = random.nextInt(10);
            Throwable thrown = throwableFor(end);
            if (thrown != null) {
                permit.failure(thrown);
                count(thrown);
            } else if (end == 8) {
                permit.release();
                ignored++;
            } else if (end == 9) {
                permit.result(500);
                failed++;
            } else {
                permit.success();
                succeeded++;
            }
            if (permit instanceof Trial) {
                permit.success(); // reports once, whatever its driver does
                permit.release();
            }
        }

        private Throwable throwableFor(int end) {
            return switch (end) {
                case 0 -> FAILURES[random.nextInt(FAILURES.length)];
                case 2 -> NO_EVIDENCE.get(random.nextInt(NO_EVIDENCE.size()));
                case 3 -> ANSWER;
                default -> null;
            };
        }

        private void count(Throwable outcome) {
            if (outcome == null || outcome == ANSWER) {
                succeeded++;
            } else if (NO_EVIDENCE.contains(outcome)) {
                ignored++;
            } else {
                failed++;
            }
        }

        /** Counts those that have ended. */
        private void countFutures() {
            futures.removeIf(future -> {
                if (!future.isDone()) {
                    return false;
                }
                if (future.isCancelled()) {
                    ignored++;
                    return true;
                }
                try {
                    count(future.get() >= 500 ? FAILURES[0] : null);
                } catch (ExecutionException failure) {
                    if (failure.getCause() instanceof CircuitOpenException) {
                        rejected++;
                    } else {
                        count(failure.getCause());
                    }
                } catch (InterruptedException impossible) {
                    throw new AssertionError(impossible);
                }
                return true;
            });
        }
    }
}
