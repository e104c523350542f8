package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.DISABLED;
import static io.mesh.model.CircuitState.FORCED_OPEN;
import static io.mesh.model.CircuitState.HALF_OPEN;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.Mode;
import io.mesh.time.ManualClock;
import io.mesh.time.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdministrationTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final CircuitBreaker breaker = CircuitBreaker.builder("payments")
            .ticker(clock)
            .listener(events::add)
            .build();

    @Test
    void aCircuitForcedOpenStaysOpenUntilItIsReset() {
        Calls.fail(breaker, 3);
        breaker.forceOpen();

        clock.advance(Duration.ofHours(1));

        assertThatThrownBy(() -> breaker.call(() -> "never"))
                .isInstanceOfSatisfying(CircuitOpenException.class, rejection -> {
                    assertThat(rejection.retryAfter()).isEmpty();
                    assertThat(rejection.state()).isEqualTo(FORCED_OPEN);
                })
                .hasMessageStartingWith("Circuit breaker 'payments' is forced open until it is reset");
        assertThat(breaker.isFree()).isFalse();
        assertThat(breaker.isTrialDue(clock.now())).isFalse();
        assertThat(breaker.nanosUntilTrial(clock.now())).isEqualTo(Ticker.FOREVER);
        assertThat(breaker.snapshot().nextTrialIn()).isNull();

        breaker.reset();

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.snapshot().consecutiveFailures()).isZero();
        assertThat(events)
                .containsExactly(
                        new StateChanged("payments", CLOSED, FORCED_OPEN, "forced"),
                        new StateChanged("payments", FORCED_OPEN, CLOSED, "reset"));
    }

    @Test
    void aDisabledBreakerMeasuresAndNeverOpens() {
        breaker.disable();

        for (int i = 0; i < 1_000; i++) {
            assertThat(Calls.fail(breaker)).isTrue();
        }

        assertThat(breaker.state()).isEqualTo(DISABLED);
        assertThat(breaker.isFree()).isTrue();
        assertThat(breaker.snapshot().failed()).isEqualTo(1_000);
        assertThat(breaker.snapshot().consecutiveFailures()).isEqualTo(1_000);
    }

    @Test
    void aDisabledBreakerSaysOncePerRunOfFailuresThatItWouldHaveOpened() {
        breaker.disable();
        int threshold = breaker.config().failureThreshold();
        for (int run = 0; run < 2; run++) {
            for (int i = 0; i < 3 * threshold; i++) {
                assertThat(Calls.fail(breaker)).isTrue();
            }
            breaker.run(() -> {});
        }

        StateChanged would = new StateChanged(
                "payments", DISABLED, DISABLED, "would have opened: " + threshold + " consecutive failures");
        assertThat(events).containsExactly(new StateChanged("payments", CLOSED, DISABLED, "disabled"), would, would);
    }

    @Test
    void doingItTwiceIsOneChange() {
        breaker.disable();
        breaker.disable();
        breaker.forceOpen();
        breaker.forceOpen();
        breaker.reset();
        breaker.reset();

        assertThat(events)
                .containsExactly(
                        new StateChanged("payments", CLOSED, DISABLED, "disabled"),
                        new StateChanged("payments", DISABLED, FORCED_OPEN, "forced"),
                        new StateChanged("payments", FORCED_OPEN, CLOSED, "reset"));
    }

    @Test
    void resettingAClosedCircuitForgetsItsFailuresAndMakesRunningCallsLate() {
        Permit early = breaker.tryAcquire();
        Calls.fail(breaker, 4);

        breaker.reset();
        early.failure(new IOException());
        Calls.fail(breaker, 4);

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.snapshot().consecutiveFailures()).isEqualTo(4);
        assertThat(breaker.snapshot().failed()).isEqualTo(9); // lifetime totals stay
        assertThat(events).isEmpty();
    }

    @Test
    void trialsUnderWayAreLateAfterAChangeByHand() {
        Calls.openAndWait(breaker, clock);
        Permit trial = breaker.tryAcquire();
        Permit another = breaker.tryAcquire();
        breaker.reset();

        trial.failure(new IOException());
        another.success();

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.snapshot().consecutiveFailures()).isZero();
        assertThat(breaker.snapshot().failed()).isEqualTo(6);
    }

    @Test
    void aResetDuringTheOpenTimeCannotDisturbTheNextOpening() {
        Calls.fail(breaker, 5);
        clock.advance(Duration.ofSeconds(20));
        breaker.reset();
        Calls.fail(breaker, 5);

        clock.advance(Duration.ofSeconds(29)); // the first opening would be over

        assertThat(breaker.tryAcquire()).isNull();
    }

    @Test
    void reconfiguringKeepsTheCountAndChangesNoStateByItself() {
        Calls.fail(breaker, 4);

        breaker.reconfigure(CircuitBreakerConfig.builder().failureThreshold(3).build());
        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(events).isEmpty();
        Calls.fail(breaker);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(breaker.config().failureThreshold()).isEqualTo(3);
    }

    @Test
    void aCallRunningWhileReconfiguredCountsOnceAndByTheNewThreshold() {
        Permit running = breaker.tryAcquire();
        Calls.fail(breaker, 2);
        breaker.reconfigure(CircuitBreakerConfig.builder().failureThreshold(3).build());

        running.failure(new IOException());

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(breaker.snapshot().failed()).isEqualTo(3);
    }

    @Test
    void aSuccessRunningWhileReconfiguredResetsTheCount() {
        Permit running = breaker.tryAcquire();
        Calls.fail(breaker, 2);
        breaker.reconfigure(CircuitBreakerConfig.builder().failureThreshold(3).build());

        running.success();

        assertThat(breaker.snapshot().consecutiveFailures()).isZero();
    }

    @Test
    void aBreakerLikeAnotherBeginsAndGoesOnWithItsSettingsAndMode() {
        CircuitBreaker other = CircuitBreaker.builder("other")
                .config(CircuitBreakerConfig.builder().failureThreshold(2).build())
                .mode(Mode.OBSERVE)
                .ticker(clock)
                .build();
        CircuitBreaker like =
                CircuitBreaker.builder("like").ticker(clock).like(other).build();
        assertThat(like.config()).isEqualTo(other.config());
        assertThat(like.mode()).isEqualTo(Mode.OBSERVE);
        Calls.fail(like);

        other.reconfigure(CircuitBreakerConfig.builder().failureThreshold(3).build(), Mode.ACT);
        assertThat(like.config().failureThreshold()).isEqualTo(2);
        like.reconfigureLike(other);
        Calls.fail(like, 2);

        assertThat(like.config()).isEqualTo(other.config());
        assertThat(like.mode()).isEqualTo(Mode.ACT);
        assertThat(like.state()).isEqualTo(OPEN);
        assertThat(other.snapshot().failed()).isZero();
        assertThat(like.current().settings).isSameAs(other.current().settings);
    }

    @Test
    void listenersStayOverReconfiguring() {
        breaker.reconfigure(CircuitBreakerConfig.builder().failureThreshold(1).build());

        Calls.fail(breaker);

        assertThat(events).containsExactly(new StateChanged("payments", CLOSED, OPEN, "1 failure"));
    }

    @Test
    void trialsRunningWhileReconfiguredKeepTheirPlacesAndCount() {
        Calls.openAndWait(breaker, clock);
        Permit first = breaker.tryAcquire();
        Permit second = breaker.tryAcquire();
        breaker.tryAcquire();

        breaker.reconfigure(breaker.config().toBuilder().successThreshold(2).build());
        breaker.reconfigure(CircuitBreakerConfig.defaults());

        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
        assertThat(breaker.tryAcquire()).isNull();
        first.success();
        assertThat(breaker.snapshot().trials()).isEqualTo(2);
        second.success();
        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void aTrialRunningWhileReconfiguredStillOpensTheCircuit() {
        Calls.openAndWait(breaker, clock);
        Permit trial = breaker.tryAcquire();
        breaker.reconfigure(CircuitBreakerConfig.builder()
                .openTimeout(Duration.ofSeconds(5))
                .build());

        trial.failure(new IOException());

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(breaker.nanosUntilTrial(clock.now()))
                .isEqualTo(Duration.ofSeconds(5).toNanos());
    }

    @Test
    void aPlaceLostToAnotherTrialStaysLostThoughTheOpenTimeGrows() {
        breaker.reconfigure(CircuitBreakerConfig.builder().halfOpenMaxCalls(1).build());
        Calls.openAndWait(breaker, clock);
        Permit slow = breaker.tryAcquire();
        clock.advance(Duration.ofSeconds(30));
        Permit another = breaker.tryAcquire();

        breaker.reconfigure(
                CircuitBreakerConfig.builder().openTimeout(Duration.ofHours(1)).build());
        another.success();

        assertThat(breaker.snapshot().trials()).isZero();
        assertThat(breaker.wouldPermit(clock.now())).isTrue();
        slow.success();
        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void aLowerSuccessThresholdDoesNotLeaveTheCircuitHalfOpenWithoutATrialDue() {
        breaker.reconfigure(CircuitBreakerConfig.builder().successThreshold(9).build());
        Calls.openAndWait(breaker, clock);
        Calls.succeed(breaker);
        Calls.succeed(breaker);

        breaker.reconfigure(CircuitBreakerConfig.builder().successThreshold(1).build());
        assertThat(breaker.isTrialDue(clock.now())).isTrue();
        Calls.succeed(breaker);

        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void aNewOpenTimeIsMeasuredFromWhenTheCircuitOpened() {
        Calls.fail(breaker, 5);
        clock.advance(Duration.ofSeconds(4));

        breaker.reconfigure(CircuitBreakerConfig.builder()
                .openTimeout(Duration.ofSeconds(10))
                .build());

        assertThat(breaker.nanosUntilTrial(clock.now()))
                .isEqualTo(Duration.ofSeconds(6).toNanos());
    }

    @Test
    void statesSetByHandSurviveReconfiguring() {
        breaker.forceOpen();
        breaker.reconfigure(CircuitBreakerConfig.defaults());
        assertThat(breaker.state()).isEqualTo(FORCED_OPEN);

        breaker.disable();
        Calls.fail(breaker, 7);
        breaker.reconfigure(CircuitBreakerConfig.defaults());

        assertThat(breaker.state()).isEqualTo(DISABLED);
        assertThat(breaker.snapshot().consecutiveFailures()).isEqualTo(7);
    }

    @Test
    void theSnapshotTellsTheWholeStory() {
        Calls.succeed(breaker);
        Calls.end(breaker, new InterruptedException());
        Calls.fail(breaker, 5);
        clock.advance(Duration.ofSeconds(12));
        Calls.succeed(breaker);

        BreakerSnapshot snapshot = breaker.snapshot();

        assertThat(snapshot.name()).isEqualTo("payments");
        assertThat(snapshot.state()).isEqualTo(OPEN);
        assertThat(snapshot.inState()).isEqualTo(Duration.ofSeconds(12));
        assertThat(snapshot.succeeded()).isEqualTo(1);
        assertThat(snapshot.failed()).isEqualTo(5);
        assertThat(snapshot.ignored()).isEqualTo(1);
        assertThat(snapshot.rejected()).isEqualTo(1);
        assertThat(snapshot.consecutiveFailures()).isZero();
        assertThat(snapshot.trials()).isZero();
        assertThat(snapshot.nextTrialIn()).isEqualTo(Duration.ofSeconds(18));
        assertThat(snapshot.lastFailures())
                .hasSize(5)
                .containsOnly(new BreakerSnapshot.Failure("java.io.IOException", Duration.ofSeconds(12)));
    }

    @Test
    void theSnapshotKeepsTheTenNewestFailuresNewestFirst() {
        breaker.disable();
        for (int i = 0; i < 13; i++) {
            Calls.fail(breaker);
            clock.advance(Duration.ofSeconds(1));
        }

        assertThat(breaker.snapshot().lastFailures())
                .extracting(BreakerSnapshot.Failure::age)
                .containsExactly(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(6),
                        Duration.ofSeconds(7),
                        Duration.ofSeconds(8),
                        Duration.ofSeconds(9),
                        Duration.ofSeconds(10));
    }
}
