package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.WindowConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimeWindowTest {

    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    private final ManualClock clock = new ManualClock();

    @Test
    void onlyTheCallsOfTheLastTimeCount() {
        CircuitBreaker breaker = breaker(WindowConfig.time(TEN_SECONDS).withMinimumCalls(4));
        succeed(breaker, 6);
        Calls.fail(breaker, 4); // 40 %
        assertThat(breaker.state()).isEqualTo(CLOSED);

        clock.advance(Duration.ofMillis(10_100));
        succeed(breaker, 2);
        Calls.fail(breaker, 1);
        assertThat(breaker.state()).isEqualTo(CLOSED);

        Calls.fail(breaker, 1);
        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void thereAreNeverMoreThanTenPartsInTheWindow() {
        CircuitBreaker breaker = breaker(WindowConfig.time(TEN_SECONDS).withMinimumCalls(11));

        for (int second = 0; second < 100; second++) {
            Calls.fail(breaker);
            assertThat(breaker.snapshot().window().calls()).isLessThanOrEqualTo(10);
            clock.advance(Duration.ofSeconds(1));
        }

        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void afterALongRestOnlyTheNewCallCounts() {
        CircuitBreaker breaker = breaker(WindowConfig.time(TEN_SECONDS));
        Calls.fail(breaker, 3);

        clock.advance(Duration.ofHours(1));
        Calls.fail(breaker);

        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(1, 1, 0));
    }

    @Test
    void afterALongRestAFewFailuresProveNothingAgain() {
        CircuitBreaker breaker = breaker(WindowConfig.time(TEN_SECONDS).withMinimumCalls(10));
        succeed(breaker, 6);
        Calls.fail(breaker, 4); // enough calls, and 40 %

        clock.advance(TEN_SECONDS.multipliedBy(2));
        Calls.fail(breaker, 9);
        assertThat(breaker.state()).isEqualTo(CLOSED);
        Calls.fail(breaker, 1);

        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void aWindowOfTimeThatNeedsOneCallOnlyLooksAtThatCall() {
        CircuitBreaker breaker = breaker(
                WindowConfig.time(Duration.ofSeconds(1)).withMinimumCalls(1).withFailureRateThreshold(100));
        Calls.succeed(breaker);
        clock.advance(Duration.ofSeconds(2));

        Calls.fail(breaker);

        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void aSuccessMayOpenTheCircuitWhenOlderSuccessesHaveLeftTheWindow() {
        CircuitBreaker breaker = breaker(WindowConfig.time(TEN_SECONDS).withMinimumCalls(3));
        succeed(breaker, 20);
        clock.advance(Duration.ofSeconds(5));
        Calls.fail(breaker, 3);
        assertThat(breaker.state()).isEqualTo(CLOSED);

        clock.advance(Duration.ofSeconds(5));
        succeed(breaker, 1);

        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void millionsOfCallsInOnePartAreCounted() {
        CircuitBreaker breaker =
                breaker(WindowConfig.time(Duration.ofSeconds(1)).withFailureRateThreshold(100));

        for (int i = 0; i < 3_000_000; i++) {
            Permit permit = breaker.tryAcquire();
            if (i % 4 == 0) {
                permit.failure(Unlucky.INSTANCE);
            } else {
                permit.success();
            }
        }

        BreakerSnapshot.Window window = breaker.snapshot().window();
        assertThat(window.calls()).isEqualTo(3_000_000);
        assertThat(window.failureRate()).isCloseTo(0.25, within(0.01));
    }

    @Test
    void aWindowOfAnotherLengthKeepsTheCallsThatFitIntoIt() {
        CircuitBreaker breaker = breaker(WindowConfig.time(TEN_SECONDS));
        Calls.fail(breaker, 2);
        clock.advance(Duration.ofSeconds(8));
        Calls.fail(breaker, 3);

        breaker.reconfigure(config(WindowConfig.time(Duration.ofSeconds(5))));
        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(3, 3, 0));
    }

    private CircuitBreaker breaker(WindowConfig window) {
        return CircuitBreaker.of("payments", config(window), clock);
    }

    private static CircuitBreakerConfig config(WindowConfig window) {
        return CircuitBreakerConfig.builder().window(window).build();
    }

    private static void succeed(CircuitBreaker breaker, int times) {
        for (int i = 0; i < times; i++) {
            Calls.succeed(breaker);
        }
    }

    private static final class Unlucky extends RuntimeException {

        private static final long serialVersionUID = 1L;
        private static final Unlucky INSTANCE = new Unlucky();

        private Unlucky() {
            super("no", null, false, false);
        }
    }
}
