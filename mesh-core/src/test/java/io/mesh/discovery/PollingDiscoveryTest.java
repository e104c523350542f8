package io.mesh.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.MeshLog;
import io.mesh.model.DiscoveryConfig;
import io.mesh.model.DiscoverySource;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import io.mesh.time.Scheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PollingDiscoveryTest {

    private static final RandomGenerator NEVER_SHORTENED = () -> 0L;
    private static final List<ServiceInstance> A = List.of(ServiceInstance.of("a:1"));

    private final ManualClock clock = new ManualClock();
    private final List<Long> lookups = new ArrayList<>(); // when, in milliseconds from the start
    private final long start = clock.now();
    private boolean fails;
    private final Heard heard = new Heard();

    private static final class Heard implements ServiceDiscovery.Listener {

        final Queue<Object> all = new ConcurrentLinkedQueue<>();

        @Override
        public void found(List<ServiceInstance> instances) {
            all.add(instances);
        }

        @Override
        public void failed(Throwable cause) {
            all.add(cause);
        }
    }

    private static DiscoveryConfig.Builder config() {
        return DiscoveryConfig.of(new DiscoverySource.Named("test", "orders")).toBuilder();
    }

    private PollingDiscovery discovery(DiscoveryConfig.Builder config, RandomGenerator random, Executor threads) {
        return discovery(config, clock, random, threads);
    }

    private PollingDiscovery discovery(
            DiscoveryConfig.Builder config, Scheduler scheduler, RandomGenerator random, Executor threads) {
        PollingDiscovery.Lookup lookup = () -> {
            lookups.add(TimeUnit.NANOSECONDS.toMillis(clock.now() - start));
            if (fails) {
                throw new IOException("down");
            }
            return A;
        };
        return new PollingDiscovery(lookup, config.build(), scheduler, random, threads);
    }

    /** The clock as a scheduler that fails once. */
    private Scheduler throwingOnce(RuntimeException failure) {
        Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>(List.of(failure));
        return (task, delay) -> {
            RuntimeException next = failures.poll();
            if (next != null) {
                throw next;
            }
            return clock.schedule(task, delay);
        };
    }

    @Test
    void looksUpAtOnceAndThenAtEachInterval() {
        PollingDiscovery discovery = discovery(config(), NEVER_SHORTENED, Runnable::run);

        discovery.start(heard);
        clock.advance(Duration.ofSeconds(30));

        assertThat(lookups).containsExactly(0L, 10_000L, 20_000L, 30_000L);
        assertThat(heard.all).containsOnly(A);
    }

    @Test
    void anIntervalIsShortenedByChanceButNeverByMoreThanItsShare() {
        RandomGenerator half = () -> Long.MIN_VALUE; // as a double 0.5
        PollingDiscovery discovery = discovery(config().refreshJitter(0.4), half, Runnable::run);

        discovery.start(heard);
        clock.advance(Duration.ofSeconds(16));

        assertThat(lookups).containsExactly(0L, 8_000L, 16_000L);
    }

    @Test
    void failuresAreRepeatedSoonAndThenMoreAndMoreSeldom() {
        fails = true;
        PollingDiscovery discovery =
                discovery(config().maxBackoff(Duration.ofSeconds(10)), NEVER_SHORTENED, Runnable::run);

        discovery.start(heard);
        clock.advance(Duration.ofSeconds(33));

        assertThat(lookups).containsExactly(0L, 100L, 300L, 700L, 1_500L, 3_100L, 6_300L, 12_700L, 22_700L, 32_700L);
        assertThat(heard.all).hasOnlyElementsOfType(IOException.class).hasSize(10);
    }

    @Test
    void aSuccessEndsTheBackoff() {
        fails = true;
        PollingDiscovery discovery = discovery(config(), NEVER_SHORTENED, Runnable::run);
        discovery.start(heard);
        clock.advance(Duration.ofMillis(300));

        fails = false;
        clock.advance(Duration.ofSeconds(1));
        fails = true;
        clock.advance(Duration.ofSeconds(10));

        assertThat(lookups).startsWith(0L, 100L, 300L, 700L, 10_700L, 10_800L, 11_000L);
    }

    @Test
    void aBackoffNeverOverflows() {
        fails = true;
        PollingDiscovery discovery =
                discovery(config().refreshInterval(Duration.ofSeconds(Long.MAX_VALUE)), NEVER_SHORTENED, Runnable::run);

        discovery.start(heard);
        for (int i = 0; i < 100; i++) {
            discovery.refresh();
        }

        assertThat(lookups).hasSize(101);
        assertThat(clock.scheduled()).isEqualTo(1);
    }

    @Test
    void manyWhoAskForALookupWhileOneIsUnderWayGetOneMore() {
        Queue<Runnable> handed = new ArrayDeque<>();
        AtomicInteger asked = new AtomicInteger();
        PollingDiscovery[] self = new PollingDiscovery[1];
        PollingDiscovery.Lookup lookup = () -> {
            if (asked.incrementAndGet() == 1) {
                self[0].refresh();
                self[0].refresh();
                self[0].refresh();
            }
            return A;
        };
        self[0] = new PollingDiscovery(lookup, config().build(), clock, NEVER_SHORTENED, handed::add);

        self[0].start(heard);
        self[0].refresh();
        assertThat(handed).hasSize(1);
        handed.remove().run();

        assertThat(asked).hasValue(2);
        assertThat(handed).isEmpty();
        assertThat(clock.scheduled()).isEqualTo(1);
    }

    @Test
    void refreshingTakesThePlaceOfTheLookupThatWasDue() {
        PollingDiscovery discovery = discovery(config(), NEVER_SHORTENED, Runnable::run);
        discovery.start(heard);
        clock.advance(Duration.ofSeconds(4));

        discovery.refresh();
        clock.advance(Duration.ofSeconds(10));

        assertThat(lookups).containsExactly(0L, 4_000L, 14_000L);
        assertThat(clock.scheduled()).isEqualTo(1);
    }

    @Test
    void aClosedDiscoveryLooksNoMoreAndLeavesNothingBehind() {
        PollingDiscovery discovery = discovery(config(), NEVER_SHORTENED, Runnable::run);
        discovery.start(heard);

        discovery.close();
        discovery.close();
        discovery.refresh();
        clock.advance(Duration.ofMinutes(1));

        assertThat(lookups).containsExactly(0L);
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void closingWhileALookupIsUnderWayEndsItThere() {
        Queue<Runnable> handed = new ArrayDeque<>();
        PollingDiscovery discovery = discovery(config(), NEVER_SHORTENED, handed::add);
        discovery.start(heard);

        discovery.close();
        handed.remove().run();

        assertThat(lookups).isEmpty();
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void lookupsBlockThreadsOfTheirOwnAndNotTheScheduler() throws InterruptedException {
        CountDownLatch hangs = new CountDownLatch(1);
        Queue<String> threads = new ConcurrentLinkedQueue<>();
        Heard other = new Heard();
        DiscoveryConfig often = config().refreshInterval(Duration.ofMillis(10)).build();
        PollingDiscovery hanging = new PollingDiscovery(
                () -> {
                    threads.add(Thread.currentThread().getName());
                    hangs.await();
                    return A;
                },
                often);
        PollingDiscovery lively = new PollingDiscovery(
                () -> {
                    threads.add(Thread.currentThread().getName());
                    return A;
                },
                often);
        try {
            hanging.start(heard);
            lively.start(other);

            await().until(() -> other.all.size() >= 5);

            assertThat(heard.all).isEmpty();
            assertThat(threads).allMatch(name -> name.startsWith("mesh-discovery-"));
            hangs.countDown();
            await().until(() -> !heard.all.isEmpty());
        } finally {
            hangs.countDown();
            hanging.close();
            lively.close();
        }
    }

    @Test
    void whatALookupThrowsIsToldWhateverItIs() {
        Error bad = new AssertionError("a driver of the user's");
        PollingDiscovery discovery = new PollingDiscovery(
                () -> {
                    throw bad;
                },
                config().build(),
                clock,
                NEVER_SHORTENED,
                Runnable::run);

        discovery.start(heard);
        clock.advance(Duration.ofMillis(100));

        assertThat(heard.all).containsExactly(bad, bad);
    }

    @Test
    void aRandomGeneratorThatThrowsEndsNoLookups() {
        IllegalStateException bug = new IllegalStateException("a generator of the user's");
        RandomGenerator broken = () -> {
            throw bug;
        };
        PollingDiscovery discovery = discovery(config().refreshJitter(0), broken, Runnable::run);
        try (MeshLog log = new MeshLog()) {
            discovery.start(heard);
            clock.advance(Duration.ofSeconds(20));
            discovery.refresh();

            assertThat(lookups).containsExactly(0L, 10_000L, 20_000L, 20_000L);
            assertThat(heard.all).containsOnly(A);
            assertThat(log.sentences())
                    .containsExactly(
                            "The random generator of the mesh failed; look-ups are spread by another. Said once.");
            assertThat(log.thrown()).containsExactly(bug);
        }
    }

    @Test
    void whileTheSchedulerThrowsAnotherTakesItsPlace() {
        IllegalStateException bug = new IllegalStateException("a scheduler of the user's");
        AtomicInteger asked = new AtomicInteger();
        PollingDiscovery.Lookup lookup = () -> {
            asked.incrementAndGet();
            return A;
        };
        DiscoveryConfig often = config().refreshInterval(Duration.ofMillis(10)).build();
        PollingDiscovery discovery =
                new PollingDiscovery(lookup, often, throwingOnce(bug), NEVER_SHORTENED, Runnable::run);
        try (MeshLog log = new MeshLog()) {
            discovery.start(heard);

            await().until(() -> clock.scheduled() == 1); // by the second look-up
            assertThat(asked).hasValue(2);
            assertThat(heard.all).containsOnly(A);
            assertThat(log.sentences())
                    .containsExactly(
                            "A scheduler failed; what it did not take waits on that of the process. Said once.");
            assertThat(log.thrown()).containsExactly(bug);
        } finally {
            discovery.close();
        }
    }

    @Test
    void aSchedulerThatThrowsAndRunsTheTaskAllTheSameMakesNoMoreLookups() {
        AtomicBoolean throwing = new AtomicBoolean(true);
        Scheduler scheduler = (task, delay) -> {
            Scheduler.Cancellation taken = clock.schedule(task, delay);
            if (throwing.getAndSet(false)) {
                throw new IllegalStateException("a scheduler of the user's");
            }
            return taken;
        };
        AtomicInteger asked = new AtomicInteger();
        PollingDiscovery.Lookup lookup = () -> {
            asked.incrementAndGet();
            return A;
        };
        Duration interval = Duration.ofMillis(10);
        DiscoveryConfig often = config().refreshInterval(interval).build();
        PollingDiscovery discovery = new PollingDiscovery(lookup, often, scheduler, NEVER_SHORTENED, Runnable::run);
        try (MeshLog log = new MeshLog()) {
            discovery.start(heard);
            await().until(() -> clock.scheduled() == 2); // what was taken, and the wait after the second look-up
            assertThat(log.sentences()).hasSize(1);

            clock.advance(interval);

            await().untilAsserted(() -> assertThat(clock.scheduled()).isEqualTo(1));
            assertThat(asked).hasValue(3);
        } finally {
            discovery.close();
        }
    }

    @Test
    void whereNoWaitCanBeginThatIsToldAndARefreshLooksUpAgain() {
        RejectedExecutionException shutDown = new RejectedExecutionException("shut down");
        PollingDiscovery discovery = discovery(config(), throwingOnce(shutDown), NEVER_SHORTENED, Runnable::run);
        discovery.start(heard);
        assertThat(heard.all).hasSize(2).contains(A);
        assertThat(heard.all)
                .filteredOn(Throwable.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(IllegalStateException.class, told -> assertThat(told)
                        .hasMessage("No further look-up could be scheduled.")
                        .hasCause(shutDown));

        discovery.refresh();
        clock.advance(Duration.ofSeconds(10));

        assertThat(lookups).containsExactly(0L, 0L, 10_000L);
    }

    static Stream<Throwable> whyThereIsNoThread() {
        return Stream.of(
                new RejectedExecutionException("full"),
                new OutOfMemoryError("unable to create native thread"),
                new IllegalStateException("an executor's bug"));
    }

    @ParameterizedTest
    @MethodSource("whyThereIsNoThread")
    void aThreadThatCannotBeHadIsAFailureAndTheNextTriggerLooksUp(Throwable cause) {
        int[] lacking = {2};
        Executor threads = task -> {
            if (lacking[0]-- > 0) {
                throwAsIs(cause);
            }
            task.run();
        };
        PollingDiscovery discovery = discovery(config().maxBackoff(Duration.ofSeconds(20)), NEVER_SHORTENED, threads);

        discovery.start(heard);
        clock.advance(Duration.ofSeconds(20)); // nor is there one now
        assertThat(heard.all).containsExactly(cause, cause);
        discovery.refresh();

        assertThat(lookups).containsExactly(20_000L);
        assertThat(heard.all).containsExactly(cause, cause, A);
        assertThat(clock.scheduled()).isEqualTo(1);
    }

    private static void throwAsIs(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) cause;
    }

    @Test
    void aListenerThatThrowsEndsNoLookups() {
        ServiceDiscovery.Listener broken = new ServiceDiscovery.Listener() {
            @Override
            public void found(List<ServiceInstance> instances) {
                throw new IllegalStateException("a listener of the user's");
            }

            @Override
            public void failed(Throwable cause) {
                throw new IllegalStateException("a listener of the user's", cause);
            }
        };
        PollingDiscovery discovery = discovery(config(), NEVER_SHORTENED, Runnable::run);
        try (MeshLog log = new MeshLog()) {
            discovery.start(broken);
            clock.advance(Duration.ofMillis(300));
            discovery.refresh();

            assertThat(lookups).containsExactly(0L, 100L, 200L, 300L, 300L);
            assertThat(log.sentences())
                    .hasSize(5)
                    .containsOnly("A listener of discovery failed when it was told of a failure.");
        }
    }

    @Test
    void aWaitThatCannotBeCancelledComesToNothing() {
        Scheduler scheduler = (task, delay) -> {
            clock.schedule(task, delay);
            return () -> {
                throw new IllegalStateException("a scheduler of the user's");
            };
        };
        PollingDiscovery discovery = discovery(config(), scheduler, NEVER_SHORTENED, Runnable::run);
        discovery.start(heard);
        clock.advance(Duration.ofSeconds(4));

        discovery.refresh();
        clock.advance(Duration.ofSeconds(20));
        discovery.close();
        clock.advance(Duration.ofSeconds(20));

        assertThat(lookups).containsExactly(0L, 4_000L, 14_000L, 24_000L);
        assertThat(heard.all).containsOnly(A);
    }

    @Test
    void aFixedListIsToldOnce() {
        try (ServiceDiscovery fixed = ServiceDiscovery.fixed(A)) {
            fixed.start(heard);
        }

        assertThat(heard.all).containsExactly(A);
    }
}
