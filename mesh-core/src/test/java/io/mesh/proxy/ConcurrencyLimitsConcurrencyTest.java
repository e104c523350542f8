package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitSnapshot;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.Jitter;
import io.mesh.model.RejectedCallException;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceSnapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Many threads call a service with limits that wait, fail, retry, cancel and break; afterwards every place is free. */
class ConcurrencyLimitsConcurrencyTest {

    private static final int THREADS = 8;
    private static final int CALLS = 20_000; // each
    private static final int MOST_OF_SERVICE = 5;
    private static final int MOST_OF_INSTANCE = 2;

    private final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
    private final AtomicInteger mostOfInstance = new AtomicInteger();
    private final AtomicReference<Throwable> fault = new AtomicReference<>();

    @Test
    void neverMoreRunThanMayAndAfterwardsEveryPlaceIsFree() throws Exception {
        try (Mesh mesh = Mesh.builder()
                .service("orders", s -> s.instances("a:1", "b:1", "c:1")
                        .circuitBreaker(CircuitBreakerConfig.builder()
                                .failureThreshold(3)
                                .openTimeout(Duration.ofMillis(1))
                                .build())
                        .retry(RetryConfig.builder()
                                .initialDelay(Duration.ZERO)
                                .jitter(Jitter.NONE)
                                .build())
                        .concurrencyLimit(ConcurrencyLimitConfig.builder()
                                .maxConcurrent(MOST_OF_SERVICE)
                                .maxWait(Duration.ofMillis(5))
                                .build())
                        .instanceConcurrencyLimit(ConcurrencyLimitConfig.builder()
                                .maxConcurrent(MOST_OF_INSTANCE)
                                .build()))
                .build()) {
            ServiceProxy orders = mesh.service("orders");
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                SplittableRandom random = new SplittableRandom(i);
                Thread thread = new Thread(() -> calls(orders, random));
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }

            await().until(() -> isAtRest(orders.snapshot()));
            assertThat(fault.get()).isNull();
            assertThat(mostOfInstance.get()).isBetween(1, MOST_OF_INSTANCE);
        }
    }

    private static boolean isAtRest(ServiceSnapshot orders) {
        ConcurrencyLimitSnapshot ofService = Objects.requireNonNull(orders.concurrencyLimit());
        return ofService.inFlight() == 0
                && ofService.waiting() == 0
                && orders.instances().stream()
                        .map(InstanceSnapshot::concurrencyLimit)
                        .allMatch(limit -> limit != null && limit.inFlight() == 0);
    }

    private void calls(ServiceProxy orders, SplittableRandom random) {
        CallOptions options = CallOptions.idempotent(true);
        try {
            for (int i = 0; i < CALLS; i++) {
                boolean fails = random.nextInt(4) == 0;
                if (random.nextBoolean()) {
                    sync(orders, options, fails);
                } else {
                    CompletableFuture<String> call = orders.callAsync(
                            options, instance -> CompletableFuture.completedFuture(work(instance.id(), fails)));
                    if (random.nextInt(4) == 0) {
                        call.cancel(true);
                    }
                }
            }
        } catch (Throwable thrown) {
            fault.set(thrown);
        }
    }

    private void sync(ServiceProxy orders, CallOptions options, boolean fails) {
        try {
            orders.run(options, instance -> work(instance.id(), fails));
        } catch (IOException | RejectedCallException expected) {
            assertThat(fails || expected instanceof RejectedCallException).isTrue();
        }
    }

    private String work(String instance, boolean fails) throws IOException {
        AtomicInteger mine = running.computeIfAbsent(instance, id -> new AtomicInteger());
        mostOfInstance.accumulateAndGet(mine.incrementAndGet(), Math::max);
        mine.decrementAndGet();
        if (fails) {
            throw new IOException("no");
        }
        return instance;
    }
}
