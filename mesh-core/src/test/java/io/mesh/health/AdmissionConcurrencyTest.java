package io.mesh.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.HealthCheckConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdmissionConcurrencyTest {

    private static final HealthCheckConfig CHECK_FIRST =
            HealthCheckConfig.builder().jitter(0).checkFirst(true).build();
    private static final Duration INTERVAL = CHECK_FIRST.interval();

    private final ManualClock clock = new ManualClock();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final AtomicInteger changes = new AtomicInteger();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    private HealthChecker checker(Executor executor) {
        HealthChecks checks = new HealthChecks(
                clock, clock, () -> 0L, List.of(), executor, (instance, config) -> CheckResult.passed("status 200"));
        return new HealthChecker("orders", checks, CHECK_FIRST, changes::incrementAndGet);
    }

    private static InstanceHealth watch(HealthChecker checker, String id) {
        InstanceHealth health = checker.watch(id, () -> ServiceInstance.of(id, "localhost", 80));
        health.begin();
        return health;
    }

    @Test
    void whoHasPassedIsInOnceAllFirstChecksHaveEndedOrTheirInstancesLeftAtTheSameTime() throws Exception {
        int staying = 6;
        int leaving = 2;
        for (int round = 0; round < 2_000; round++) {
            CountDownLatch ended = new CountDownLatch(staying + leaving);
            HealthChecker checker = checker(check -> threads.execute(() -> {
                check.run();
                ended.countDown();
            }));
            List<InstanceHealth> all = new ArrayList<>();
            for (int i = 0; i < staying + leaving; i++) {
                all.add(watch(checker, "i" + i));
            }
            changes.set(0);

            clock.advance(INTERVAL.dividedBy(20)); // all first checks
            all.subList(staying, staying + leaving).forEach(InstanceHealth::end);
            ended.await();

            assertThat(all.subList(0, staying)).noneMatch(InstanceHealth::isUnproven);
            assertThat(changes).hasPositiveValue();
            all.forEach(InstanceHealth::end);
        }
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void settingsAdoptedByManyThreadsLeaveOneScheduleAndNobodyWaitingForAnother() throws Exception {
        HealthChecker checker = checker(Runnable::run);
        InstanceHealth a = watch(checker, "a");
        List<HealthCheckConfig> settings = new ArrayList<>(List.of(
                CHECK_FIRST,
                CHECK_FIRST.toBuilder().path("/up").build(),
                CHECK_FIRST.toBuilder().checkFirst(false).build()));
        settings.add(null);
        CyclicBarrier together = new CyclicBarrier(4);
        List<Future<?>> adopting = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int offset = t;
            adopting.add(threads.submit(() -> {
                together.await();
                for (int i = 0; i < 5_000; i++) {
                    checker.reconfigure(settings.get((i + offset) % settings.size()));
                    a.adopt();
                }
                return null;
            }));
        }
        for (Future<?> one : adopting) {
            one.get();
        }

        checker.reconfigure(CHECK_FIRST);
        a.adopt();
        InstanceHealth b = watch(checker, "b");
        clock.advance(INTERVAL.dividedBy(20));

        assertThat(clock.scheduled()).isEqualTo(2);
        assertThat(a.isUnproven()).isFalse();
        assertThat(b.isUnproven()).isFalse();
    }
}
