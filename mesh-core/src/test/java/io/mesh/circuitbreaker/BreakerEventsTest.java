package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.FORCED_OPEN;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.event.MeshListener;
import io.mesh.time.ManualClock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class BreakerEventsTest {

    private final ManualClock clock = new ManualClock();

    @Test
    void everyEventBeginsWhereTheOneBeforeEnded() throws Exception {
        List<StateChanged> heard = Collections.synchronizedList(new ArrayList<>());
        CircuitBreaker breaker = breaker(event -> heard.add((StateChanged) event));
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 10_000; i++) {
                    while (breaker.current().sequence - heard.size() > 500) {
                        LockSupport.parkNanos(10_000); // more than 1,024 waiting would be lost
                    }
                    breaker.forceOpen();
                    breaker.reset();
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(breaker.lostEvents()).isZero();
        assertThat(heard).hasSize((int) breaker.current().sequence);
        assertChained(heard);
        assertThat(heard.get(heard.size() - 1).to()).isEqualTo(breaker.state());
    }

    @Test
    void aListenerThatIsHeldLosesEventsWhichAreCountedAndThenGoesOnInOrder() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch heardFirst = new CountDownLatch(1);
        List<MeshEvent> heard = Collections.synchronizedList(new ArrayList<>());
        CircuitBreaker breaker = breaker(event -> {
            heard.add(event);
            heardFirst.countDown();
            await(held);
        });
        Thread first = new Thread(breaker::forceOpen);
        first.start();
        heardFirst.await();

        for (int i = 0; i < 1_000; i++) {
            breaker.reset();
            breaker.forceOpen();
        }
        assertThat(breaker.state()).isEqualTo(FORCED_OPEN); // nobody waits for a listener
        held.countDown();
        first.join();

        assertThat(heard.size() + breaker.lostEvents()).isEqualTo(2_001);
        assertThat(breaker.lostEvents()).isEqualTo(2_000 - 1_024);
        assertChained(heard.subList(1, heard.size()).stream()
                .map(event -> (StateChanged) event)
                .toList());
    }

    @Test
    void aListenerThatThrowsHarmsNeitherCallsNorOtherListeners() {
        AtomicInteger heard = new AtomicInteger();
        CircuitBreaker breaker = CircuitBreaker.builder("payments")
                .ticker(clock)
                .listeners(List.of(
                        event -> {
                            throw new IllegalStateException("the listener");
                        },
                        event -> heard.incrementAndGet()))
                .build();

        Calls.openAndWait(breaker, clock);
        assertThat(Calls.succeed(breaker)).isTrue();
        assertThat(Calls.succeed(breaker)).isTrue();

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(heard).hasValue(3);
    }

    @Test
    void aListenerThatBlocksDoesNotHoldUpCallsOfOthers() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch blocking = new CountDownLatch(1);
        CircuitBreaker breaker = breaker(event -> {
            blocking.countDown();
            await(held);
        });
        Thread opens = new Thread(() -> Calls.fail(breaker, 5));
        opens.start();
        blocking.await();

        assertThat(Calls.succeed(breaker)).isFalse();
        clock.advance(breaker.config().openTimeout());
        assertThat(Calls.succeed(breaker)).isTrue();
        assertThat(Calls.succeed(breaker)).isTrue();
        assertThat(breaker.state()).isEqualTo(CLOSED);

        held.countDown();
        opens.join();
    }

    @Test
    void aListenerMayChangeTheBreakerAndHearsOfItAfterwards() {
        List<MeshEvent> heard = new ArrayList<>();
        List<Integer> depths = new ArrayList<>();
        AtomicInteger depth = new AtomicInteger();
        CircuitBreaker[] self = new CircuitBreaker[1];
        self[0] = breaker(event -> {
            depths.add(depth.incrementAndGet());
            heard.add(event);
            if (((StateChanged) event).to() == OPEN) {
                self[0].reset();
            }
            depth.decrementAndGet();
        });

        Calls.fail(self[0], 5);

        assertThat(self[0].state()).isEqualTo(CLOSED);
        assertThat(heard)
                .containsExactly(
                        new StateChanged("payments", CLOSED, OPEN, "5 consecutive failures"),
                        new StateChanged("payments", OPEN, CLOSED, "reset"));
        assertThat(depths).containsExactly(1, 1);
    }

    @Test
    void listenersThatKeepAnsweringEachOtherDoNotOverflowTheStack() {
        AtomicInteger heard = new AtomicInteger();
        CircuitBreaker[] self = new CircuitBreaker[1];
        self[0] = breaker(event -> {
            if (heard.incrementAndGet() < 100_000) {
                if (((StateChanged) event).to() == FORCED_OPEN) {
                    self[0].reset();
                } else {
                    self[0].forceOpen();
                }
            }
        });

        self[0].forceOpen();

        assertThat(heard).hasValue(100_000);
    }

    private CircuitBreaker breaker(MeshListener listener) {
        return CircuitBreaker.builder("payments")
                .ticker(clock)
                .listener(listener)
                .build();
    }

    private static void assertChained(List<StateChanged> events) {
        for (int i = 1; i < events.size(); i++) {
            assertThat(events.get(i).from()).isEqualTo(events.get(i - 1).to());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
