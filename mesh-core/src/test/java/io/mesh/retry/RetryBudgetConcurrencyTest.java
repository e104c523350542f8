package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryBudgetSnapshot;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Many threads at one budget: it is never overspent, and at rest everything adds up. */
class RetryBudgetConcurrencyTest {

    private static final int THREADS = 16;
    private static final int OPERATIONS = 1_000_000;

    private final ManualClock clock = new ManualClock();
    private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();

    private RetryBudget budget(double ratio, int minPerSecond) {
        return new RetryBudget(
                "payments",
                new RetryBudgetConfig(ratio, minPerSecond, Duration.ofSeconds(10), true),
                clock,
                new EventQueue(List.of(events::add)),
                null,
                awoken -> {});
    }

    private static void together(Consumer<SplittableRandom> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Future<?>> running = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            long seed = t;
            running.add(threads.submit(() -> {
                start.await();
                work.accept(new SplittableRandom(seed));
                return null;
            }));
        }
        for (Future<?> thread : running) {
            thread.get();
        }
        threads.shutdown();
    }

    @Test
    void ofSixteenThreadsThatTakeFromABalanceOfAHundredNoMoreThanAHundredGetSomething() throws Exception {
        for (int round = 0; round < 200; round++) {
            RetryBudget budget = budget(0, 10);
            LongAdder paid = new LongAdder();

            together(random -> {
                for (int i = 0; i < 20; i++) {
                    budget.failed(); // so that a second is no limit
                    if (budget.withdraw(0) instanceof Withdrawal) {
                        paid.increment();
                    }
                }
            });

            assertThat(paid.sum()).isLessThanOrEqualTo(100);
            assertThat(budget.snapshot())
                    .isEqualTo(new RetryBudgetSnapshot(100 - paid.sum(), paid.sum(), THREADS * 20L - paid.sum()));
        }
    }

    @Test
    void afterAMillionOperationsEverythingAddsUpAndNoMoreWasEverOutThanThereWas() throws Exception {
        RetryBudget budget = budget(0.5, 100);
        for (int i = 0; i < 10_000; i++) {
            budget.succeeded();
            budget.failed();
        }
        clock.advance(Duration.ofSeconds(1));
        LongAdder paid = new LongAdder();
        LongAdder givenBack = new LongAdder();
        LongAdder denied = new LongAdder();
        AtomicLong out = new AtomicLong();
        AtomicLong mostOut = new AtomicLong();

        together(random -> {
            List<Withdrawal> mine = new ArrayList<>();
            for (int i = 0; i < OPERATIONS / THREADS; i++) {
                if (mine.isEmpty() || random.nextInt(5) < 3) {
                    budget.failed();
                    if (budget.withdraw(0) instanceof Withdrawal withdrawal) {
                        paid.increment();
                        mine.add(withdrawal);
                        long now = out.incrementAndGet();
                        mostOut.accumulateAndGet(now, Math::max);
                    } else {
                        denied.increment();
                    }
                } else {
                    Withdrawal withdrawal = mine.remove(random.nextInt(mine.size()));
                    if (random.nextInt(4) == 0 && withdrawal.spend()) {
                        withdrawal.giveBackUnlessSpent();
                    } else {
                        out.decrementAndGet(); // before it is given back, or another may have it first
                        withdrawal.giveBack();
                        givenBack.increment();
                    }
                }
            }
        });

        long spent = paid.sum() - givenBack.sum();
        assertThat(mostOut.get()).isLessThanOrEqualTo(6_000);
        assertThat(out.get()).isEqualTo(spent);
        assertThat(denied.sum()).isPositive();
        assertThat(budget.snapshot()).isEqualTo(new RetryBudgetSnapshot(6_000 - spent, spent, denied.sum()));
        assertThat(events).hasSize(1);
        clock.advance(Duration.ofSeconds(11));
        assertThat(budget.snapshot()).isEqualTo(new RetryBudgetSnapshot(1_000, 0, denied.sum()));
    }

    @Test
    void atWhateverMomentCallsAreCancelledTheyHavePaidForTheAttemptsThatWereMade() throws Exception {
        RetryPolicy retry = RetryPolicy.builder("payments") // waits in the scheduler of the process
                .config(RetryConfig.builder()
                        .maxAttempts(5)
                        .initialDelay(Duration.ofNanos(50_000))
                        .multiplier(1)
                        .budget(RetryBudgetConfig.builder()
                                .minPerSecond(1_000_000)
                                .build())
                        .build())
                .ticker(clock)
                .build();
        LongAdder attempts = new LongAdder();
        LongAdder calls = new LongAdder();

        together(random -> {
            for (int i = 0; i < 2_000; i++) {
                calls.increment();
                CompletableFuture<Object> call = retry.callAsync(() -> {
                    attempts.increment();
                    return CompletableFuture.failedFuture(new IOException("failed"));
                });
                LockSupport.parkNanos(random.nextInt(200_000));
                call.cancel(true);
            }
        });

        await().untilAsserted(
                        () -> assertThat(retry.budget().snapshot().retries()).isEqualTo(attempts.sum() - calls.sum()));
        assertThat(attempts.sum()).isGreaterThan(calls.sum());
    }

    @Test
    void whileTheClockRunsRetriesStayWithinTheRateAndNoneIsRememberedForEver() throws Exception {
        RetryBudget budget = budget(0, 1_000);
        AtomicLong paid = new AtomicLong();

        together(random -> {
            for (int i = 0; i < OPERATIONS / THREADS; i++) {
                budget.failed();
                if (budget.withdraw(0) instanceof Withdrawal withdrawal) {
                    if (random.nextInt(10) == 0) {
                        withdrawal.giveBack();
                    } else {
                        paid.incrementAndGet();
                    }
                }
                if (random.nextInt(1_000) == 0) {
                    clock.advance(Duration.ofMillis(random.nextInt(100)));
                }
            }
        });

        // a time to live looks back on nine to ten tenths of it
        Duration passed = Duration.ofNanos(clock.now() - new ManualClock().now());
        assertThat(paid.get()).isPositive().isLessThanOrEqualTo(10_000 * (passed.toSeconds() / 9 + 1));
        clock.advance(Duration.ofSeconds(11));
        assertThat(budget.snapshot().retries()).isZero();
        assertThat(budget.snapshot().balance()).isEqualTo(10_000);
    }
}
