package io.mesh.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CallTimeoutException;
import io.mesh.time.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls that end just when their time is up: the invariants of {@link Interruption}, not a schedule. */
class InterruptionRaceTest {

    private static final int THREADS = 8;
    private static final int MOST_CALLS = 1_000_000 / THREADS;
    private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);
    private static final int LONGEST_LIMIT_NANOS = 60_000;
    private static final long SEED = 77;

    /** Two threads, so that two limits of one call may be over at the same time. */
    private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(2);

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final Timeout timeout =
            Timeout.builder("race").scheduler(scheduler()).build();

    private Scheduler scheduler() {
        timers.setRemoveOnCancelPolicy(true);
        return (task, delay) -> {
            Future<?> scheduled = timers.schedule(task, delay, TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        };
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        timers.shutdownNow();
    }

    /** What one thread has seen. */
    private record Seen(int inTime, int late, int timedOut, int failed, int flags) {

        Seen plus(Seen other) {
            return new Seen(
                    inTime + other.inTime,
                    late + other.late,
                    timedOut + other.timedOut,
                    failed + other.failed,
                    flags + other.flags);
        }

        int calls() {
            return inTime + late + timedOut + failed;
        }
    }

    private interface Round {
        void once(SplittableRandom random, Ends ends) throws InterruptedException;
    }

    private static final class Ends {
        private int inTime;
        private int late;
        private int timedOut;
        private int failed;
    }

    private Seen run(Round round) throws Exception {
        AtomicInteger begun = new AtomicInteger();
        List<Future<Seen>> seen = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            SplittableRandom random = new SplittableRandom(SEED + thread);
            seen.add(threads.submit(() -> {
                Ends ends = new Ends();
                int flags = 0;
                long until = System.nanoTime() + MOST_NANOS;
                int calls = 0;
                while (calls < MOST_CALLS && System.nanoTime() - until < 0) {
                    calls++;
                    round.once(random, ends);
                    if (Thread.interrupted()) {
                        flags++;
                    }
                }
                begun.addAndGet(calls);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20)); // for one that comes after its call
                if (Thread.interrupted()) {
                    flags++;
                }
                return new Seen(ends.inTime, ends.late, ends.timedOut, ends.failed, flags);
            }));
        }
        Seen all = new Seen(0, 0, 0, 0, 0);
        for (Future<Seen> each : seen) {
            all = all.plus(each.get(60, TimeUnit.SECONDS));
        }
        assertThat(all.calls()).as("each call has ended once").isEqualTo(begun.get());
        return all;
    }

    private static String work(SplittableRandom random) throws InterruptedException {
        long until = System.nanoTime() + random.nextInt(LONGEST_LIMIT_NANOS);
        switch (random.nextInt(5)) {
            case 0 -> {} // ends at once
            case 1 -> spin(until); // notices nothing
            case 2 -> TimeUnit.MILLISECONDS.sleep(20); // throws what it is interrupted with
            case 3 -> {
                spin(until);
                throw new IllegalStateException("its own");
            }
            default -> swallow();
        }
        return "done";
    }

    private static void spin(long until) {
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
    }

    private static void swallow() {
        try {
            TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException swallowed) {
            // as too much code does
        }
    }

    private static void count(TimedCall<String, InterruptedException> call, Ends ends) throws InterruptedException {
        try {
            call.get();
            ends.inTime++;
        } catch (CallTimeoutException failure) {
            if (call.isLate(failure)) {
                assertThat(call.lateResult()).isEqualTo("done");
                ends.late++;
            } else {
                ends.timedOut++;
            }
        } catch (IllegalStateException own) {
            ends.failed++;
        }
    }

    /** Fails with {@code InterruptedException} if an interrupt of ours is taken for somebody else's. */
    @Test
    void noInterruptOfOursOutlivesItsCallAndEveryCallEndsOnce() throws Exception {
        Seen seen = run((random, ends) ->
                count(timeout.timed(() -> work(random), 1 + random.nextInt(LONGEST_LIMIT_NANOS)), ends));

        assertThat(seen.flags()).isZero();
        assertThat(seen.inTime()).isPositive();
        assertThat(seen.late()).isPositive();
        assertThat(seen.timedOut()).isPositive();
        assertThat(seen.failed()).isPositive();
        assertThat(timers.getQueue()).isEmpty();
    }

    @Test
    void noInterruptOfTwoLimitsInsideOfEachOtherOutlivesTheOuterCall() throws Exception {
        Seen seen = run((random, ends) -> {
            int limit = 1 + random.nextInt(LONGEST_LIMIT_NANOS);
            int other = 1 + random.nextInt(LONGEST_LIMIT_NANOS);
            count(
                    timeout.timed(
                            () -> {
                                for (int i = random.nextInt(3); i > 0; i--) {
                                    count(timeout.timed(() -> work(random), other), new Ends());
                                }
                                return work(random);
                            },
                            limit),
                    ends);
        });

        assertThat(seen.flags()).isZero();
        assertThat(seen.timedOut()).isPositive();
        assertThat(timers.getQueue()).isEmpty();
    }
}
