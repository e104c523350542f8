package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetryScheduled;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.Mode;
import io.mesh.model.RejectedCallException;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceSnapshot;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/** Many threads and breakers that open and close all the time: what is observed leaves no trace in the calls. */
class ObserveConcurrencyTest {

    private static final int THREADS = 16;
    private static final int CALLS_PER_THREAD = 20_000;

    private final ManualClock clock = new ManualClock();
    private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();
    private final LongAdder worked = new LongAdder();
    private final LongAdder succeeded = new LongAdder();
    private final ServiceConfig config = ServiceConfig.builder()
            .instances("a:1", "b:1", "c:1", "d:1")
            .strategy(LoadBalancerStrategy.ROUND_ROBIN)
            .circuitBreaker(CircuitBreakerConfig.builder()
                    .failureThreshold(2)
                    .openTimeout(Duration.ofMillis(20))
                    .build())
            .retry(RetryConfig.builder().budget(RetryBudgetConfig.none()).build())
            .build();
    private final Mesh mesh = Mesh.builder()
            .ticker(clock)
            .sleeper(clock)
            .scheduler(clock)
            .listener(events::add)
            .mode(Mode.OBSERVE)
            .build();

    @Test
    void everyCallIsMadeExactlyOnceAndEverythingAddsUp() throws Exception {
        mesh.update(all -> all.toBuilder().service("orders", config).build());
        ServiceProxy orders = mesh.service("orders");
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> callers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            long seed = t;
            callers.add(threads.submit(() -> makeCalls(orders, new SplittableRandom(seed))));
        }
        for (Future<?> caller : callers) {
            caller.get();
        }
        threads.shutdown();

        ServiceSnapshot snapshot = orders.snapshot();
        long calls = (long) THREADS * CALLS_PER_THREAD;
        assertThat(worked.sum()).isEqualTo(calls);
        assertThat(snapshot.rejected()).isZero();
        assertThat(sum(snapshot, BreakerSnapshot::calls)).isEqualTo(calls);
        assertThat(sum(snapshot, BreakerSnapshot::succeeded)).isEqualTo(succeeded.sum());
        assertThat(sum(snapshot, BreakerSnapshot::rejected)).isPositive().isLessThan(calls);
        assertThat(snapshot.instances()).allSatisfy(instance -> {
            assertThat(instance.instance().connections()).isZero();
            assertThat(instance.breaker().trials()).isZero();
            assertThat(instance.breaker().calls())
                    .as("shared by the strategy alone")
                    .isEqualTo(calls / 4);
        });
        assertThat(events).noneMatch(RetryScheduled.class::isInstance);
        assertThat(orders.served().places().taken()).isEqualTo((int) snapshot.instances().stream()
                .filter(instance -> instance.breaker().state() != CircuitState.CLOSED)
                .count());
    }

    /** Switching to and fro may reject and repeat calls, and must lose none. */
    @Test
    void whileTheModeChangesEveryCallEndsAndEverythingAddsUp() throws Exception {
        mesh.update(all -> all.toBuilder().service("orders", config).build());
        ServiceProxy orders = mesh.service("orders");
        ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
        AtomicBoolean running = new AtomicBoolean(true);
        Future<?> switching = threads.submit(() -> {
            while (running.get()) {
                mesh.update(all -> all.toBuilder()
                        .mode(all.mode() == Mode.ACT ? Mode.OBSERVE : Mode.ACT)
                        .build());
            }
        });
        List<Future<?>> callers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            long seed = t;
            callers.add(threads.submit(() -> makeCalls(orders, new SplittableRandom(seed))));
        }
        for (Future<?> caller : callers) {
            caller.get();
        }
        running.set(false);
        switching.get();
        threads.shutdown();
        mesh.update(all -> all.toBuilder().mode(Mode.OBSERVE).build());

        assertThat(sum(orders.snapshot(), BreakerSnapshot::calls)).isEqualTo(worked.sum());
        assertThat(orders.snapshot().instances()).allSatisfy(instance -> {
            assertThat(instance.instance().connections()).isZero();
            assertThat(instance.breaker().mode()).isEqualTo(Mode.OBSERVE);
        });
        long before = worked.sum();
        makeCalls(orders, new SplittableRandom(1));
        assertThat(worked.sum()).isEqualTo(before + CALLS_PER_THREAD);
    }

    private static long sum(ServiceSnapshot snapshot, ToLongFunction<BreakerSnapshot> count) {
        return snapshot.instances().stream()
                .map(InstanceSnapshot::breaker)
                .mapToLong(count)
                .sum();
    }

    private Void makeCalls(ServiceProxy orders, SplittableRandom random) throws Exception {
        for (int i = 0; i < CALLS_PER_THREAD; i++) {
            boolean fails = random.nextInt(3) == 0;
            if (random.nextInt(50) == 0) {
                clock.advance(Duration.ofMillis(1));
            }
            try {
                if (random.nextBoolean()) {
                    orders.run(CallOptions.idempotent(true), instance -> work(fails));
                } else {
                    CompletableFuture<Object> call = orders.callAsync(CallOptions.idempotent(true), instance -> {
                        work(fails);
                        return CompletableFuture.completedFuture(null);
                    });
                    while (!call.isDone()) {
                        clock.advance(Duration.ofMillis(100)); // a repeated one waits for it
                    }
                    call.get();
                }
            } catch (IOException | ExecutionException | RejectedCallException ended) {
                // as it should be
            }
        }
        return null;
    }

    private void work(boolean fails) throws IOException {
        worked.increment();
        if (fails) {
            throw new IOException("broken");
        }
        succeeded.increment();
    }
}
