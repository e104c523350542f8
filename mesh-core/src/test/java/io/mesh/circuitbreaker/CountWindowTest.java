package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.DISABLED;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.WindowConfig;
import io.mesh.time.ManualClock;
import java.io.FileNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CountWindowTest {

    private final ManualClock clock = new ManualClock();
    private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();

    @Test
    void theCallThatCompletesTheMinimumMayOpenTheCircuitEvenIfItSucceeds() {
        CircuitBreaker breaker = breaker(WindowConfig.count(10).withMinimumCalls(5));

        outcomes(breaker, "FFFF");
        assertThat(breaker.state()).isEqualTo(CLOSED);

        outcomes(breaker, "S");
        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(events).containsExactly(new StateChanged("payments", CLOSED, OPEN, "4 of 5 calls failed"));
    }

    @Test
    void failuresLeaveTheWindow() {
        CircuitBreaker breaker = breaker(WindowConfig.count(10));

        outcomes(breaker, "FFFF" + "S".repeat(16) + "FFFF");

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(10, 4, 0));
        assertThat(breaker.snapshot().window().failureRate()).isEqualTo(0.4);
    }

    @Test
    void aThresholdIsReachedByExactlyItsShareAndNotByLess() {
        CircuitBreaker breaker = breaker(WindowConfig.count(200));

        outcomes(breaker, "S".repeat(101) + "F".repeat(99)); // 49.5 %
        assertThat(breaker.state()).isEqualTo(CLOSED);

        outcomes(breaker, "F");
        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @ParameterizedTest
    @CsvSource({"FFF, OPEN", "FSF, CLOSED", "SFF, CLOSED"})
    void aThresholdOfAHundredNeedsAll(String outcomes, String state) {
        CircuitBreaker breaker = breaker(WindowConfig.count(3).withFailureRateThreshold(100));

        outcomes(breaker, outcomes);

        assertThat(breaker.state()).hasToString(state);
    }

    @Test
    void aWindowOfOneCallLooksAtThatCall() {
        CircuitBreaker breaker = breaker(WindowConfig.count(1).withFailureRateThreshold(100));

        outcomes(breaker, "SSS");
        assertThat(breaker.state()).isEqualTo(CLOSED);

        outcomes(breaker, "F");
        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void whatIsNoEvidenceIsNotInTheWindow() {
        CircuitBreaker breaker = CircuitBreaker.builder("payments")
                .config(CircuitBreakerConfig.builder()
                        .window(WindowConfig.count(4))
                        .ignore(FileNotFoundException.class)
                        .build())
                .ticker(clock)
                .build();

        outcomes(breaker, "SSF");
        for (int i = 0; i < 10; i++) {
            Calls.end(breaker, new FileNotFoundException());
        }
        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(3, 1, 0));

        outcomes(breaker, "F");
        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void theWindowIsEmptyAfterTheCircuitHasClosedAgain() {
        CircuitBreaker breaker = breaker(WindowConfig.count(10).withMinimumCalls(5));
        outcomes(breaker, "FFFFF");
        clock.advance(breaker.config().openTimeout());
        outcomes(breaker, "SS");
        assertThat(breaker.state()).isEqualTo(CLOSED);

        outcomes(breaker, "FFFF");
        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(4, 4, 0));

        outcomes(breaker, "S");
        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void resultsThatComeLateDoNotMoveTheWindow() {
        CircuitBreaker breaker = breaker(WindowConfig.count(10).withMinimumCalls(5));
        Permit success = breaker.tryAcquire();
        Permit failure = breaker.tryAcquire();
        breaker.reset();
        outcomes(breaker, "SSF");

        success.success();
        failure.failure(new IllegalStateException("late"));

        BreakerSnapshot snapshot = breaker.snapshot();
        assertThat(snapshot.window()).isEqualTo(new BreakerSnapshot.Window(3, 1, 0));
        assertThat(snapshot.succeeded()).isEqualTo(3);
        assertThat(snapshot.failed()).isEqualTo(2);
    }

    @Test
    void aSmallerWindowKeepsTheNewestCalls() {
        CircuitBreaker breaker = breaker(WindowConfig.count(100).withFailureRateThreshold(90));
        outcomes(breaker, "F".repeat(30) + "S".repeat(60) + "FFFFSSSSFF");

        breaker.reconfigure(config(WindowConfig.count(10).withFailureRateThreshold(90)));

        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(10, 6, 0));
        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void aCallUnderWayWhileTheWindowIsChangedCountsOnce() {
        CircuitBreaker breaker = breaker(WindowConfig.count(10));
        Permit permit = breaker.tryAcquire();

        breaker.reconfigure(config(WindowConfig.count(20)));
        permit.failure(new IllegalStateException("no"));

        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(1, 1, 0));
    }

    @Test
    void aDisabledCircuitSaysWhereItWouldHaveOpened() {
        CircuitBreaker breaker = breaker(WindowConfig.count(4));
        breaker.disable();

        outcomes(breaker, "FFFFFF");

        assertThat(breaker.state()).isEqualTo(DISABLED);
        assertThat(events)
                .containsExactly(
                        new StateChanged("payments", CLOSED, DISABLED, "disabled"),
                        new StateChanged("payments", DISABLED, DISABLED, "would have opened: 4 of 4 calls failed"));
    }

    @Test
    void countsOfManyThreadsAddUp() throws InterruptedException {
        CircuitBreaker breaker = breaker(WindowConfig.count(100));
        AtomicLong failed = new AtomicLong();
        int threads = 16;
        int calls = 10_000;
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Thread> running = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            SplittableRandom random = new SplittableRandom(t);
            Thread thread = new Thread(() -> {
                await(start);
                for (int i = 0; i < calls; i++) {
                    if (random.nextInt(10) == 0) {
                        failed.getAndIncrement();
                        Calls.fail(breaker);
                    } else {
                        Calls.succeed(breaker);
                    }
                }
            });
            running.add(thread);
            thread.start();
        }
        for (Thread thread : running) {
            thread.join();
        }

        BreakerSnapshot snapshot = breaker.snapshot();
        assertThat(snapshot.state()).isEqualTo(CLOSED);
        assertThat(snapshot.calls()).isEqualTo((long) threads * calls);
        assertThat(snapshot.failed()).isEqualTo(failed.get());
        assertThat(snapshot.window().calls()).isEqualTo(100);
        assertThat(snapshot.window().failureRate()).isCloseTo(0.1, within(0.2));
    }

    @Test
    void aMillionSuccessesOfManyThreadsAreCountedWithoutAFailure() throws InterruptedException {
        CircuitBreaker breaker = breaker(WindowConfig.count(100));
        List<Thread> running = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 125_000; i++) {
                    Calls.succeed(breaker);
                }
            });
            running.add(thread);
            thread.start();
        }
        for (Thread thread : running) {
            thread.join();
        }

        assertThat(breaker.snapshot().calls()).isEqualTo(1_000_000);
        assertThat(breaker.snapshot().failed()).isZero();
        assertThat(breaker.snapshot().window()).isEqualTo(new BreakerSnapshot.Window(100, 0, 0));
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception broken) {
            throw new AssertionError(broken);
        }
    }

    private CircuitBreaker breaker(WindowConfig window) {
        return CircuitBreaker.builder("payments")
                .config(config(window))
                .ticker(clock)
                .listener(events::add)
                .build();
    }

    private static CircuitBreakerConfig config(WindowConfig window) {
        return CircuitBreakerConfig.builder().window(window).build();
    }

    private static void outcomes(CircuitBreaker breaker, String outcomes) {
        outcomes.chars().forEach(outcome -> {
            if (outcome == 'F') {
                Calls.fail(breaker);
            } else {
                Calls.succeed(breaker);
            }
        });
    }
}
