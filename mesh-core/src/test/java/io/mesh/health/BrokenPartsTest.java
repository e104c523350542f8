package io.mesh.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.MeshLog;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HealthVerdict;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks go on though what the mesh was given for them throws. */
class BrokenPartsTest {

    private static final HealthCheckConfig CONFIG =
            HealthCheckConfig.builder().jitter(0).build();
    private static final Duration INTERVAL = CONFIG.interval();
    private static final IllegalStateException BUG = new IllegalStateException("a bug of the user's");

    private final ManualClock clock = new ManualClock();
    private final RandomGenerator soonest = () -> 0L;
    private final AtomicInteger checks = new AtomicInteger();
    private volatile boolean well = true;

    /** Throws at its n-th use, and only then. */
    private static final class Fault {

        private final RuntimeException thrown;
        private final AtomicInteger usesLeft;

        Fault(RuntimeException thrown, int use) {
            this.thrown = thrown;
            this.usesLeft = new AtomicInteger(use);
        }

        void use() {
            if (usesLeft.decrementAndGet() == 0) {
                throw thrown;
            }
        }
    }

    private HealthChecker checker(Ticker ticker, Scheduler scheduler, RandomGenerator random, Executor threads) {
        HealthChecks parts = new HealthChecks(ticker, scheduler, random, List.of(), threads, (instance, config) -> {
            checks.incrementAndGet();
            return well ? CheckResult.passed("status 200") : CheckResult.failed("status 503");
        });
        return new HealthChecker("orders", parts, CONFIG, () -> {});
    }

