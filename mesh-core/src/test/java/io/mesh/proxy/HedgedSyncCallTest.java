package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.mesh.model.CallOptions;
import io.mesh.model.HedgeConfig;
import io.mesh.model.HedgeSnapshot;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hedged calls that block. */
class HedgedSyncCallTest {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);
    private static final Duration DELAY = Duration.ofMillis(10);

    private final ManualClock clock = new ManualClock();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch firstBegun = new CountDownLatch(1);
    private final CountDownLatch hedgeBegun = new CountDownLatch(1);
    private final CountDownLatch never = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private volatile boolean flagAfterwards;

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    private ServiceProxy orders(Executor executor) {
        return Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .hedgeExecutor(executor)
                .service("orders", s -> s.instances("a:1", "b:1", "c:1")
                        .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                        .hedge(HedgeConfig.builder()
                                .delay(DELAY)
                                .maxExtraLoad(100)
                                .build()))
                .build()
                .service("orders");
    }

    private interface Work {
        Object get() throws Exception;
    }

    /** A call on a thread of its own whose first attempt and hedge do these. */
    private Future<Object> call(ServiceProxy orders, Work first, Work hedge) {
        return threads.submit(() -> {
            try {
                return orders.<Object, Exception>call(IDEMPOTENT, instance -> {
                    if (begun.getAndIncrement() == 0) {
                        firstBegun.countDown();
                        return first.get();
                    }
                    hedgeBegun.countDown();
                    return hedge.get();
                });
            } finally {
                flagAfterwards = Thread.currentThread().isInterrupted();
            }
        });
    }

    private Object waitForEver() throws InterruptedException {
        never.await();
        return "never";
    }

    private static int connections(ServiceProxy orders) {
        return orders.snapshot().instances().stream()
                .mapToInt(i -> i.instance().connections())
                .sum();
    }

    private static long ignored(ServiceProxy orders) {
        return orders.snapshot().instances().stream()
                .mapToLong(i -> i.breaker().ignored())
                .sum();
    }

    private static long failed(ServiceProxy orders) {
        return orders.snapshot().instances().stream()
                .mapToLong(i -> i.breaker().failed())
                .sum();
    }

    @Test
    void aHedgeThatSucceedsFirstInterruptsTheCallingThreadAndNothingIsLeftOfThat() throws Exception {
        ServiceProxy orders = orders(threads);
        Future<Object> call = call(orders, this::waitForEver, () -> "hedge");
        firstBegun.await();

        clock.advance(DELAY);

        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("hedge");
        assertThat(flagAfterwards).isFalse();
        assertThat(connections(orders)).isZero();
        assertThat(ignored(orders)).isEqualTo(1);
        assertThat(failed(orders)).isZero();
        assertThat(orders.snapshot().hedges()).isEqualTo(new HedgeSnapshot(1, 1, 0, DELAY));
    }

    @Test
    void whenTheFirstAttemptWinsTheThreadOfTheHedgeIsInterruptedAndItsLateValueIsClosed() throws Exception {
        ServiceProxy orders = orders(threads);
        CountDownLatch answer = new CountDownLatch(1);
        AtomicInteger closed = new AtomicInteger();
        Future<Object> call = call(
                orders,
                () -> {
                    answer.await();
                    return "first";
                },
                () -> {
                    try {
                        return waitForEver();
                    } catch (InterruptedException interrupted) {
                        return (AutoCloseable) closed::incrementAndGet;
                    }
                });
        firstBegun.await();
        clock.advance(DELAY);
        hedgeBegun.await();
        assertThat(connections(orders)).isEqualTo(2);

        answer.countDown();

        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("first");
        await().untilAsserted(() -> assertThat(connections(orders)).isZero());
        assertThat(closed).hasValue(1);
        assertThat(ignored(orders)).isEqualTo(1);
    }

    @Test
    void aFailureOfTheCallingThreadsAttemptWaitsForTheHedge() throws Exception {
        ServiceProxy orders = orders(threads);
        Future<Object> call = call(
                orders,
                () -> {
                    throw new IOException("failed");
                },
                () -> "hedge");

        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("hedge");
        assertThat(failed(orders)).isEqualTo(1);
    }

    @Test
    void whatTheWorkThrowsComesAsItWasThrown() {
        ServiceProxy orders = orders(threads);
        ExecutionException own = new ExecutionException(new IOException("inside"));

        Throwable thrown = catchThrowable(() -> orders.call(IDEMPOTENT, instance -> {
            throw own;
        }));

        assertThat(thrown).isSameAs(own);
        assertThat(connections(orders)).isZero();
    }

    @Test
    void anInterruptWhileTheHedgeIsWaitedForEndsTheCallWithTheFailureAndKeepsTheFlag() throws Exception {
        ServiceProxy orders = orders(threads);
        IOException own = new IOException("failed");
        CountDownLatch ended = new CountDownLatch(1);
        Thread caller = new Thread(() -> {
            Throwable thrown = catchThrowable(() -> call(orders, own));
            if (thrown == own) {
                flagAfterwards = Thread.currentThread().isInterrupted();
                ended.countDown();
            }
        });
        caller.start();
        hedgeBegun.await();

        caller.interrupt();

        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(flagAfterwards).isTrue();
        await().untilAsserted(() -> assertThat(connections(orders)).isZero());
    }

    private void call(ServiceProxy orders, IOException own) throws Exception {
        orders.<Object, Exception>call(IDEMPOTENT, instance -> {
            if (begun.getAndIncrement() == 0) {
                throw own;
            }
            hedgeBegun.countDown();
            return waitForEver();
        });
    }

    @Test
    void anExecutorThatRefusesMeansNoHedgeAndEverythingIsGivenBack() throws Exception {
        ServiceProxy orders = orders(task -> {
            throw new RejectedExecutionException("full");
        });
        CountDownLatch answer = new CountDownLatch(1);
        Future<Object> call = call(
                orders,
                () -> {
                    answer.await();
                    return "first";
                },
                () -> "hedge");
        firstBegun.await();

        clock.advance(DELAY.multipliedBy(3));

        assertThat(connections(orders)).isEqualTo(1);
        assertThat(orders.snapshot().hedges()).isEqualTo(new HedgeSnapshot(0, 0, 1, DELAY));
        assertThat(orders.snapshot().retryBudget().retries()).isZero();
        answer.countDown();
        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("first");
        assertThat(failed(orders)).isZero();
    }

    @Test
    void withoutAnExecutorABlockingCallIsNotHedged() throws Exception {
        ServiceProxy orders = orders(null);
        CountDownLatch answer = new CountDownLatch(1);
        Future<Object> call = call(
                orders,
                () -> {
                    answer.await();
                    return "first";
                },
                () -> "hedge");
        firstBegun.await();

        clock.advance(DELAY.multipliedBy(3));
        answer.countDown();

        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("first");
        assertThat(begun).hasValue(1);
    }

    @Test
    void manyThreadsThatAreHedgedLeaveNothingUnderWayAndNoInterruptAndCloseWhatNobodyGot() throws Exception {
        ServiceProxy orders = Mesh.builder()
                .hedgeExecutor(threads)
                .service("orders", s -> s.instances("a:1", "b:1", "c:1")
                        .hedge(HedgeConfig.builder()
                                .delay(Duration.ofNanos(20_000))
                                .maxExtraLoad(100)
                                .build()))
                .build()
                .service("orders");
        Queue<AtomicInteger> made = new ConcurrentLinkedQueue<>();
        LongAdder flags = new LongAdder();
        List<Future<?>> callers = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            long seed = t;
            callers.add(threads.submit(() -> {
                SplittableRandom random = new SplittableRandom(seed);
                for (int i = 0; i < 2_000; i++) {
                    long pause = random.nextLong(60_000);
                    boolean fails = random.nextInt(8) == 0;
                    try (AutoCloseable value = orders.call(IDEMPOTENT, instance -> answer(made, pause, fails))) {
                        assertThat(value).isNotNull();
                    } catch (IOException failed) {
                        assertThat(failed).hasMessage("failed");
                    }
                    if (Thread.interrupted()) {
                        flags.increment();
                    }
                }
                return null;
            }));
        }
        for (Future<?> caller : callers) {
            caller.get(2, TimeUnit.MINUTES);
        }

        await().untilAsserted(() -> assertThat(connections(orders)).isZero());
        assertThat(flags.sum()).isZero();
        assertThat(orders.snapshot().hedges().sent()).isPositive();
        await().untilAsserted(() ->
                assertThat(made).allSatisfy(closed -> assertThat(closed).hasValue(1)));
    }

    private static AutoCloseable answer(Queue<AtomicInteger> made, long pause, boolean fails) throws IOException {
        long until = System.nanoTime() + pause;
        while (System.nanoTime() - until < 0 && !Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
        if (fails) {
            throw new IOException("failed");
        }
        AtomicInteger closed = new AtomicInteger();
        made.add(closed);
        return closed::incrementAndGet;
    }
}
