package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StuckCallsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final ManualClock clock = new ManualClock();

    @Test
    void callsThatHangOpenTheCircuitBeforeTheyEnd() {
        CircuitBreaker breaker = breaker(TIMEOUT);
        begin(breaker, 5);

        clock.advance(TIMEOUT.minusNanos(1));
        assertThat(breaker.state()).isEqualTo(CLOSED);

        clock.advance(TIMEOUT.dividedBy(2).plusNanos(1));
        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(breaker.snapshot().lastFailures())
                .extracting(BreakerSnapshot.Failure::type)
                .containsOnly("io.mesh.circuitbreaker.StuckCall");
    }

    @Test
    void aCallCountsOnceHoweverLongItHangsAndHoweverItEnds() {
        CircuitBreaker breaker = breaker(TIMEOUT);
        List<Permit> permits = begin(breaker, 3);
        clock.advance(TIMEOUT.multipliedBy(10));
        assertThat(breaker.snapshot().consecutiveFailures()).isEqualTo(3);

        permits.get(0).success();
        permits.get(1).failure(new IllegalStateException());
        permits.get(2).release();

        BreakerSnapshot snapshot = breaker.snapshot();
        assertThat(snapshot.consecutiveFailures()).isEqualTo(3);
        assertThat(snapshot.failed()).isEqualTo(3);
        assertThat(snapshot.calls()).isEqualTo(3);
    }

    @Test
    void callsThatEndInTimeAreNotStuckHoweverManyThereAre() {
        CircuitBreaker breaker = breaker(TIMEOUT);

        for (int i = 0; i < 100; i++) {
            Permit permit = breaker.tryAcquire();
            clock.advance(Duration.ofSeconds(9));
            permit.success();
        }

        assertThat(breaker.snapshot().failed()).isZero();
        assertThat(breaker.snapshot().succeeded()).isEqualTo(100);
    }

    @Test
    void aCallThatHangsIsFoundWhileOthersGoWell() {
        CircuitBreaker breaker = breaker(TIMEOUT);
        begin(breaker, 1);

        for (int second = 0; second < 20; second++) {
            Calls.succeed(breaker);
            clock.advance(Duration.ofSeconds(1));
        }

        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void watchingBeginsAndEndsAsTheSettingsSay() {
        CircuitBreaker breaker = breaker(null);
        assertThat(clock.scheduled()).isZero();

        breaker.reconfigure(config(TIMEOUT));
        assertThat(clock.scheduled()).isEqualTo(1);
        breaker.reconfigure(config(TIMEOUT.plusSeconds(1)));
        assertThat(clock.scheduled()).isEqualTo(1);
        breaker.reconfigure(config(null));
        assertThat(clock.scheduled()).isZero();

        breaker.reconfigure(config(TIMEOUT));
        breaker.retire();
        assertThat(clock.scheduled()).isZero();
    }

    private static List<Permit> begin(CircuitBreaker breaker, int calls) {
        List<Permit> permits = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            permits.add(breaker.tryAcquire());
        }
        return permits;
    }

    private static CircuitBreakerConfig config(Duration stuckCallTimeout) {
        return CircuitBreakerConfig.builder().stuckCallTimeout(stuckCallTimeout).build();
    }

    private CircuitBreaker breaker(Duration stuckCallTimeout) {
        return CircuitBreaker.builder("payments")
                .config(config(stuckCallTimeout))
                .ticker(clock)
                .scheduler(clock)
                .build();
    }
}
