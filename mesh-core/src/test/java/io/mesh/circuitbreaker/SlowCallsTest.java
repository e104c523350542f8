package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.WindowConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class SlowCallsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration SLOW = Duration.ofMillis(1_001);

    private final ManualClock clock = new ManualClock();
    private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();

    @Test
    void aCallIsSlowIfItTakesLonger() {
        CircuitBreaker breaker = breaker(WindowConfig.count(4).withSlowCalls(SECOND, 50));

        succeedIn(breaker, SECOND);
        succeedIn(breaker, SECOND);
        succeedIn(breaker, SLOW);
        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(3, 0, 1));

        succeedIn(breaker, SLOW);
        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(events).containsExactly(new StateChanged("payments", CLOSED, OPEN, "2 of 4 calls were slow"));
    }

    @Test
    void failedAndSlowCallsHaveARateEach() {
        CircuitBreaker breaker = breaker(WindowConfig.count(10).withSlowCalls(SECOND, 50));

        failSlowAndSucceed(breaker);

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(10, 4, 4));
    }

    @Test
    void slowCallsMayCountAsFailed() {
        CircuitBreaker breaker =
                breaker(WindowConfig.count(10).withSlowCalls(SECOND, 50).withSlowCountsAsFailure(true));

        failSlowAndSucceed(breaker);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(events).containsExactly(new StateChanged("payments", CLOSED, OPEN, "8 of 10 calls failed"));
    }

    @Test
    void aCallThatIsSlowAndFailsCountsOnceInEachRate() {
        CircuitBreaker breaker =
                breaker(WindowConfig.count(10).withSlowCalls(SECOND, 50).withSlowCountsAsFailure(true));

        Permit permit = breaker.tryAcquire();
        clock.advance(SLOW);
        permit.failure(new IOException());

        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(1, 1, 1));
    }

    @Test
    void asynchronousCallsAreTimedFromTheirStartToTheirEnd() {
        CircuitBreaker breaker =
                breaker(WindowConfig.time(Duration.ofSeconds(10)).withSlowCalls(SECOND, 50));
        CompletableFuture<String> stage = new CompletableFuture<>();
        breaker.callAsync(() -> stage);

        clock.advance(SLOW);
        stage.complete("fine");

        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(1, 0, 1));
    }

    @Test
    void aSlowTrialOpensTheCircuitAgain() {
        CircuitBreaker breaker = breaker(WindowConfig.count(4).withSlowCalls(SECOND, 50));
        Calls.fail(breaker, 4);
        clock.advance(breaker.config().openTimeout());

        succeedIn(breaker, Duration.ofSeconds(5));

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(events).last().extracting(MeshEvent::toString).asString().contains("a trial call was slow");
        clock.advance(breaker.config().openTimeout());
        Calls.succeed(breaker);
        Calls.succeed(breaker);
        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    private void failSlowAndSucceed(CircuitBreaker breaker) {
        Calls.fail(breaker, 4);
        for (int i = 0; i < 4; i++) {
            succeedIn(breaker, SLOW);
        }
        Calls.succeed(breaker);
        Calls.succeed(breaker);
    }

    private void succeedIn(CircuitBreaker breaker, Duration time) {
        breaker.run(() -> clock.advance(time));
    }

    private CircuitBreaker breaker(WindowConfig window) {
        return CircuitBreaker.builder("payments")
                .config(CircuitBreakerConfig.builder().window(window).build())
                .ticker(clock)
                .listener(events::add)
                .build();
    }
}
