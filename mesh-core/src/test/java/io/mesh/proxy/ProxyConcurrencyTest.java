package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.event.MeshEvent;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.Jitter;
import io.mesh.model.RejectedCallException;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceSnapshot;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Many threads, every way a call can end, instances and settings changing meanwhile: everything adds up. */
class ProxyConcurrencyTest {

    private static final int THREADS = 16;
    private static final int CALLS_PER_THREAD = 70_000;
    private static final CircuitBreakerConfig BREAKER = CircuitBreakerConfig.builder()
            .failureThreshold(4)
            .openTimeout(Duration.ofMillis(2))
            .build();

    private final Queue<MeshEvent.StateChanged> changes = new ConcurrentLinkedQueue<>();
    private final LongAdder attempts = new LongAdder();
    private final LongAdder outcomes = new LongAdder();
    private final ServiceConfig config = ServiceConfig.builder()
            .instances("a:1", "b:1", "c:1", "d:1")
            .circuitBreaker(BREAKER)
            .retry(RetryConfig.builder()
                    .initialDelay(Duration.ZERO)
                    .jitter(Jitter.NONE)
                    .build())
            .build();
    private final ManualClock waits = new ManualClock();
    private final Mesh mesh = Mesh.builder()
            .sleeper(nanos -> {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            })
            .scheduler(waits)
            .listener(event -> {
                if (event instanceof MeshEvent.StateChanged change) {
                    changes.add(change);
                }
            })
            .service("orders", s -> {})
            .build();

    @Test
    void atQuiescenceCountsAddUpNothingIsOutstandingAndNoStateWasSkipped() throws Exception {
        mesh.reconfigure(mesh.config().toBuilder().service("orders", config).build());
        ServiceProxy orders = mesh.service("orders");
        ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
        AtomicBoolean running = new AtomicBoolean(true);
        Future<?> changer = threads.submit(() -> changeThings(running));
        List<Future<?>> callers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            long seed = t;
            callers.add(threads.submit(() -> makeCalls(orders, new SplittableRandom(seed))));
        }

        for (Future<?> caller : callers) {
            caller.get();
        }
        running.set(false);
        changer.get();
        threads.shutdown();
        await().until(() -> {
            waits.advance(Duration.ofSeconds(1));
            return waits.scheduled() == 0;
        });

        ServiceSnapshot snapshot = orders.snapshot();
        long recorded = snapshot.instances().stream()
                .map(InstanceSnapshot::breaker)
                .mapToLong(breaker -> breaker.calls())
                .sum();
        assertThat(outcomes.sum()).isEqualTo((long) THREADS * CALLS_PER_THREAD);
        assertThat(recorded).isEqualTo(attempts.sum());
        assertThat(snapshot.instances()).allSatisfy(i -> {
            assertThat(i.instance().connections()).isZero();
            assertThat(i.breaker().trials()).isZero();
        });
        assertThat(orders.served().places().taken()).isEqualTo((int) snapshot.instances().stream()
                .filter(i -> orders.circuitBreaker(i.instance().id()).state() != CircuitState.CLOSED)
                .count());
        assertNoStateWasSkipped();
    }

    private void assertNoStateWasSkipped() {
        Map<String, CircuitState> last = new HashMap<>();
        for (MeshEvent.StateChanged change : changes) {
            assertThat(change.from()).isEqualTo(last.getOrDefault(change.source(), CircuitState.CLOSED));
            last.put(change.source(), change.to());
        }
        assertThat(changes).hasSizeGreaterThan(100);
    }

    private void changeThings(AtomicBoolean running) {
        SplittableRandom random = new SplittableRandom(99);
        while (running.get()) {
            String id = "abcd".charAt(random.nextInt(4)) + ":1";
            mesh.service("orders").loadBalancer().setWeight(id, random.nextInt(1, 4));
            mesh.service("orders").loadBalancer().mark(id, random.nextInt(4) > 0);
            mesh.reconfigure(mesh.config().toBuilder()
                    .service(
                            "orders",
                            config.toBuilder()
                                    .circuitBreaker(BREAKER.toBuilder()
                                            .failureThreshold(random.nextInt(3, 6))
                                            .build())
                                    .build())
                    .build());
            LockSupport.parkNanos(100_000);
        }
    }

    private void makeCalls(ServiceProxy orders, SplittableRandom random) {
        for (int i = 0; i < CALLS_PER_THREAD; i++) {
            if (random.nextInt(4) == 0) {
                callAsync(orders, random);
            } else {
                call(orders, random);
            }
            outcomes.increment();
            if (Thread.interrupted()) {
                assertThat(random).isNotNull();
            }
        }
    }

    private void call(ServiceProxy orders, SplittableRandom random) {
        try {
            orders.callInterruptibly(CallOptions.idempotent(random.nextBoolean()), instance -> {
                attempts.increment();
                switch (random.nextInt(16)) {
                    case 0 -> throw new IOException("failed");
                    case 1 -> throw new ConnectException("refused");
                    case 2 -> throw new AssertionError("wrong");
                    case 3 -> throw new InterruptedException("given up");
                    case 4 -> {
                        Thread.currentThread().interrupt();
                        throw new IOException("interrupted");
                    }
                    default -> {
                        return "well";
                    }
                }
            });
        } catch (IOException | InterruptedException | RejectedCallException failed) {
            assertThat(failed).isNotNull();
        } catch (AssertionError failed) {
            assertThat(failed).hasMessage("wrong");
        }
    }

    private void callAsync(ServiceProxy orders, SplittableRandom random) {
        List<CompletableFuture<String>> stages = new ArrayList<>(2);
        CompletableFuture<String> future = orders.callAsync(CallOptions.idempotent(random.nextBoolean()), instance -> {
            attempts.increment();
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.add(stage);
            switch (random.nextInt(8)) {
                case 0 -> stage.completeExceptionally(new IOException("failed"));
                case 1 -> stage.completeExceptionally(new AssertionError("wrong"));
                case 2 -> throw new IOException("not begun");
                case 3, 4 -> assertThat(stage).isNotDone();
                default -> stage.complete("well");
            }
            return stage;
        });
        if (random.nextBoolean()) {
            future.cancel(true);
        }
        waits.advance(Duration.ofMillis(1));
        future.cancel(true);
        stages.forEach(stage -> stage.complete("late"));
    }
}
