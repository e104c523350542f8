package io.mesh.circuitbreaker;

import static io.mesh.model.CircuitState.CLOSED;
import static io.mesh.model.CircuitState.HALF_OPEN;
import static io.mesh.model.CircuitState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EjectionsTest {

    private final ManualClock clock = new ManualClock();

    @Test
    void aPlaceIsAskedForOnlyOnceTheEvidenceIsThere() {
        Fleet fleet = new Fleet(1);
        CircuitBreaker breaker = breaker(fleet);

        Calls.fail(breaker, 4);
        assertThat(fleet.asked).hasValue(0);
        Calls.fail(breaker);

        assertThat(fleet.asked).hasValue(1);
        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(fleet.taken).hasValue(1);
    }

    @Test
    void withoutAPlaceTheCircuitOpensOnTenTimesTheEvidence() {
        CircuitBreaker breaker = breaker(new Fleet(0));

        Calls.fail(breaker, 49);
        assertThat(breaker.state()).isEqualTo(CLOSED);
        Calls.fail(breaker);

        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void aPlaceThatBecomesFreeIsTakenByTheNextFailure() {
        Fleet fleet = new Fleet(1);
        CircuitBreaker first = breaker(fleet);
        CircuitBreaker second = breaker(fleet);
        Calls.fail(first, 5);
        Calls.fail(second, 7);
        assertThat(second.state()).isEqualTo(CLOSED);

        first.reset();
        Calls.fail(second);

        assertThat(second.state()).isEqualTo(OPEN);
        assertThat(fleet.taken).hasValue(1);
    }

    @Test
    void tenTimesAnEnormousThresholdDoesNotOverflow() {
        CircuitBreaker breaker = CircuitBreaker.builder("payments")
                .config(CircuitBreakerConfig.builder()
                        .failureThreshold(Integer.MAX_VALUE / 2)
                        .build())
                .ticker(clock)
                .ejections(new Fleet(0))
                .build();
        ((Closed) breaker.current()).failures.set(Integer.MAX_VALUE - 2);

        Calls.fail(breaker);
        assertThat(breaker.state()).isEqualTo(CLOSED);
        Calls.fail(breaker);

        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    @Test
    void aPlaceIsKeptThroughReopeningAndGivenBackOnceOnClosing() {
        Fleet fleet = new Fleet(1);
        CircuitBreaker breaker = breaker(fleet);
        Calls.openAndWait(breaker, clock);
        Calls.fail(breaker);
        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(fleet.taken).hasValue(1);

        clock.advance(Duration.ofSeconds(30));
        Calls.succeed(breaker);
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
        assertThat(fleet.taken).hasValue(1);
        Calls.succeed(breaker);

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(fleet.taken).hasValue(0);
        assertThat(fleet.asked).hasValue(1);
        assertThat(fleet.givenBack).hasValue(1);
    }

    @Test
    void anOpeningWithoutAPlaceClosesAtItsFirstSuccessfulTrial() {
        Fleet fleet = new Fleet(0);
        CircuitBreaker breaker = breaker(fleet);
        Calls.fail(breaker, 50);
        clock.advance(Duration.ofSeconds(30));
        Calls.fail(breaker); // re-opening takes no place either
        assertThat(breaker.state()).isEqualTo(OPEN);
        clock.advance(Duration.ofSeconds(30));

        Permit trial = breaker.tryAcquire();
        assertThat(breaker.isTrialDue(clock.now())).isFalse(); // one is enough
        trial.success();

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(fleet.givenBack).hasValue(0);
    }

    @Test
    void statesSetByHandNeitherTakeNorKeepAPlace() {
        Fleet fleet = new Fleet(1);
        CircuitBreaker breaker = breaker(fleet);

        breaker.forceOpen();
        assertThat(fleet.asked).hasValue(0);
        for (Runnable byHand : List.<Runnable>of(breaker::forceOpen, breaker::disable, breaker::reset)) {
            breaker.reset();
            Calls.fail(breaker, 5);
            assertThat(fleet.taken).hasValue(1);
            byHand.run();
            assertThat(fleet.taken).hasValue(0);
        }
    }

    @Test
    void aPlaceSurvivesReconfiguring() {
        Fleet fleet = new Fleet(1);
        CircuitBreaker breaker = breaker(fleet);
        Calls.fail(breaker, 5);

        breaker.reconfigure(CircuitBreakerConfig.builder().successThreshold(2).build());
        assertThat(fleet.taken).hasValue(1);
        breaker.reset();

        assertThat(fleet.taken).hasValue(0);
        assertThat(fleet.givenBack).hasValue(1);
    }

    @Test
    void theFleetIsToldOfEveryChangeAfterItHappened() {
        List<CircuitState> seen = new ArrayList<>();
        Fleet fleet = new Fleet(1);
        CircuitBreaker breaker = breaker(fleet);
        fleet.onChange = () -> seen.add(breaker.state());

        Calls.openAndWait(breaker, clock);
        Calls.succeed(breaker);
        Calls.succeed(breaker);
        breaker.reconfigure(CircuitBreakerConfig.defaults());
        breaker.disable();
        breaker.forceOpen();
        breaker.reset();

        assertThat(seen)
                .containsExactly(OPEN, HALF_OPEN, CLOSED, CircuitState.DISABLED, CircuitState.FORCED_OPEN, CLOSED);
    }

    @Test
    void theFleetIsToldBeforeTheListeners() {
        List<String> told = new ArrayList<>();
        Fleet fleet = new Fleet(1);
        fleet.onChange = () -> told.add("fleet");
        CircuitBreaker breaker = CircuitBreaker.builder("payments")
                .ticker(clock)
                .ejections(fleet)
                .listener(event -> told.add("listener"))
                .build();

        Calls.fail(breaker, 5);

        assertThat(told).containsExactly("fleet", "listener");
    }

    @Test
    void aRetiredBreakerGivesItsPlaceBackOnceAndAsksNobodyAnyMore() {
        Fleet fleet = new Fleet(1);
        CircuitBreaker breaker = breaker(fleet);
        Calls.fail(breaker, 5);

        breaker.retire();
        breaker.retire();
        assertThat(fleet.taken).hasValue(0);
        breaker.reset();
        Calls.fail(breaker, 5);

        assertThat(breaker.state()).isEqualTo(OPEN); // stands alone now
        assertThat(fleet.asked).hasValue(1);
        assertThat(fleet.givenBack).hasValue(1);
    }

    @Test
    void retiringWhileTheCircuitOpensLeavesNoPlaceTaken() throws Exception {
        for (int round = 0; round < 2_000; round++) {
            Fleet fleet = new Fleet(1);
            CircuitBreaker breaker = breaker(fleet);
            Calls.fail(breaker, 4);
            Permit last = breaker.tryAcquire();
            Thread retiring = new Thread(breaker::retire);

            retiring.start();
            last.failure(new IOException());
            retiring.join();

            assertThat(fleet.taken).hasValue(0);
        }
    }

    @Test
    void underAnyTrafficTheFleetCountsExactlyThoseThatHoldAPlace() throws Exception {
        Fleet fleet = new Fleet(3);
        CircuitBreakerConfig config = CircuitBreakerConfig.builder()
                .failureThreshold(2)
                .openTimeout(Duration.ofNanos(20_000))
                .build();
        List<CircuitBreaker> breakers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            breakers.add(CircuitBreaker.builder("b" + i)
                    .config(config)
                    .ejections(fleet)
                    .build());
        }
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            SplittableRandom random = new SplittableRandom(t);
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    CircuitBreaker breaker = breakers.get(random.nextInt(breakers.size()));
                    switch (random.nextInt(200)) {
                        case 0 -> breaker.reset();
                        case 1 -> breaker.forceOpen();
                        case 2 -> breaker.disable();
                        case 3 -> breaker.reconfigure(config);
                        default -> Calls.end(breaker, random.nextInt(2) == 0 ? new IOException() : null);
                    }
                    if (breaker.state() == CircuitState.FORCED_OPEN) {
                        breaker.reset();
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(fleet.most).hasValueBetween(1, 3);
        assertThat(fleet.least).hasValue(0);
        long holding = breakers.stream().filter(b -> b.current().place != null).count();
        assertThat(fleet.taken).hasValue((int) holding);
        breakers.forEach(CircuitBreaker::retire);
        assertThat(fleet.taken).hasValue(0);
    }

    @Test
    void whatIsEjectedOnOthersEvidenceIsOpenLikeAnyOther() {
        Fleet fleet = new Fleet(1);
        CircuitBreaker breaker = breaker(fleet);
        Calls.fail(breaker, 3);

        assertThat(breaker.eject("outlier: worse than the others")).isTrue();
        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(breaker.snapshot().reason()).isEqualTo("outlier: worse than the others");
        assertThat(fleet.taken).hasValue(1);
        assertThat(Calls.succeed(breaker)).isFalse();

        clock.advance(breaker.config().openTimeout());
        Calls.succeed(breaker);
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
        Calls.succeed(breaker);

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.snapshot().consecutiveFailures()).isZero();
        assertThat(fleet.taken).hasValue(0);
    }

    @Test
    void withoutAPlaceNothingIsEjectedOnOthersEvidence() {
        CircuitBreaker breaker = breaker(new Fleet(0));

        assertThat(breaker.eject("outlier")).isFalse();

        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void onlyAClosedCircuitIsEjected() {
        Fleet fleet = new Fleet(2);
        CircuitBreaker breaker = breaker(fleet);
        assertThat(breaker.eject("outlier")).isTrue();
        assertThat(breaker.eject("outlier")).isFalse();
        breaker.forceOpen();
        assertThat(breaker.eject("outlier")).isFalse();
        breaker.disable();
        assertThat(breaker.eject("outlier")).isFalse();

        assertThat(breaker.state()).isEqualTo(CircuitState.DISABLED);
        assertThat(fleet.taken).hasValue(0);
    }

    @Test
    void eachEjectionIsLongerThanTheLastUntilTimeSpentClosedIsLongEnough() {
        CircuitBreaker breaker = CircuitBreaker.builder("payments")
                .config(CircuitBreakerConfig.builder()
                        .openTimeout(Duration.ofSeconds(10))
                        .openTimeoutMultiplier(2)
                        .build())
                .ticker(clock)
                .ejections(new Fleet(1))
                .build();

        assertThat(ejectedFor(breaker)).isEqualTo(Duration.ofSeconds(10));
        assertThat(ejectedFor(breaker)).isEqualTo(Duration.ofSeconds(20));
        assertThat(ejectedFor(breaker)).isEqualTo(Duration.ofSeconds(40));
        clock.advance(Duration.ofSeconds(20)); // two open times spent closed
        assertThat(ejectedFor(breaker)).isEqualTo(Duration.ofSeconds(20));
        clock.advance(Duration.ofHours(1));
        assertThat(ejectedFor(breaker)).isEqualTo(Duration.ofSeconds(10));
    }

    /** Ejects it, waits and lets it close. */
    private Duration ejectedFor(CircuitBreaker breaker) {
        assertThat(breaker.eject("outlier")).isTrue();
        Duration time = breaker.snapshot().nextTrialIn();
        clock.advance(time);
        Calls.succeed(breaker);
        Calls.succeed(breaker);
        assertThat(breaker.state()).isEqualTo(CLOSED);
        return time;
    }

    @Test
    void aTallyCountsWhatHasEndedAndTellsOneStayFromTheNext() {
        CircuitBreaker breaker = breaker(new Fleet(1));
        Calls.succeed(breaker);
        Calls.fail(breaker, 2);
        Tally closed = breaker.tally();
        assertThat(closed).isEqualTo(new Tally(closed.stay(), true, 1, 2));
        assertThat(breaker.tally()).isEqualTo(closed);

        breaker.eject("outlier");
        assertThat(breaker.tally().closed()).isFalse();
        breaker.reset();

        assertThat(breaker.tally().closed()).isTrue();
        assertThat(breaker.tally().stay()).isNotEqualTo(closed.stay());
        assertThat(breaker.tally().failed()).isEqualTo(2);
    }

    private CircuitBreaker breaker(Ejections fleet) {
        return CircuitBreaker.builder("payments").ticker(clock).ejections(fleet).build();
    }

    /** A fleet that may eject so many. */
    private static final class Fleet implements Ejections {

        private final int cap;
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger asked = new AtomicInteger();
        private final AtomicInteger givenBack = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final AtomicInteger least = new AtomicInteger();
        private volatile Runnable onChange = () -> {};

        private Fleet(int cap) {
            this.cap = cap;
        }

        @Override
        public boolean tryTake() {
            asked.incrementAndGet();
            while (true) {
                int now = taken.get();
                if (now >= cap) {
                    return false;
                }
                if (taken.compareAndSet(now, now + 1)) {
                    most.accumulateAndGet(now + 1, Math::max);
                    return true;
                }
            }
        }

        @Override
        public void giveBack() {
            givenBack.incrementAndGet();
            least.accumulateAndGet(taken.decrementAndGet(), Math::min);
        }

        @Override
        public void changed() {
            onChange.run();
        }
    }
}
