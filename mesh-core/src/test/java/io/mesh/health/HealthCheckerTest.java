package io.mesh.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.MeshLog;
import io.mesh.event.MeshEvent;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HealthSnapshot;
import io.mesh.model.HealthVerdict;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class HealthCheckerTest {

    private static final CheckResult FINE = CheckResult.passed("status 200");
    private static final CheckResult BROKEN = CheckResult.failed("status 503");
    private static final HealthCheckConfig EVERY_TEN_SECONDS =
            HealthCheckConfig.builder().jitter(0).build();
    private static final HealthCheckConfig CHECK_FIRST =
            EVERY_TEN_SECONDS.toBuilder().checkFirst(true).build();
    private static final Duration INTERVAL = EVERY_TEN_SECONDS.interval();

    private final ManualClock clock = new ManualClock();
    private final Map<String, CheckResult> answers = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private final List<MeshEvent> events = new ArrayList<>();
    private final RandomGenerator soonest = () -> 0L;
    private int changes;

    private HealthChecks checks(Scheduler scheduler, RandomGenerator random, Executor threads) {
        return new HealthChecks(clock, scheduler, random, List.of(events::add), threads, (instance, config) -> {
            asked.add(instance.id());
            return answers.getOrDefault(instance.id(), FINE);
        });
    }

    private HealthChecker checker(HealthCheckConfig config) {
        return checker(config, checks(clock, soonest, Runnable::run));
    }

    private HealthChecker checker(HealthCheckConfig config, HealthChecks checks) {
        return new HealthChecker("orders", checks, config, () -> changes++);
    }

    private static InstanceHealth watch(HealthChecker checker, String id) {
        InstanceHealth health = checker.watch(id, () -> ServiceInstance.of(id, "localhost", 80));
        health.begin();
        return health;
    }

    private static HealthVerdict verdict(InstanceHealth health) {
        return health.snapshot().verdict();
    }

    private void checkOnce() {
        clock.advance(INTERVAL);
    }

    @Test
    void oneFailedCheckIsNoVerdictAndThreeInARowAre() {
        InstanceHealth a = watch(checker(EVERY_TEN_SECONDS), "a");
        clock.advance(Duration.ZERO);
        assertThat(verdict(a)).isEqualTo(HealthVerdict.HEALTHY);

        answers.put("a", BROKEN);
        checkOnce();
        answers.put("a", FINE);
        checkOnce();
        answers.put("a", BROKEN);
        checkOnce();
        checkOnce();
        assertThat(a.isHealthy()).isTrue();
        assertThat(changes).isZero();

        checkOnce();

        assertThat(a.isHealthy()).isFalse();
        assertThat(changes).isOne();
    }

    @Test
    void anUnhealthyInstanceIsHealthyAfterTwoPassedChecksInARow() {
        InstanceHealth a = watch(checker(EVERY_TEN_SECONDS), "a");
        answers.put("a", BROKEN);
        clock.advance(INTERVAL.multipliedBy(2));
        assertThat(a.isHealthy()).isFalse();

        answers.put("a", FINE);
        checkOnce();
        answers.put("a", BROKEN);
        checkOnce();
        answers.put("a", FINE);
        checkOnce();
        assertThat(a.isHealthy()).isFalse();

        checkOnce();

        assertThat(a.isHealthy()).isTrue();
        assertThat(changes).isEqualTo(2);
    }

    @Test
    void everyChangeOfAVerdictIsToldInOrderWithItsReason() {
        watch(checker(EVERY_TEN_SECONDS), "a");
        clock.advance(Duration.ZERO);
        answers.put("a", BROKEN);
        clock.advance(INTERVAL.multipliedBy(5));
        answers.put("a", FINE);
        clock.advance(INTERVAL.multipliedBy(5));

        assertThat(events)
                .containsExactly(
                        new MeshEvent.HealthChanged(
                                "orders/a", HealthVerdict.UNKNOWN, HealthVerdict.HEALTHY, "passed a check: status 200"),
                        new MeshEvent.HealthChanged(
                                "orders/a",
                                HealthVerdict.HEALTHY,
                                HealthVerdict.UNHEALTHY,
                                "failed 3 checks in a row: status 503"),
                        new MeshEvent.HealthChanged(
                                "orders/a",
                                HealthVerdict.UNHEALTHY,
                                HealthVerdict.HEALTHY,
                                "passed 2 checks in a row: status 200"));
    }

    @Test
    void aSnapshotSaysWhatTheLastCheckCameToAndWhen() {
        InstanceHealth a = watch(checker(EVERY_TEN_SECONDS), "a");
        assertThat(a.snapshot()).isEqualTo(new HealthSnapshot(HealthVerdict.UNKNOWN, null, null, 0, 0));

        answers.put("a", BROKEN);
        clock.advance(Duration.ofSeconds(14));

        assertThat(a.snapshot())
                .isEqualTo(new HealthSnapshot(HealthVerdict.UNKNOWN, Duration.ofSeconds(4), "status 503", 0, 2));
    }

    @Test
    void noMoreChecksBeginInAnyIntervalThanThereAreInstancesAndTheyAreSpread() {
        int instances = 200;
        Map<String, List<Long>> times = new HashMap<>();
        HealthChecks checks =
                new HealthChecks(clock, clock, new Random(42), List.of(), Runnable::run, (instance, config) -> {
                    times.computeIfAbsent(instance.id(), id -> new ArrayList<>())
                            .add(clock.now());
                    return FINE;
                });
        HealthChecker checker =
                checker(EVERY_TEN_SECONDS.toBuilder().jitter(0.1).build(), checks);
        for (int i = 0; i < instances; i++) {
            watch(checker, "i" + i);
        }
        long begin = clock.now();

        clock.advance(INTERVAL.multipliedBy(20));

        assertThat(times).hasSize(instances);
        assertThat(times.values()).allSatisfy(mine -> {
            assertThat(mine).hasSizeBetween(18, 20); // each is up to a tenth longer
            for (int i = 1; i < mine.size(); i++) {
                assertThat(mine.get(i) - mine.get(i - 1)).isBetween(INTERVAL.toNanos(), INTERVAL.toNanos() * 11 / 10);
            }
        });
        long tenth = INTERVAL.toNanos() / 10;
        for (long at = 0; at < INTERVAL.toNanos(); at += tenth) {
            long from = begin + at;
            long inThatTenth = times.values().stream()
                    .flatMap(List::stream)
                    .filter(time -> time - from >= 0 && time - from < tenth)
                    .count();
            assertThat(inThatTenth).isBetween(5L, 40L); // 20 on the mean
        }
    }

    @Test
    void anIntervalIsLongerByChanceUpToTheJitter() {
        RandomGenerator latest = () -> -1L;
        HealthCheckConfig jittered = EVERY_TEN_SECONDS.toBuilder().jitter(0.5).build();
        watch(checker(jittered, checks(clock, latest, Runnable::run)), "a");
        clock.advance(INTERVAL);
        assertThat(asked).hasSize(1);

        clock.advance(INTERVAL.multipliedBy(3).dividedBy(2).minusMillis(1));
        assertThat(asked).hasSize(1);
        clock.advance(Duration.ofMillis(1));

        assertThat(asked).hasSize(2);
    }

    @Test
    void anInstanceIsCheckedOnceAtATimeHoweverLongItTakes() {
        Queue<Runnable> waiting = new ArrayDeque<>();
        watch(checker(EVERY_TEN_SECONDS, checks(clock, soonest, waiting::add)), "a");

        clock.advance(INTERVAL.multipliedBy(5));
        assertThat(waiting).hasSize(1);
        waiting.remove().run();
        clock.advance(INTERVAL);

        assertThat(waiting).hasSize(1);
        assertThat(asked).containsExactly("a");
    }

    @Test
    void aNewInstanceReceivesCallsAtOnce() {
        InstanceHealth a = watch(checker(EVERY_TEN_SECONDS), "a");

        assertThat(a.isHealthy()).isTrue();
        assertThat(a.isUnproven()).isFalse();
    }

    @Test
    void withCheckFirstANewInstanceIsUnprovenUntilItsFirstGoodCheck() {
        HealthChecker checker = checker(CHECK_FIRST);
        InstanceHealth a = watch(checker, "a");
        checkOnce();
        assertThat(a.isUnproven()).isFalse();

        answers.put("b", BROKEN);
        InstanceHealth b = watch(checker, "b");
        checkOnce();
        assertThat(b.isUnproven()).isTrue();
        answers.put("b", FINE);
        changes = 0;
        checkOnce();

        assertThat(b.isUnproven()).isFalse();
        assertThat(changes).isOne();
    }

    @Test
    void thoseThatPassWhileNobodyElseIsInComeInTogetherOnceEveryFirstCheckHasEnded() {
        Queue<Runnable> waiting = new ArrayDeque<>();
        HealthChecker checker = checker(CHECK_FIRST, checks(clock, soonest, waiting::add));
        InstanceHealth a = watch(checker, "a");
        InstanceHealth b = watch(checker, "b");
        InstanceHealth c = watch(checker, "c");
        answers.put("c", BROKEN);
        clock.advance(INTERVAL);
        assertThat(waiting).hasSize(3);

        waiting.remove().run();
        waiting.remove().run();
        assertThat(asked).containsExactly("a", "b");
        assertThat(a.isUnproven()).isTrue();
        assertThat(changes).isZero();
        waiting.remove().run();

        assertThat(List.of(a.isUnproven(), b.isUnproven(), c.isUnproven())).containsExactly(false, false, true);
        assertThat(changes).isOne();
    }

    @Test
    void oneThatLeavesBeforeItsFirstCheckIsNotWaitedFor() {
        Queue<Runnable> waiting = new ArrayDeque<>();
        HealthChecker checker = checker(CHECK_FIRST, checks(clock, soonest, waiting::add));
        InstanceHealth a = watch(checker, "a");
        InstanceHealth b = watch(checker, "b");
        clock.advance(INTERVAL);
        waiting.remove().run();
        assertThat(a.isUnproven()).isTrue();

        b.end();

        assertThat(a.isUnproven()).isFalse();
        assertThat(changes).isOne();
    }

    @Test
    void aWholeNewListComesInTogetherThoughOthersWereInBefore() {
        Queue<Runnable> waiting = new ArrayDeque<>();
        HealthChecker checker = checker(CHECK_FIRST, checks(clock, soonest, waiting::add));
        InstanceHealth old = watch(checker, "old");
        clock.advance(INTERVAL);
        waiting.remove().run();
        assertThat(old.isUnproven()).isFalse();
        InstanceHealth a = watch(checker, "a");
        InstanceHealth b = watch(checker, "b");
        old.end();

        clock.advance(INTERVAL);
        waiting.remove().run();
        assertThat(a.isUnproven()).isTrue();
        waiting.remove().run();

        assertThat(a.isUnproven()).isFalse();
        assertThat(b.isUnproven()).isFalse();
    }

    @Test
    void besideOthersThoseThatPassAreEarlyUntilAllThatCameWithThemHaveBeenChecked() {
        Queue<Runnable> waiting = new ArrayDeque<>();
        HealthChecker checker = checker(CHECK_FIRST, checks(clock, soonest, waiting::add));
        watch(checker, "old");
        clock.advance(INTERVAL);
        waiting.remove().run();
        InstanceHealth a = watch(checker, "a");
        InstanceHealth b = watch(checker, "b");
        answers.put("b", BROKEN);
        assertThat(a.isEarly()).isFalse();
        clock.advance(INTERVAL.dividedBy(20));
        changes = 0;

        waiting.remove().run();
        assertThat(List.of(a.isUnproven(), b.isUnproven())).containsExactly(true, true);
        assertThat(List.of(a.isEarly(), b.isEarly())).containsExactly(true, false);
        assertThat(changes).isOne();
        waiting.remove().run();

        assertThat(List.of(a.isUnproven(), b.isUnproven())).containsExactly(false, true);
        assertThat(b.isEarly()).isFalse();
        assertThat(changes).isEqualTo(2);
    }

    @Test
    void otherSettingsLeaveTheEarlyEarlyAndTheOthersIn() {
        Queue<Runnable> waiting = new ArrayDeque<>();
        HealthChecker checker = checker(CHECK_FIRST, checks(clock, soonest, waiting::add));
        InstanceHealth old = watch(checker, "old");
        clock.advance(INTERVAL);
        waiting.remove().run();
        InstanceHealth a = watch(checker, "a");
        InstanceHealth b = watch(checker, "b");
        clock.advance(INTERVAL.dividedBy(20));
        waiting.remove().run();

        checker.reconfigure(CHECK_FIRST.toBuilder().path("/up").build());
        List.of(old, a, b).forEach(InstanceHealth::adopt);
        assertThat(List.of(old.isUnproven(), a.isUnproven(), b.isUnproven())).containsExactly(false, true, true);
        assertThat(List.of(a.isEarly(), b.isEarly())).containsExactly(true, false);
        clock.advance(INTERVAL.dividedBy(20));
        waiting.forEach(Runnable::run);

        assertThat(List.of(old.isUnproven(), a.isUnproven(), b.isUnproven())).containsOnly(false);
    }

    @Test
    void settingsThatAreTakenOverLateDoNotUndoNewerOnes() {
        Runnable[] meanwhile = {() -> {}};
        Scheduler scheduler = (task, delay) -> {
            Scheduler.Cancellation scheduled = clock.schedule(task, delay);
            return () -> {
                scheduled.cancel();
                meanwhile[0].run();
            };
        };
        HealthChecker checker = checker(EVERY_TEN_SECONDS, checks(scheduler, soonest, Runnable::run));
        InstanceHealth a = watch(checker, "a");
        meanwhile[0] = () -> {
            meanwhile[0] = () -> {};
            checker.reconfigure(CHECK_FIRST);
            a.adopt();
        };

        checker.reconfigure(EVERY_TEN_SECONDS.toBuilder().path("/up").build());
        a.adopt(); // and while it ends the old checks the others are adopted

        assertThat(a.isUnproven()).isFalse();
        assertThat(clock.scheduled()).isOne();
    }

    @Test
    void anInstanceThatHasLeftIsNotCheckedAndOneOfTheSameIdStartsAnew() {
        HealthChecker checker = checker(EVERY_TEN_SECONDS);
        InstanceHealth a = watch(checker, "a");
        answers.put("a", BROKEN);
        clock.advance(INTERVAL.multipliedBy(2));
        assertThat(a.isHealthy()).isFalse();

        a.end();
        assertThat(clock.scheduled()).isZero();
        asked.clear();
        clock.advance(INTERVAL.multipliedBy(3));
        assertThat(asked).isEmpty();
        assertThat(a.isHealthy()).isFalse();

        assertThat(verdict(watch(checker, "a"))).isEqualTo(HealthVerdict.UNKNOWN);
    }

    @Test
    void anInstanceThatLeavesWhileItIsCheckedHearsNothingOfIt() {
        Queue<Runnable> waiting = new ArrayDeque<>();
        InstanceHealth a = watch(checker(EVERY_TEN_SECONDS, checks(clock, soonest, waiting::add)), "a");
        clock.advance(Duration.ZERO);

        a.end();
        waiting.remove().run();

        assertThat(asked).isEmpty();
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void otherSettingsKeepTheVerdictAndCountAnew() {
        HealthChecker checker = checker(EVERY_TEN_SECONDS);
        InstanceHealth a = watch(checker, "a");
        answers.put("a", BROKEN);
        clock.advance(INTERVAL.multipliedBy(2));
        answers.put("a", FINE);
        checkOnce();
        assertThat(a.snapshot().passed()).isOne();

        Duration shorter = Duration.ofSeconds(2);
        checker.reconfigure(EVERY_TEN_SECONDS.toBuilder().interval(shorter).build());
        a.adopt();
        assertThat(verdict(a)).isEqualTo(HealthVerdict.UNHEALTHY);
        clock.advance(Duration.ZERO);
        assertThat(verdict(a)).isEqualTo(HealthVerdict.UNHEALTHY);
        clock.advance(shorter);

        assertThat(verdict(a)).isEqualTo(HealthVerdict.HEALTHY);
        assertThat(clock.scheduled()).isOne();
    }

    @Test
    void theResultOfACheckUnderOldSettingsChangesNothing() {
        HealthChecker[] checker = new HealthChecker[1];
        InstanceHealth[] a = new InstanceHealth[1];
        HealthCheckConfig once =
                EVERY_TEN_SECONDS.toBuilder().unhealthyThreshold(1).build();
        HealthChecks checks = new HealthChecks(clock, clock, soonest, List.of(), Runnable::run, (instance, config) -> {
            if (config.equals(once)) {
                checker[0].reconfigure(EVERY_TEN_SECONDS);
                a[0].adopt(); // while it is checked
            }
            return BROKEN;
        });
        checker[0] = checker(once, checks);
        a[0] = watch(checker[0], "a");

        clock.advance(Duration.ZERO);

        assertThat(a[0].isHealthy()).isTrue();
        assertThat(a[0].snapshot().failed()).isLessThan(2);
    }

    @Test
    void aResultThatIsTakenOverWhileSettingsChangeChangesNothing() {
        HealthCheckConfig once =
                EVERY_TEN_SECONDS.toBuilder().unhealthyThreshold(1).build();
        HealthChecker[] checker = new HealthChecker[1];
        InstanceHealth[] a = new InstanceHealth[1];
        int[] readings = new int[1];
        Ticker ticker = () -> {
            if (++readings[0] == 2) { // the first is for the begin of the check, this one for the result
                checker[0].reconfigure(EVERY_TEN_SECONDS); // the first check under which is due at once, too
                a[0].adopt();
            }
            return clock.now();
        };
        HealthChecks checks =
                new HealthChecks(ticker, clock, soonest, List.of(), Runnable::run, (instance, config) -> BROKEN);
        checker[0] = checker(once, checks);
        a[0] = checker[0].watch("a", () -> ServiceInstance.of("a", "localhost", 80));
        a[0].begin();

        clock.advance(Duration.ZERO);

        assertThat(a[0].isHealthy()).isTrue();
        assertThat(a[0].snapshot().failed()).isOne();
    }

    @Test
    void withoutSettingsNothingIsCheckedAndVerdictsAreForgotten() {
        HealthChecker checker = checker(EVERY_TEN_SECONDS);
        InstanceHealth a = watch(checker, "a");
        answers.put("a", BROKEN);
        clock.advance(INTERVAL.multipliedBy(2));
        changes = 0;

        checker.reconfigure(null);
        a.adopt();

        assertThat(a.isHealthy()).isTrue();
        assertThat(a.snapshot()).isNull();
        assertThat(changes).isOne();
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void anInstanceInUseStaysInUseWhenCheckFirstIsSwitchedOn() {
        HealthChecker checker = checker(null);
        InstanceHealth a = watch(checker, "a");

        checker.reconfigure(CHECK_FIRST);
        a.adopt();

        assertThat(a.isUnproven()).isFalse();
        assertThat(changes).isZero();
        assertThat(clock.scheduled()).isOne();
    }

    @Test
    void afterTheSchedulerWasShutDownTheLastVerdictHolds() {
        boolean[] shutDown = new boolean[1];
        Scheduler scheduler = (task, delay) -> {
            if (shutDown[0]) {
                throw new RejectedExecutionException("shut down");
            }
            return clock.schedule(task, delay);
        };
        InstanceHealth a = watch(checker(EVERY_TEN_SECONDS, checks(scheduler, soonest, Runnable::run)), "a");
        shutDown[0] = true;

        clock.advance(INTERVAL.multipliedBy(3));

        assertThat(asked).hasSize(1);
        assertThat(verdict(a)).isEqualTo(HealthVerdict.HEALTHY);
    }

    @Test
    void aCheckForWhichThereIsNoThreadSaysNothingAndTheNextIsMade() {
        boolean[] full = {true};
        Executor threads = task -> {
            if (full[0]) {
                throw new RejectedExecutionException("no thread");
            }
            task.run();
        };
        InstanceHealth a = watch(checker(EVERY_TEN_SECONDS, checks(clock, soonest, threads)), "a");
        clock.advance(Duration.ZERO);
        assertThat(verdict(a)).isEqualTo(HealthVerdict.UNKNOWN);
        full[0] = false;

        checkOnce();

        assertThat(verdict(a)).isEqualTo(HealthVerdict.HEALTHY);
    }

    @Test
    void anErrorInACheckSaysNothingAndTheNextIsMade() {
        boolean[] broken = {true};
        OutOfMemoryError error = new OutOfMemoryError("as it were");
        HealthChecks checks = new HealthChecks(clock, clock, soonest, List.of(), Runnable::run, (instance, config) -> {
            if (broken[0]) {
                throw error;
            }
            return FINE;
        });
        InstanceHealth a = watch(checker(EVERY_TEN_SECONDS, checks), "a");
        try (MeshLog log = new MeshLog()) {
            clock.advance(INTERVAL);

            assertThat(log.sentences())
                    .containsExactly(
                            "A health check of a ended in an error, which says nothing about the instance. Said"
                                    + " once.");
            assertThat(log.thrown()).containsExactly(error);
        }
        assertThat(verdict(a)).isEqualTo(HealthVerdict.UNKNOWN);
        broken[0] = false;

        checkOnce();

        assertThat(verdict(a)).isEqualTo(HealthVerdict.HEALTHY);
        assertThat(clock.scheduled()).isOne();
    }
}
