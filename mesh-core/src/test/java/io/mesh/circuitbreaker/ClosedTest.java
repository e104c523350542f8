package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.time.ManualClock;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class ClosedTest {

    private final ManualClock clock = new ManualClock();
    private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();

    @Test
    void onlyFailuresInARowOpenTheCircuit() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());

        Calls.fail(breaker, 4);
        Calls.succeed(breaker);
        Calls.fail(breaker, 4);

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(events).isEmpty();
    }

    @Test
    void theFailureThatReachesTheThresholdOpensTheCircuitAndSaysWhy() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());

        Calls.fail(breaker, 5);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(events).containsExactly(new StateChanged("payments", CLOSED, OPEN, "5 consecutive failures"));
    }

    @Test
    void anIgnoredFailureNeitherCountsNorResetsTheCount() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .ignore(FileNotFoundException.class)
                .build());

        Calls.fail(breaker, 4);
        Calls.end(breaker, new FileNotFoundException());
        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.snapshot().consecutiveFailures()).isEqualTo(4);

        Calls.fail(breaker);

        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void anAnswerGivenAsAnExceptionResetsTheCount() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recordSuccess(FileNotFoundException.class)
                .build());

        Calls.fail(breaker, 4);
        Calls.end(breaker, new FileNotFoundException());

        assertThat(breaker.snapshot().consecutiveFailures()).isZero();
    }

    @Test
    void callsThatAllFailAtOnceOpenTheCircuitOnce() throws Exception {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());
        int threads = 16;
        CyclicBarrier allInside = new CyclicBarrier(threads);
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            IOException failure = new IOException();
            Thread caller = new Thread(() -> {
                try {
                    breaker.run(() -> {
                        allInside.await();
                        throw failure;
                    });
                } catch (Exception expected) {
                    assertThat(expected).isSameAs(failure);
                }
            });
            callers.add(caller);
            caller.start();
        }
        for (Thread caller : callers) {
            caller.join();
        }

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(events).hasSize(1);
        assertThat(breaker.snapshot().failed()).isEqualTo(threads);
        assertThat(breaker.snapshot().rejected()).isZero();
    }

    @Test
    void lateFailuresDoNotProlongTheOpening() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());
        List<Permit> permits = admitted(breaker, 10);
        permits.subList(0, 5).forEach(permit -> permit.failure(new IOException()));
        assertThat(breaker.state()).isEqualTo(OPEN);

        clock.advance(Duration.ofSeconds(10));
        permits.subList(5, 10).forEach(permit -> permit.failure(new IOException()));

        assertThat(breaker.nanosUntilTrial(clock.now()))
                .isEqualTo(Duration.ofSeconds(20).toNanos());
        assertThat(breaker.snapshot().failed()).isEqualTo(10);
        assertThat(events).hasSize(1);
    }

    @Test
    void lateSuccessesDoNotCloseTheCircuit() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());
        List<Permit> permits = admitted(breaker, 10);
        permits.subList(0, 5).forEach(permit -> permit.failure(new IOException()));

        clock.advance(Duration.ofSeconds(10));
        permits.subList(5, 10).forEach(Permit::success);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(breaker.snapshot().succeeded()).isEqualTo(5);
    }

    @Test
    void failuresInARowAreCountedToTheEndOfTheNumbers() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .failureThreshold(Integer.MAX_VALUE)
                .build());
        Closed closed = (Closed) breaker.current();
        closed.failures.set(Integer.MAX_VALUE - 1);

        Calls.fail(breaker);

        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    private CircuitBreaker breaker(CircuitBreakerConfig config) {
        return CircuitBreaker.builder("payments")
                .config(config)
                .ticker(clock)
                .listener(events::add)
                .build();
    }

    private static List<Permit> admitted(CircuitBreaker breaker, int calls) {
        List<Permit> permits = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            permits.add(breaker.tryAcquire());
        }
        return permits;
    }
}
