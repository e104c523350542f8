package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.FORCED_OPEN;
import static io.mesh.model.CircuitState.HALF_OPEN;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.Mode;
import io.mesh.model.WindowConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A breaker that decides and does not act. */
class ObserveTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final CircuitBreakerConfig config = CircuitBreakerConfig.builder()
            .failureThreshold(3)
            .successThreshold(2)
            .halfOpenMaxCalls(2)
            .openTimeout(Duration.ofSeconds(10))
            .build();
    private final CircuitBreaker breaker = breaker(Mode.OBSERVE);

    private CircuitBreaker breaker(Mode mode) {
        return CircuitBreaker.builder("payments")
                .config(config)
                .mode(mode)
                .ticker(clock)
                .listener(events::add)
                .build();
    }

    @Test
    void aBreakerActsUnlessItIsToldToObserve() {
        assertThat(CircuitBreaker.of("payments", config).mode()).isEqualTo(Mode.ACT);
        assertThat(CircuitBreaker.of("payments", config).snapshot().mode()).isEqualTo(Mode.ACT);
        assertThat(breaker.mode()).isEqualTo(Mode.OBSERVE);
        assertThat(breaker.snapshot().mode()).isEqualTo(Mode.OBSERVE);
    }

    @Test
    void itOpensAndSaysSoAndEveryCallPasses() {
        Calls.fail(breaker, 3);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(events)
                .containsExactly(new StateChanged("payments", CLOSED, OPEN, "3 consecutive failures (only observed)"));
        assertThat(breaker.call(() -> "fine")).isEqualTo("fine");
        assertThat(breaker.callAsync(() -> CompletableFuture.completedFuture("fine")))
                .isCompletedWithValue("fine");
        assertThat(breaker.tryAcquire()).isNotNull();
        assertThat(breaker.isFree()).isTrue();
        assertThat(breaker.wouldPermit(clock.now())).isTrue();
        assertThat(breaker.isTrialDue(clock.now() + config.openTimeout().toNanos()))
                .isFalse();
        assertThat(breaker.nanosUntilTrial(clock.now())).isZero();
    }

    @Test
    void whatItWouldHaveRejectedIsCountedAndChangesNothingButTotals() {
        Calls.fail(breaker, 3);
        for (int i = 0; i < 4; i++) {
            assertThat(Calls.succeed(breaker)).isTrue();
        }
        assertThat(Calls.fail(breaker)).isTrue();
        breaker.tryAcquire().release();
        breaker.tryAcquire().success();
        InterruptedException noEvidence = new InterruptedException();
        assertThat(Calls.end(breaker, noEvidence)).isTrue();

        BreakerSnapshot snapshot = breaker.snapshot();
        assertThat(snapshot.state()).isEqualTo(OPEN);
        assertThat(snapshot.rejected()).isEqualTo(8);
        assertThat(snapshot.succeeded()).isEqualTo(5);
        assertThat(snapshot.failed()).isEqualTo(4);
        assertThat(snapshot.ignored()).isEqualTo(2);
        assertThat(snapshot.nextTrialIn()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void whatItWouldHaveRejectedIsNotInTheWindowOfTheNextTimeItIsClosed() {
        CircuitBreaker counting = CircuitBreaker.builder("payments")
                .config(config.toBuilder()
                        .window(WindowConfig.count(4).withMinimumCalls(2))
                        .successThreshold(1)
                        .build())
                .mode(Mode.OBSERVE)
                .ticker(clock)
                .build();
        Calls.fail(counting, 2);
        Permit wouldBeRejected = counting.tryAcquire();
        Permit another = counting.tryAcquire();
        clock.advance(config.openTimeout());
        Calls.succeed(counting);
        assertThat(counting.state()).isEqualTo(CLOSED);
        Calls.fail(counting);

        wouldBeRejected.result("late");
        another.failure(new IOException("late"));

        assertThat(counting.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(1, 1, 0));
        assertThat(counting.state()).isEqualTo(CLOSED);
        assertThat(counting.snapshot().calls()).isEqualTo(6);
    }

    @Test
    void theFailureOfACallThatItWouldHaveRejectedReachesTheCallerAsItWasThrown() {
        Calls.fail(breaker, 3);
        IOException failure = new IOException("broken");

        Throwable thrown = catchThrowable(() -> breaker.call(() -> {
            throw failure;
        }));

        assertThat(thrown).isSameAs(failure).hasNoSuppressedExceptions();
    }

    @Test
    void afterTheOpenTimeAsManyCallsAreTrialsAsWouldBeAndTheyCloseIt() {
        Calls.openAndWait(breaker, clock);

        Permit first = breaker.tryAcquire();
        Permit second = breaker.tryAcquire();
        Permit third = breaker.tryAcquire(); // no place for this one
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
        assertThat(breaker.snapshot().trials()).isEqualTo(2);
        assertThat(breaker.snapshot().rejected()).isEqualTo(1);
        third.failure(new IOException("seen by nobody"));
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
        first.success();
        second.success();

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(events)
                .extracting(event -> ((StateChanged) event).reason())
                .containsExactly(
                        "3 consecutive failures (only observed)",
                        "open time over (only observed)",
                        "2 trial calls succeeded (only observed)");
    }

    @Test
    void aTrialThatFailsOpensItAgain() {
        Calls.openAndWait(breaker, clock);

        assertThat(Calls.fail(breaker)).isTrue();

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(Calls.succeed(breaker)).isTrue();
        assertThat(breaker.snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void aCircuitForcedOpenRejectsNothingEither() {
        breaker.forceOpen();

        assertThat(Calls.succeed(breaker)).isTrue();

        assertThat(breaker.state()).isEqualTo(FORCED_OPEN);
        assertThat(breaker.snapshot().rejected()).isEqualTo(1);
        assertThat(breaker.isFree()).isTrue();
    }

    @Test
    void duringRecoveryEveryCallPassesAndTheShareThatWouldNotIsCounted() {
        CircuitBreaker recovering = CircuitBreaker.builder("payments")
                .config(config.toBuilder()
                        .recoveryTime(Duration.ofSeconds(10))
                        .successThreshold(1)
                        .build())
                .mode(Mode.OBSERVE)
                .ticker(clock)
                .build();
        Calls.openAndWait(recovering, clock);
        Calls.succeed(recovering);
        assertThat(recovering.state()).isEqualTo(CLOSED);

        for (int i = 0; i < 100; i++) {
            assertThat(Calls.succeed(recovering)).isTrue();
        }

        assertThat(recovering.snapshot().rejected()).isPositive();
    }

    @Test
    void actingBeginsAtOnceWithTheStateThatWasObserved() {
        Calls.fail(breaker, 3);

        breaker.reconfigure(config, Mode.ACT);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(Calls.succeed(breaker)).isFalse();
        assertThat(breaker.isFree()).isFalse();

        breaker.reconfigure(config, Mode.OBSERVE);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(Calls.succeed(breaker)).isTrue();

        breaker.reconfigure(config, Mode.ACT);
        clock.advance(config.openTimeout());

        assertThat(Calls.succeed(breaker)).isTrue();
        assertThat(Calls.succeed(breaker)).isTrue();
        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(events).last().isEqualTo(new StateChanged("payments", HALF_OPEN, CLOSED, "2 trial calls succeeded"));
    }

    @Test
    void otherSettingsLeaveTheMode() {
        breaker.reconfigure(config.toBuilder().failureThreshold(1).build());

        assertThat(breaker.mode()).isEqualTo(Mode.OBSERVE);
        assertThat(breaker.config().failureThreshold()).isEqualTo(1);
    }

    @Test
    void itsFleetHearsOfAChangeOfTheModeSinceItMayKeepCallsOutFromNowOn() {
        List<String> told = new ArrayList<>();
        CircuitBreaker ofFleet = CircuitBreaker.builder("payments")
                .config(config)
                .ejections(new Ejections() {
                    @Override
                    public boolean tryTake() {
                        return true;
                    }

                    @Override
                    public void giveBack() {}

                    @Override
                    public void changed() {
                        told.add("changed");
                    }
                })
                .build();

        ofFleet.reconfigure(config, Mode.ACT);
        assertThat(told).isEmpty();
        ofFleet.reconfigure(config, Mode.OBSERVE);
        assertThat(told).hasSize(1);
    }

    @Test
    void itExplainsThatItOnlyObserves() {
        Calls.fail(breaker, 3);

        assertThat(breaker.explain()).startsWith("""
                        Circuit breaker 'payments' has been open for 0.000 s: 3 consecutive failures.
                        It only observes: every call passes, and those that it would reject are counted as rejected.
                        """);
        breaker.reconfigure(config, Mode.ACT);
        assertThat(breaker.explain()).doesNotContain("observes");
    }

    /** What is measured does not depend on the mode, as long as the same calls reach both. */
    @Test
    void untilItWouldRejectItsStateIsThatOfABreakerThatActs() {
        CircuitBreaker acting = breaker(Mode.ACT);
        SplittableRandom random = new SplittableRandom(42);
        for (int i = 0; i < 10_000; i++) {
            boolean fails = random.nextInt(3) == 0;
            boolean made = Calls.end(acting, fails ? new IOException() : null);
            assertThat(Calls.end(breaker, fails ? new IOException() : null)).isTrue();
            assertThat(breaker.state()).isEqualTo(acting.state());
            assertThat(breaker.snapshot().rejected())
                    .isEqualTo(acting.snapshot().rejected());
            if (!made) {
                clock.advance(Duration.ofSeconds(1));
            }
        }
        assertThat(acting.snapshot().rejected()).isPositive();
    }
}
