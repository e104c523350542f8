package io.mesh.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitException;
import io.mesh.model.ConcurrencyLimitSnapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads do everything at once; afterwards everything adds up. */
class ConcurrencyLimitConcurrencyTest {

    private static final int THREADS = 8;
    private static final int CALLS = 125_000; // each: a million in all
    private static final int MOST = 3;

    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger mostRunning = new AtomicInteger();
    private final LongAdder begun = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final Queue<AtomicInteger> cancelled = new ConcurrentLinkedQueue<>(); // and whether they have begun
    private final AtomicReference<Throwable> fault = new AtomicReference<>();

    @ParameterizedTest
    @ValueSource(ints = {0, 20})
    void afterAMillionCallsEveryPlaceIsFreeAndEveryCallIsCounted(int maxWaitMillis) throws Exception {
        ConcurrencyLimit limit = ConcurrencyLimit.of(
                "payments",
                ConcurrencyLimitConfig.builder()
                        .maxConcurrent(MOST)
                        .maxWait(Duration.ofMillis(maxWaitMillis))
                        .build());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom random = new SplittableRandom(i);
            Thread thread = new Thread(() -> calls(limit, random));
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        await().until(() -> limit.snapshot().waiting() == 0 && limit.snapshot().inFlight() == 0);
        assertThat(fault.get()).isNull();
        assertThat(running).hasValue(0);
        assertThat(mostRunning.get()).isBetween(1, MOST);
        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(MOST, 0, 0, rejected.sum()));
        long neverBegun =
                cancelled.stream().filter(started -> started.get() == 0).count();
        assertThat(begun.sum() + rejected.sum() + neverBegun).isEqualTo((long) THREADS * CALLS);
        assertThat(ended.sum()).isEqualTo(begun.sum());
    }

    private void calls(ConcurrencyLimit limit, SplittableRandom random) {
        try {
            for (int i = 0; i < CALLS; i++) {
                int kind = random.nextInt(8);
                if (kind == 0) {
                    async(limit, random.nextBoolean());
                } else {
                    sync(limit, kind == 1);
                }
            }
        } catch (Throwable thrown) {
            fault.set(thrown);
        }
    }

    private void sync(ConcurrencyLimit limit, boolean fails) {
        try {
            limit.run(() -> {
                enter();
                leave();
                if (fails) {
                    throw new IOException("no");
                }
            });
        } catch (ConcurrencyLimitException full) {
            rejected.increment();
        } catch (IOException failed) {
            assertThat(fails).isTrue();
        }
    }

    private void async(ConcurrencyLimit limit, boolean cancels) {
        AtomicInteger started = new AtomicInteger();
        CompletableFuture<String> future = limit.callAsync(() -> {
            started.set(1);
            enter();
            leave();
            return CompletableFuture.completedFuture("done");
        });
        if (cancels) {
            future.cancel(true);
        }
        future.whenComplete((value, failure) -> {
            if (failure instanceof ConcurrencyLimitException) {
                rejected.increment();
            } else if (failure != null) {
                cancelled.add(started); // a call cancelled at the moment it is started may begin after this
            }
        });
    }

    private void enter() {
        begun.increment();
        int now = running.incrementAndGet();
        mostRunning.accumulateAndGet(now, Math::max);
    }

    private void leave() {
        running.decrementAndGet();
        ended.increment();
    }
}
