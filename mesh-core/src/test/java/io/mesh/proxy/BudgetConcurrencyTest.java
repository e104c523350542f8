package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.Jitter;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryBudgetSnapshot;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/**
 * A million calls by many threads, blocking and asynchronous, many of which fail or are cancelled: the budget has
 * earned what went well at once, and has paid for what was made again.
 */
class BudgetConcurrencyTest {

    private static final int THREADS = 16;
    private static final int CALLS = 1_000_000;
    private static final int RESERVE = 20_000;

    private final ManualClock clock = new ManualClock(); // stands still, so that nothing is forgotten
    private final Mesh mesh = Mesh.builder()
            .ticker(clock)
            .sleeper(nanos -> {})
            .scheduler(clock)
            .service("orders", s -> s.instances("a:1", "b:1", "c:1")
                    .circuitBreaker(CircuitBreakerConfig.builder()
                            .failureThreshold(Integer.MAX_VALUE)
                            .recordSuccess(IllegalArgumentException.class)
                            .build())
                    .retry(RetryConfig.builder()
                            .initialDelay(Duration.ZERO)
                            .jitter(Jitter.NONE)
                            .abortOn(IllegalArgumentException.class)
                            .retryOnResult(String.class, "unwanted"::equals)
                            .budget(RetryBudgetConfig.builder()
                                    .minPerSecond(RESERVE / 10)
                                    .build())
                            .build()))
            .build();
    private final ServiceProxy orders = mesh.service("orders");
    private final LongAdder wentWellAtOnce = new LongAdder();
    private final LongAdder retries = new LongAdder();

    @Test
    void atRestTheBudgetAgreesWithItsCallers() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> callers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            long seed = t;
            callers.add(threads.submit(() -> {
                SplittableRandom random = new SplittableRandom(seed);
                for (int i = 0; i < CALLS / THREADS; i++) {
                    if (random.nextInt(4) == 0) {
                        callAsync(random);
                    } else {
                        call(random);
                    }
                }
            }));
        }
        for (Future<?> caller : callers) {
            caller.get();
        }
        threads.shutdown();

        RetryBudgetSnapshot budget = orders.snapshot().retryBudget();
        assertThat(orders.served().firstSuccesses()).isEqualTo(wentWellAtOnce.sum());
        assertThat(budget.retries()).isEqualTo(retries.sum()).isPositive().isLessThanOrEqualTo(RESERVE);
        assertThat(budget.balance()).isEqualTo(RESERVE - retries.sum());
        assertThat(budget.denied()).isPositive();
    }

    private void call(SplittableRandom random) {
        int[] attempts = new int[1];
        try {
            orders.call(CallOptions.idempotent(true), instance -> {
                attempts[0]++;
                return switch (random.nextInt(16)) {
                    case 0 -> throw new IOException("failed");
                    case 1 -> throw new IllegalArgumentException("an answer");
                    case 2 -> "unwanted";
                    default -> {
                        countIf(attempts[0] == 1);
                        yield "well";
                    }
                };
            });
        } catch (IOException failed) {
            assertThat(failed).isNotNull();
        } catch (IllegalArgumentException answer) {
            countIf(attempts[0] == 1);
        }
        retries.add(attempts[0] - 1);
    }

    private void countIf(boolean first) {
        if (first) {
            wentWellAtOnce.increment();
        }
    }

    private void callAsync(SplittableRandom random) {
        int[] attempts = new int[1];
        List<CompletableFuture<String>> stages = new ArrayList<>();
        CompletableFuture<String> call = orders.callAsync(CallOptions.idempotent(true), instance -> {
            attempts[0]++;
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.add(stage);
            return stage;
        });
        while (!call.isDone()) {
            CompletableFuture<String> running = stages.get(stages.size() - 1);
            switch (random.nextInt(8)) {
                case 0 -> running.completeExceptionally(new IOException("failed"));
                case 1 -> running.complete("unwanted");
                case 2 -> call.cancel(true);
                default -> {
                    countIf(attempts[0] == 1);
                    running.complete("well");
                }
            }
        }
        retries.add(attempts[0] - 1);
    }
}
