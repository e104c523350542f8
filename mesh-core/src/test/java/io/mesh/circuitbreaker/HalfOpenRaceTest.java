package io.mesh.circuitbreaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A call that asks at the very moment at which a half-open period ends. */
class HalfOpenRaceTest {

    private final AtomicReference<CircuitBreaker> asked = new AtomicReference<>();
    private final AtomicInteger admitted = new AtomicInteger();

    @Test
    void whileTheOnlyTrialFailsNoOtherCallSlipsIn() throws Exception {
        whileAnotherThreadKeepsAsking(300, 1, trials -> trials.get(0).failure(new IOException()));

        assertThat(admitted).hasValue(0);
    }

    @Test
    void aPlaceThatIsFreedAfterItsPeriodHasEndedAdmitsNobody() throws Exception {
        whileAnotherThreadKeepsAsking(
                3_000,
                300,
                trials -> { // many places: looking for a free one takes time
                    trials.get(0).failure(new IOException());
                    trials.get(299).success();
                });

        assertThat(admitted).hasValue(0);
    }

    /** Each round a new breaker, half-open with all places taken, on which the clock stands still. */
    private void whileAnotherThreadKeepsAsking(int rounds, int places, Consumer<List<Permit>> end) throws Exception {
        Thread asking = new Thread(() -> {
            for (CircuitBreaker breaker = asked.get(); breaker != null; breaker = asked.get()) {
                if (breaker.tryAcquire() != null) {
                    admitted.incrementAndGet();
                }
            }
        });
        CircuitBreakerConfig config = CircuitBreakerConfig.builder()
                .failureThreshold(1)
                .successThreshold(places + 1)
                .halfOpenMaxCalls(places)
                .build();
        for (int round = 0; round < rounds; round++) {
            ManualClock clock = new ManualClock();
            CircuitBreaker breaker = CircuitBreaker.of("payments", config, clock);
            Calls.openAndWait(breaker, clock);
            List<Permit> trials = new ArrayList<>();
            for (int i = 0; i < places; i++) {
                trials.add(breaker.tryAcquire());
            }
            asked.set(breaker);
            if (round == 0) {
                asking.start();
            }
            while (breaker.snapshot().rejected() == 0) {
                LockSupport.parkNanos(10_000); // leaves the processor to the other thread
            }
            end.accept(trials);
        }
        asked.set(null);
        asking.join();
    }
}
