package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.HedgeConfig;
import io.mesh.model.HedgeSnapshot;
import io.mesh.model.Jitter;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/**
 * Hundreds of thousands of hedged calls by many threads: attempts end well, fail, are cancelled with their call or never
 * heed that, each at any moment, on any thread, while delays pass. At rest nothing is under way, the budgets agree with
 * what was sent, and every result that nobody got was closed, once.
 */
class HedgeConcurrencyTest {

    private static final int THREADS = 8;
    private static final int CALLS = 400_000;
    private static final int RESERVE = 300_000;

    private final ManualClock clock = new ManualClock(); // stands still, so that nothing is forgotten
    private final Queue<Runnable> delays = new ConcurrentLinkedQueue<>();
    private final Mesh mesh = Mesh.builder()
            .ticker(clock)
            .scheduler((task, delay) -> {
                if (delay == 1_000) { // the delay of a hedge; ticks of the budget do not matter here
                    delays.add(task);
                    return () -> delays.remove(task);
                }
                return () -> {};
            })
            .service("orders", s -> s.instances("a:1", "b:1", "c:1", "d:1")
                    .circuitBreaker(CircuitBreakerConfig.builder()
                            .failureThreshold(Integer.MAX_VALUE)
                            .build())
                    .hedge(HedgeConfig.builder()
                            .delay(Duration.ofNanos(1_000))
                            .maxHedges(2)
                            .maxExtraLoad(60)
                            .build())
                    .retry(RetryConfig.builder()
                            .maxAttempts(2)
                            .initialDelay(Duration.ZERO)
                            .jitter(Jitter.NONE)
                            .abortOn(IllegalArgumentException.class)
                            .retryOnResult(Answer.class, Answer::isUnwanted)
                            .budget(RetryBudgetConfig.builder()
                                    .minPerSecond(RESERVE / 10)
                                    .build())
                            .build()))
            .build();
    private final ServiceProxy orders = mesh.service("orders");
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final Queue<Answer> handedOut = new ConcurrentLinkedQueue<>();
    private final Queue<Stage> open = new ConcurrentLinkedQueue<>();
    private final LongAdder attempts = new LongAdder();
    private final LongAdder ended = new LongAdder();

    /** A result that counts how often it was closed. */
    private static final class Answer implements AutoCloseable {

        private final boolean unwanted;
        private final AtomicInteger closed = new AtomicInteger();

        Answer(boolean unwanted) {
            this.unwanted = unwanted;
        }

        boolean isUnwanted() {
            return unwanted;
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    /** A stage, some of which cannot be cancelled. */
    private static final class Stage extends CompletableFuture<Answer> {

        private final boolean stubborn;

        Stage(boolean stubborn) {
            this.stubborn = stubborn;
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            return !stubborn && super.cancel(mayInterrupt);
        }
    }

    @Test
    void atRestNothingIsUnderWayTheBudgetsAddUpAndWhatNobodyGotWasClosedOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> callers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            long seed = t;
            callers.add(threads.submit(() -> {
                SplittableRandom random = new SplittableRandom(seed);
                for (int i = 0; i < CALLS / THREADS; i++) {
                    call(random);
                    act(random);
                    act(random);
                }
                while (ended.sum() < CALLS || !open.isEmpty() || !delays.isEmpty()) {
                    act(random);
                }
            }));
        }
        for (Future<?> caller : callers) {
            caller.get(3, TimeUnit.MINUTES);
        }
        threads.shutdown();

        assertThat(ended.sum()).as("calls that have ended").isEqualTo(CALLS);
        assertThat(orders.snapshot().instances()).allSatisfy(i -> {
            assertThat(i.instance().connections()).isZero();
            assertThat(i.breaker().trials()).isZero();
        });
        long begun = orders.snapshot().instances().stream()
                .mapToLong(i -> i.breaker().calls())
                .sum();
        assertThat(begun).as("permits given back").isBetween(attempts.sum(), attempts.sum() + CALLS);
        for (Answer answer : handedOut) {
            assertThat(answer.closed).hasValue(0);
            answer.close();
        }
        assertThat(answers).allSatisfy(answer -> assertThat(answer.closed).hasValue(1));
        HedgeSnapshot hedges = orders.snapshot().hedges();
        RetryBudgetSnapshot budget = orders.snapshot().retryBudget();
        assertThat(hedges.sent()).isPositive().isLessThanOrEqualTo(CALLS * 60L / 100);
        assertThat(hedges.won()).isPositive().isLessThan(hedges.sent());
        assertThat(hedges.denied()).isPositive();
        assertThat(attempts.sum()).isEqualTo(CALLS + budget.retries());
        assertThat(budget.balance()).isEqualTo(RESERVE - budget.retries());
    }

    private void call(SplittableRandom random) {
        CompletableFuture<Answer> call = orders.callAsync(CallOptions.idempotent(true), instance -> {
            attempts.increment();
            Stage stage = new Stage(instance.id().equals("a:1"));
            open.add(stage);
            return stage;
        });
        call.whenComplete((answer, failure) -> {
            if (answer != null) {
                handedOut.add(answer);
            }
            ended.increment();
        });
        if (random.nextInt(8) == 0) {
            act(random);
            call.cancel(true);
        }
    }

    private void act(SplittableRandom random) {
        if (random.nextBoolean()) {
            Runnable delay = delays.poll();
            if (delay != null) {
                delay.run();
            }
        }
        Stage stage = open.poll();
        if (stage == null) {
            return;
        }
        switch (random.nextInt(8)) {
            case 0 -> stage.completeExceptionally(new IOException("failed"));
            case 1 -> stage.completeExceptionally(new IllegalArgumentException("fatal"));
            case 2 -> answer(stage, true);
            case 3 -> open.add(stage); // later
            default -> answer(stage, false);
        }
    }

    private void answer(Stage stage, boolean unwanted) {
        Answer answer = new Answer(unwanted);
        if (stage.complete(answer)) {
            answers.add(answer);
        }
    }
}