    private static InstanceHealth watch(HealthChecker checker) {
        InstanceHealth health = checker.watch("a", () -> ServiceInstance.of("a", "localhost", 80));
        health.begin();
        return health;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3}) // for the first check, and after one
    void aRandomGeneratorThatThrowsEndsNoChecks(int use) {
        Fault fault = new Fault(BUG, use);
        RandomGenerator random = () -> {
            fault.use();
            return 0L;
        };
        try (MeshLog log = new MeshLog()) {
            watch(checker(clock, clock, random, Runnable::run));
            clock.advance(INTERVAL.multipliedBy(5));

            assertThat(checks.get()).isBetween(5, 6);
            assertThat(clock.scheduled()).isOne();
            assertThat(log.sentences())
                    .containsExactly(
                            "The random generator of the mesh failed; health checks are spread by another. Said once.");
            assertThat(log.thrown()).containsExactly(BUG);
        }
    }

    @Test
    void whileTheSchedulerThrowsAnotherTakesItsPlace() {
        Fault fault = new Fault(BUG, 1);
        Scheduler scheduler = (task, delay) -> {
            fault.use();
            return clock.schedule(task, delay);
        };
        try (MeshLog log = new MeshLog()) {
            watch(checker(clock, scheduler, soonest, Runnable::run));

            await().until(() -> clock.scheduled() == 1); // by the first check, which was due at once
            assertThat(log.sentences())
                    .containsExactly(
                            "A scheduler failed; what it did not take waits on that of the process. Said once.");
            assertThat(log.thrown()).containsExactly(BUG);
        }
        clock.advance(INTERVAL.multipliedBy(3));

        assertThat(checks).hasValue(4);
    }

    @Test
    void aSchedulerThatThrowsAndRunsTheTaskAllTheSameMakesNoMoreChecks() {
        Fault fault = new Fault(BUG, 1);
        Scheduler scheduler = (task, delay) -> {
            Scheduler.Cancellation taken = clock.schedule(task, delay);
            fault.use();
            return taken;
        };
        try (MeshLog log = new MeshLog()) {
            watch(checker(clock, scheduler, soonest, Runnable::run));
            await().until(() -> clock.scheduled() == 2); // what was taken, and the check after the first
            assertThat(log.sentences()).hasSize(1);
        }

        clock.advance(INTERVAL.multipliedBy(3));

        assertThat(checks).hasValue(4);
        assertThat(clock.scheduled()).isOne();
    }

    @Test
    void aCheckThatEndsAfterItsScheduleAsksForNoOther() {
        AtomicInteger scheduled = new AtomicInteger();
        InstanceHealth[] a = new InstanceHealth[1];
        Scheduler scheduler = (task, delay) -> {
            if (scheduled.incrementAndGet() > 1) {
                throw new RejectedExecutionException("shut down with the mesh");
            }
            return clock.schedule(task, delay);
        };
        HealthChecks parts =
                new HealthChecks(clock, scheduler, soonest, List.of(), Runnable::run, (instance, config) -> {
                    a[0].end();
                    return CheckResult.passed("status 200");
                });
        a[0] = watch(new HealthChecker("orders", parts, CONFIG, () -> {}));

        try (MeshLog log = new MeshLog()) {
            clock.advance(INTERVAL);
            assertThat(log.sentences()).isEmpty();
        }
        assertThat(scheduled).hasValue(1);
    }

    @Test
    void whereNoCheckCanBeScheduledTheNextUpdateBeginsThemAgain() {
        Fault fault = new Fault(new RejectedExecutionException("full"), 4);
        Scheduler scheduler = (task, delay) -> {
            fault.use();
            return clock.schedule(task, delay);
        };
        HealthChecker checker = checker(clock, scheduler, soonest, Runnable::run);
        well = false;
        InstanceHealth a = watch(checker);
        try (MeshLog log = new MeshLog()) {
            clock.advance(INTERVAL.multipliedBy(2));
            assertThat(log.sentences())
                    .containsExactly(
                            "A health check could not be scheduled, so instances keep their last verdicts until"
                                    + " the settings of their service change. Said once.");
        }
        assertThat(a.isHealthy()).isFalse();
        assertThat(clock.scheduled()).isZero();
        well = true;

        checker.reconfigure(CONFIG);
        a.adopt();
        a.adopt();
        clock.advance(INTERVAL);

        assertThat(a.isHealthy()).isTrue();
        assertThat(clock.scheduled()).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3}) // at the begin of a check, for its result, at its end
    void aTickerThatThrowsEndsNoChecks(int use) {
        Fault fault = new Fault(BUG, use);
        Ticker ticker = () -> {
            fault.use();
            return clock.now();
        };
        try (MeshLog log = new MeshLog()) {
            InstanceHealth a = watch(checker(ticker, clock, soonest, Runnable::run));
            clock.advance(INTERVAL.multipliedBy(2));

            assertThat(a.snapshot().verdict()).isEqualTo(HealthVerdict.HEALTHY);
            assertThat(clock.scheduled()).isOne();
            assertThat(log.thrown()).containsExactly(BUG);
        }
    }

    @Test
    void anExecutorThatThrowsEndsNoChecks() {
        Fault fault = new Fault(BUG, 1);
        Executor threads = task -> {
            fault.use();
            task.run();
        };
        try (MeshLog log = new MeshLog()) {
            InstanceHealth a = watch(checker(clock, clock, soonest, threads));
            clock.advance(Duration.ZERO);
            assertThat(checks).hasValue(0);
            clock.advance(INTERVAL);

            assertThat(a.snapshot().verdict()).isEqualTo(HealthVerdict.HEALTHY);
            assertThat(log.sentences()).containsExactly("There is no thread for a health check of a.");
        }
    }

    @Test
    void anInstanceLeavesThoughItsCheckCannotBeCancelled() {
        Scheduler scheduler = (task, delay) -> {
            clock.schedule(task, delay);
            return () -> {
                throw BUG;
            };
        };
        InstanceHealth a = watch(checker(clock, scheduler, soonest, Runnable::run));

        a.end();
        clock.advance(INTERVAL.multipliedBy(3));

        assertThat(checks).hasValue(0);
        assertThat(clock.scheduled()).isZero();
    }
}
