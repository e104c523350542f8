package io.mesh.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.LateResult;
import io.mesh.model.Mode;
import io.mesh.model.TimeoutConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A limit that looks on. */
class TimeoutObserveTest {

    private static final Duration LIMIT = Duration.ofMillis(50);

    private final ManualClock clock = new ManualClock();
    private final List<Duration> told = new ArrayList<>();
    private final Timeout timeout = Timeout.builder("stock")
            .config(new TimeoutConfig(LIMIT, LateResult.FAIL))
            .mode(Mode.OBSERVE)
            .scheduler(clock)
            .overtime(told::add)
            .build();

    @AfterEach
    void nothingIsLeftInTheScheduler() {
        assertThat(clock.scheduled()).isZero();
    }

    private String late() {
        clock.advance(Duration.ofMillis(80));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        return "apple";
    }

    @Test
    void aCallThatIsDoneInTimeIsNotTold() {
        assertThat(timeout.<String, RuntimeException>call(() -> "apple")).isEqualTo("apple");
        clock.advance(LIMIT);

        assertThat(told).isEmpty();
    }

    @Test
    void aCallThatTakesTooLongIsNotInterruptedItsResultIsReturnedAndItIsToldOnce() {
        AtomicBoolean closed = new AtomicBoolean();
        AutoCloseable result = () -> closed.set(true);

        assertThat(timeout.<AutoCloseable, RuntimeException>call(() -> {
                    late();
                    assertThat(told).as("before the call has ended").containsExactly(LIMIT);
                    return result;
                }))
                .isSameAs(result);

        assertThat(closed).isFalse();
        assertThat(told).containsExactly(LIMIT);
    }

    @Test
    void aFailureThatComesTooLateReachesTheCallerAsItWasThrown() {
        IOException failure = new IOException("broken");

        assertThat(catchThrowable(() -> timeout.run(() -> {
                    late();
                    throw failure;
                })))
                .isSameAs(failure);
        assertThat(told).containsExactly(LIMIT);
    }

    @Test
    void aFailureInTimeTakesTheTimerAlong() {
        IOException failure = new IOException("broken");

        assertThat(catchThrowable(() -> timeout.run(() -> {
                    throw failure;
                })))
                .isSameAs(failure);

        assertThat(clock.scheduled()).isZero();
        clock.advance(LIMIT);
        assertThat(told).isEmpty();
    }

    @Test
    void aBreakerAroundItCountsAFailureAsItWouldIfTheCallHadBeenCut() {
        CircuitBreaker breaker = CircuitBreaker.of("stock", CircuitBreakerConfig.defaults());

        assertThat(breaker.around(timeout).<String, RuntimeException>call(this::late))
                .isEqualTo("apple");

        assertThat(breaker.snapshot().failed()).isEqualTo(1);
        assertThat(breaker.snapshot().lastFailures().get(0).type()).isEqualTo(CallTimeoutException.class.getName());
    }

    @Test
    void aStageThatTakesTooLongIsNotCancelled() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> call = timeout.callAsync(() -> stage);

        clock.advance(LIMIT);
        assertThat(told).containsExactly(LIMIT);
        assertThat(call).isNotDone();
        stage.complete("apple");

        assertThat(call).isCompletedWithValue("apple");
    }

    @Test
    void aSchedulerThatHasBeenShutDownStopsNoCall() {
        Timeout unscheduled = Timeout.builder("stock")
                .mode(Mode.OBSERVE)
                .scheduler((task, nanos) -> {
                    throw new RejectedExecutionException();
                })
                .build();

        assertThat(unscheduled.<String, RuntimeException>call(() -> "apple")).isEqualTo("apple");
        assertThat(unscheduled.callAsync(() -> CompletableFuture.completedFuture("pear")))
                .isCompletedWithValue("pear");
    }

    @Test
    void actingBeginsWithTheNextCall() {
        timeout.reconfigure(timeout.config(), Mode.ACT);

        assertThat(catchThrowable(() -> timeout.run(() -> clock.advance(LIMIT))))
                .isInstanceOf(CallTimeoutException.class);
        assertThat(told).isEmpty();
        assertThat(timeout.mode()).isEqualTo(Mode.ACT);

        timeout.reconfigure(timeout.config(), Mode.OBSERVE);
        timeout.reconfigure(TimeoutConfig.defaults());

        assertThat(timeout.mode()).isEqualTo(Mode.OBSERVE);
    }
}
