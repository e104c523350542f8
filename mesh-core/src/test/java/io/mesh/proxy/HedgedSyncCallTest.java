package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.event.MeshEvent.RetryScheduled;
import io.mesh.model.CallOptions;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.HedgeConfig;
import io.mesh.model.HedgeSnapshot;
import io.mesh.model.Jitter;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
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
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

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
    private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();
    private volatile boolean flagAfterwards;
    private volatile Thread caller;

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    private ServiceProxy orders(Executor executor) {
        return orders(executor, s -> {});
    }

    private ServiceProxy orders(Executor executor, Consumer<ServiceConfig.Builder> settings) {
        return Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .listener(events::add)
                .hedgeExecutor(executor)
                .service(
                        "orders",
                        s -> settings.accept(s.instances("a:1", "b:1", "c:1")
                                .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                                .hedge(HedgeConfig.builder()
                                        .delay(DELAY)
                                        .maxExtraLoad(100)
                                        .build())))
                .build()
                .service("orders");
    }

    private interface Work {
        Object get() throws Exception;
    }

    /** A call on a thread of its own whose first attempt and hedge do these. */
    private Future<Object> call(ServiceProxy orders, Work first, Work hedge) {
        return call(orders, IDEMPOTENT, first, hedge);
    }

    private Future<Object> call(ServiceProxy orders, CallOptions options, Work first, Work hedge) {
        return threads.submit(() -> {
            caller = Thread.currentThread();
            try {
                return orders.<Object, Exception>call(options, instance -> {
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

    @Test
    void anInterruptWhileTheHedgeIsWaitedForEndsAlsoACallWhoseWorkWasItselfCancelled() throws Exception {
        ServiceProxy orders = orders(threads);
        CancellationException own = new CancellationException("by the work");
        Future<Object> call = call(
                orders,
                () -> {
                    throw own;
                },
                this::waitForEver);
        hedgeBegun.await();

        caller.interrupt();

        assertThat(catchThrowable(() -> call.get(10, TimeUnit.SECONDS))).hasCause(own);
        assertThat(flagAfterwards).isTrue();
    }

    @Test
    void anInterruptWhileTheHedgeIsWaitedForEndsTheCallWithTheResultThatIsNotWantedAndLeavesItOpen() throws Exception {
        ServiceProxy orders = orders(
                threads,
                s -> s.retry(RetryConfig.builder()
                        .retryOnResult(AutoCloseable.class, result -> true)
                        .build()));
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable unwanted = closed::incrementAndGet;
        Future<Object> call = call(orders, () -> unwanted, this::waitForEver);
        hedgeBegun.await();

        caller.interrupt();

        assertThat(call.get(10, TimeUnit.SECONDS)).isSameAs(unwanted);
        assertThat(closed).hasValue(0);
        assertThat(flagAfterwards).isTrue();
        await().untilAsserted(() -> assertThat(connections(orders)).isZero());
    }

    @Test
    void ofACallThatWasMadeAgainAndIsInterruptedWhileItsHedgeIsWaitedForTheEndIsTold() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        ServiceProxy orders = orders(
                task -> {
                    if (asked.getAndIncrement() == 0) {
                        throw new RejectedExecutionException("full");
                    }
                    threads.execute(task);
                },
                s -> s.retry(RetryConfig.builder()
                        .initialDelay(Duration.ZERO)
                        .jitter(Jitter.NONE)
                        .build()));
        CountDownLatch hedged = new CountDownLatch(1);
        List<IOException> failures = List.of(new IOException("1"), new IOException("2"));
        Future<Object> call = threads.submit(() -> {
            caller = Thread.currentThread();
            return orders.<Object, Exception>call(IDEMPOTENT, instance -> {
                int number = begun.getAndIncrement();
                if (number < 2) {
                    throw failures.get(number);
                }
                hedged.countDown();
                return waitForEver();
            });
        });
        hedged.await();

        caller.interrupt();

        assertThat(catchThrowable(() -> call.get(10, TimeUnit.SECONDS))).hasCause(failures.get(1));
        assertThat(events.stream().filter(event -> !(event instanceof MeshEvent.Hedged)))
                .containsExactly(
                        new RetryScheduled("orders", 1, Duration.ZERO, failures.get(0)),
                        new RetryScheduled("orders", 2, Duration.ZERO, failures.get(1)),
                        new RetriesEnded("orders", 2, "interrupted", failures.get(1)));
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

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of("is full", new RejectedExecutionException("full")),
                Arguments.of("is decorated badly", new IllegalStateException("no context")),
                Arguments.of("can make no thread", new OutOfMemoryError("unable to create native thread")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusals")
    void anExecutorThatRefusesMeansNoHedgeAndEverythingIsGivenBack(String why, Throwable refusal) throws Exception {
        ServiceProxy orders = orders(task -> {
            sneak(refusal);
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
        assertThat(events).as("nothing was sent").containsExactly(new MeshEvent.Hedged("orders", 0, 0, 1));
        answer.countDown();
        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("first");
        assertThat(failed(orders)).isZero();
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void anInstanceToWhichARefusedHedgeWasToGoIsCalledByTheNextAttempt() {
        ServiceProxy orders = orders(
                task -> {
                    throw new RejectedExecutionException("full");
                },
                s -> s.instances("a:1", "b:1"));
        List<String> called = new ArrayList<>();

        String result = orders.call(IDEMPOTENT, instance -> {
            called.add(instance.id());
            if (called.size() == 1) {
                throw new UncheckedIOException(new ConnectException("not sent"));
            }
            return "well";
        });

        assertThat(result).isEqualTo("well");
        assertThat(called).containsExactlyInAnyOrder("a:1", "b:1");
    }

    @Test
    void noHedgeRunsOnTheThreadThatAsksForIt() throws Exception {
        ServiceProxy orders = orders(Runnable::run);
        CountDownLatch answer = new CountDownLatch(1);
        Future<Object> call = call(
                orders,
                () -> {
                    answer.await();
                    return "first";
                },
                () -> "hedge");
        firstBegun.await();

        clock.advance(DELAY.multipliedBy(3)); // by this thread

        assertThat(begun).hasValue(1);
        assertThat(orders.snapshot().hedges()).isEqualTo(new HedgeSnapshot(0, 0, 1, DELAY));
        answer.countDown();
        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("first");
    }

    @Test
    void aHedgeThatWaitsForAThreadUntilItsTimeIsUpWasNotSent() throws Exception {
        Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
        ServiceProxy orders = orders(
                queue::add,
                s -> s.retry(RetryConfig.builder()
                        .maxAttempts(1)
                        .attemptTimeout(DELAY.multipliedBy(2))
                        .build()));
        Future<Object> call = call(orders, this::waitForEver, () -> "hedge");
        firstBegun.await();
        clock.advance(DELAY);
        assertThat(queue).hasSize(1);
        assertThat(orders.snapshot().hedges()).isEqualTo(new HedgeSnapshot(0, 0, 0, DELAY));

        clock.advance(DELAY.multipliedBy(2));

        Throwable thrown = catchThrowable(() -> call.get(10, TimeUnit.SECONDS));
        assertThat(thrown).hasCauseInstanceOf(CallTimeoutException.class);
        assertThat(failed(orders)).as("that of the first attempt").isEqualTo(1);
        assertThat(ignored(orders)).isEqualTo(1);
        assertThat(connections(orders)).isZero();
        assertThat(orders.snapshot().hedges()).isEqualTo(new HedgeSnapshot(0, 0, 1, DELAY));
        assertThat(orders.snapshot().retryBudget().retries()).isZero();
        queue.forEach(Runnable::run);
        assertThat(begun).as("it never begins").hasValue(1);
    }

    @Test
    void aHedgeThatAnExecutorHasDroppedIsWaitedForNoLongerThanTheCallMayTake() throws Exception {
        CountDownLatch dropped = new CountDownLatch(1);
        ServiceProxy orders = orders(task -> dropped.countDown());
        IOException own = new IOException("failed");
        Future<Object> call = call(
                orders,
                IDEMPOTENT.withTimeout(Duration.ofMillis(50)),
                () -> {
                    throw own;
                },
                () -> "hedge");
        dropped.await();
        assertThat(call.isDone()).isFalse();

        clock.advance(Duration.ofMillis(50));

        Throwable thrown = catchThrowable(() -> call.get(10, TimeUnit.SECONDS));
        assertThat(thrown).hasCause(own);
        assertThat(connections(orders)).isZero();
    }

    @Test
    void aHedgeThatHasBegunIsWaitedForThoughTheTimeForAttemptsIsOver() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        ServiceProxy orders = orders(threads);
        Future<Object> call = call(
                orders,
                IDEMPOTENT.withTimeout(Duration.ofMillis(1)),
                () -> {
                    throw new IOException("failed");
                },
                () -> {
                    answer.await();
                    return "hedge";
                });
        hedgeBegun.await();

        clock.advance(Duration.ofMillis(5));
        answer.countDown();

        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("hedge");
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
