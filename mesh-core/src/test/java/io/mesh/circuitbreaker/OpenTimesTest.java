package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.HALF_OPEN;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.DelayHint;
import io.mesh.model.WindowConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class OpenTimesTest {

    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(30);

    private final ManualClock clock = new ManualClock();
    private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();

    @Test
    void aCircuitStaysOpenLongerEachTimeATrialFails() {
        CircuitBreaker breaker = breaker(
                CircuitBreakerConfig.builder().openTimeoutMultiplier(2).maxOpenTimeout(Duration.ofSeconds(100)));
        Calls.fail(breaker, 5);

        List<Long> seconds = new ArrayList<>();
        for (int opening = 0; opening < 4; opening++) {
            seconds.add(openTime(breaker).toSeconds());
            clock.advance(openTime(breaker));
            Calls.fail(breaker);
        }

        assertThat(seconds).containsExactly(30L, 60L, 100L, 100L);
    }

    @Test
    void anOpenTimeThatWouldOverflowIsTheMost() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder().openTimeoutMultiplier(1e300));
        Calls.fail(breaker, 5);

        for (int opening = 0; opening < 5; opening++) {
            clock.advance(openTime(breaker));
            Calls.fail(breaker);
            assertThat(openTime(breaker)).isEqualTo(Duration.ofMinutes(5));
        }
    }

    @Test
    void anOpeningIsForgottenForEachOpenTimeoutSpentClosed() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder().openTimeoutMultiplier(2));
        Calls.fail(breaker, 5);
        reopen(breaker);
        reopen(breaker);
        assertThat(openTime(breaker)).isEqualTo(OPEN_TIMEOUT.multipliedBy(4)); // the third
        close(breaker);

        clock.advance(OPEN_TIMEOUT.multipliedBy(2).minusNanos(1)); // one forgotten, not yet two
        Calls.fail(breaker, 5);
        assertThat(openTime(breaker)).isEqualTo(OPEN_TIMEOUT.multipliedBy(4));

        close(breaker);
        clock.advance(OPEN_TIMEOUT.multipliedBy(1_000));
        Calls.fail(breaker, 5);
        assertThat(openTime(breaker)).isEqualTo(OPEN_TIMEOUT);
    }

    @Test
    void aResetForgetsAllOpenings() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder().openTimeoutMultiplier(2));
        Calls.fail(breaker, 5);
        reopen(breaker);
        breaker.reset();
        Calls.fail(breaker, 5);
        assertThat(openTime(breaker)).isEqualTo(OPEN_TIMEOUT);

        close(breaker);
        breaker.reset();
        Calls.fail(breaker, 5);
        assertThat(openTime(breaker)).isEqualTo(OPEN_TIMEOUT);
    }

    @Test
    void jitterIsDrawnOnceForAnOpeningAndInsideTheMost() {
        CircuitBreaker breaker =
                breaker(CircuitBreakerConfig.builder().openTimeoutJitter(0.5).maxOpenTimeout(Duration.ofSeconds(36)));
        int[] bins = new int[10];
        int atTheMost = 0;
        int openings = 10_000;

        for (int i = 0; i < openings; i++) {
            Calls.fail(breaker, 5);
            Duration time = openTime(breaker);
            assertThat(openTime(breaker)).isEqualTo(time);
            assertThat(time).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(36));
            bins[(int) Math.min(9, time.minusSeconds(15).toMillis() * 10 / 21_000)]++;
            atTheMost += time.equals(Duration.ofSeconds(36)) ? 1 : 0;
            breaker.reset();
        }

        double chiSquare = 0;
        for (int bin : bins) {
            chiSquare += Math.pow(bin - openings / 10.0, 2) / (openings / 10.0);
        }
        assertThat(chiSquare).as("of 10 bins, p = 1e-6").isLessThan(44.8);
        assertThat(atTheMost).isLessThan(openings / 1_000);
    }

    @Test
    void anOpenTimeoutOfAlmostForEverIsNoError() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .openTimeout(Duration.ofSeconds(Long.MAX_VALUE))
                .openTimeoutMultiplier(3)
                .openTimeoutJitter(1)
                .eagerHalfOpen(true));
        Calls.fail(breaker, 5);

        clock.advance(Duration.ofDays(1_000));

        assertThat(Calls.succeed(breaker)).isFalse();
        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void aFailureThatSaysWhenToComeAgainKeepsTheCircuitOpenForAtLeastThatLong() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder());
        Calls.fail(breaker, 4);
        Calls.end(breaker, new Busy(Duration.ofSeconds(40)));
        assertThat(openTime(breaker)).isEqualTo(Duration.ofSeconds(40));

        clock.advance(Duration.ofSeconds(40));
        Calls.end(breaker, new Busy(Duration.ofSeconds(1)));
        assertThat(openTime(breaker)).as("never shorter").isEqualTo(OPEN_TIMEOUT);

        clock.advance(OPEN_TIMEOUT);
        Calls.end(breaker, new Busy(Duration.ofDays(1)));
        assertThat(openTime(breaker)).as("never beyond the most").isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void aTimerMakesTheCircuitHalfOpenIfThatIsWanted() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder().eagerHalfOpen(true));
        Calls.fail(breaker, 5);
        clock.advance(OPEN_TIMEOUT.minusNanos(1));
        assertThat(breaker.state()).isEqualTo(OPEN);

        clock.advance(Duration.ofNanos(1));

        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
        assertThat(events).last().isEqualTo(new StateChanged("payments", OPEN, HALF_OPEN, "open time over"));
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void withoutThatWishNothingIsScheduled() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder());

        Calls.fail(breaker, 5);

        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aTimerOfAnOpeningThatHasEndedDoesNothingToTheNext() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder().eagerHalfOpen(true));
        Calls.fail(breaker, 5);
        clock.advance(Duration.ofSeconds(10));
        breaker.reset();
        assertThat(clock.scheduled()).isZero();
        Calls.fail(breaker, 5);

        clock.advance(Duration.ofSeconds(20)); // when the first would have been due
        assertThat(breaker.state()).isEqualTo(OPEN);

        clock.advance(Duration.ofSeconds(10));
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
    }

    @Test
    void aTimerThatIsNoLongerWantedIsTakenBack() {
        CircuitBreakerConfig.Builder settings = CircuitBreakerConfig.builder().eagerHalfOpen(true);
        CircuitBreaker breaker = breaker(settings);
        Calls.fail(breaker, 5);

        breaker.reconfigure(settings.eagerHalfOpen(false).build());

        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aTimerFollowsAnOpenTimeThatIsChangedWhileOpen() {
        CircuitBreakerConfig.Builder settings = CircuitBreakerConfig.builder().eagerHalfOpen(true);
        CircuitBreaker breaker = breaker(settings);
        Calls.fail(breaker, 5);

        breaker.reconfigure(settings.openTimeout(Duration.ofSeconds(60)).build());
        clock.advance(Duration.ofSeconds(59));
        assertThat(breaker.state()).isEqualTo(OPEN);
        clock.advance(Duration.ofSeconds(1));
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);

        Calls.fail(breaker);
        breaker.reconfigure(settings.openTimeout(Duration.ofSeconds(5)).build());
        clock.advance(Duration.ofSeconds(5));
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aSilentTrialLosesItsPlaceAfterTheTrialTimeout() {
        CircuitBreaker breaker =
                breaker(CircuitBreakerConfig.builder().halfOpenMaxCalls(1).trialTimeout(Duration.ofSeconds(2)));
        Calls.openAndWait(breaker, clock);
        assertThat(breaker.tryAcquire()).isNotNull();
        clock.advance(Duration.ofSeconds(2).minusNanos(1));
        assertThat(breaker.tryAcquire()).isNull();

        clock.advance(Duration.ofNanos(1));

        assertThat(breaker.tryAcquire()).isNotNull();
    }

    @Test
    void afterHalfOpenAQuarterOfTheCallsPassesThenAHalfThenAll() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder().recoveryTime(Duration.ofSeconds(10)));
        Calls.fail(breaker, 5);
        close(breaker);

        assertThat(passedOf(breaker, 100)).isEqualTo(25);
        clock.advance(Duration.ofSeconds(5));
        assertThat(passedOf(breaker, 100)).isEqualTo(50);
        clock.advance(Duration.ofSeconds(5));
        assertThat(passedOf(breaker, 100)).isEqualTo(100);

        assertThat(breaker.snapshot().rejected()).isEqualTo(125);
        assertThat(events).last().isEqualTo(new StateChanged("payments", HALF_OPEN, CLOSED, "2 trial calls succeeded"));
    }

    @Test
    void failuresWhileItRecoversOpenTheCircuitAgain() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder().recoveryTime(Duration.ofSeconds(10)));
        Calls.fail(breaker, 5);
        close(breaker);

        Calls.fail(breaker, 5 * 4 - 4);
        assertThat(breaker.state()).isEqualTo(CLOSED);
        Calls.fail(breaker, 1); // the fifth that passes

        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void aCallUnderWayWhenTheRecoveryEndsStillCounts() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder().recoveryTime(Duration.ofSeconds(10)));
        Calls.fail(breaker, 5);
        close(breaker);
        Permit permit = breaker.tryAcquire();
        clock.advance(Duration.ofSeconds(10));
        Calls.fail(breaker, 4);

        permit.failure(new IllegalStateException());

        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void aBreakerExplainsItsWindowAndThatItRecovers() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recoveryTime(Duration.ofSeconds(10))
                .window(WindowConfig.time(Duration.ofSeconds(20))
                        .withMinimumCalls(4)
                        .withSlowCalls(Duration.ofSeconds(1), 33.3)));
        Calls.fail(breaker, 4);
        close(breaker);

        assertThat(breaker.explain()).isEqualTo("""
                Circuit breaker 'payments' has been closed for 0.000 s: 2 trial calls succeeded.
                The last failures: 4 × java.io.IOException, 30.000 s ago.
                Only a share of the calls passes for another 10.000 s. It opens when 50 % of the calls of the last \
                20.000 s fail, or 33.3 % take longer than 1.000 s, once there are 4; there are 0, 0 failed, 0 slow.""");
    }

    @Test
    void aBreakerExplainsItself() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder().openTimeoutMultiplier(2));
        assertThat(breaker.explain()).isEqualTo("""
                Circuit breaker 'payments' has been closed for 0.000 s: new.
                It opens after 5 failures in a row; there are 0.""");

        Calls.fail(breaker, 5);
        clock.advance(Duration.ofMillis(1_500));
        assertThat(breaker.explain()).isEqualTo("""
                Circuit breaker 'payments' has been open for 1.500 s: 5 consecutive failures.
                The last failures: 5 × java.io.IOException, 1.500 s ago.
                A trial call may pass in 28.500 s; 2 trial calls that succeed close it, one that fails opens it again \
                for 60.000 s.""");

        breaker.forceOpen();
        assertThat(breaker.explain()).contains("has been forced open", "until reset() or disable() is called");
        breaker.disable();
        assertThat(breaker.explain()).contains("disabled", "It would open after 5 failures in a row");
    }

    private CircuitBreaker breaker(CircuitBreakerConfig.Builder config) {
        return CircuitBreaker.builder("payments")
                .config(config.build())
                .ticker(clock)
                .scheduler(clock)
                .random(new Random(42))
                .listener(events::add)
                .build();
    }

    private Duration openTime(CircuitBreaker breaker) {
        return breaker.snapshot().inState().plus(breaker.snapshot().nextTrialIn());
    }

    private void reopen(CircuitBreaker breaker) {
        clock.advance(breaker.snapshot().nextTrialIn());
        Calls.fail(breaker);
        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    private void close(CircuitBreaker breaker) {
        clock.advance(breaker.snapshot().nextTrialIn());
        Calls.succeed(breaker);
        Calls.succeed(breaker);
        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    private static int passedOf(CircuitBreaker breaker, int calls) {
        int passed = 0;
        for (int i = 0; i < calls; i++) {
            passed += Calls.succeed(breaker) ? 1 : 0;
        }
        return passed;
    }

    private static final class Busy extends RuntimeException implements DelayHint {

        private static final long serialVersionUID = 1L;
        private final transient Duration until;

        private Busy(Duration until) {
            this.until = until;
        }

        @Override
        public Optional<Duration> retryAfter() {
            return Optional.of(until);
        }
    }
}
