package io.mesh.circuitbreaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.time.ManualClock;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** Random histories of one breaker, beside a model that is too simple to be wrong. */
class BreakerHistoryTest {

    private static final int STEPS = 300;
    private static final int STEPS_OF_A_MILLION = 30;

    @Property(tries = 400)
    void afterEveryStepOfAnyHistoryTheBreakerLooksLikeTheModel(@ForAll long seed) {
        compareAfterEveryStep(seed, STEPS);
    }

    @Tag("soak")
    @Property(tries = 1_000_000)
    void afterEveryStepOfAMillionHistoriesTheBreakerLooksLikeTheModel(@ForAll long seed) {
        compareAfterEveryStep(seed, STEPS_OF_A_MILLION);
    }

    @Property(tries = 400)
    void noHistoryCanWedgeTheBreaker(@ForAll long seed) {
        closeAfterAnyHistory(seed, STEPS);
    }

    @Tag("soak")
    @Property(tries = 1_000_000)
    void noneOfAMillionHistoriesCanWedgeTheBreaker(@ForAll long seed) {
        closeAfterAnyHistory(seed, STEPS_OF_A_MILLION);
    }

    private static void compareAfterEveryStep(long seed, int steps) {
        History history = new History(seed);
        for (int i = 0; i < steps; i++) {
            history.step();
            history.compare();
        }
    }

    private static void closeAfterAnyHistory(long seed, int steps) {
        History history = new History(seed);
        history.growOpenTimes();
        for (int i = 0; i < steps; i++) {
            history.step();
        }
        CircuitBreaker breaker = history.breaker;
        if (breaker.state() == CircuitState.FORCED_OPEN || breaker.state() == CircuitState.DISABLED) {
            return; // until somebody resets it, by design
        }
        CircuitBreakerConfig config = breaker.config();
        BreakerSnapshot before = breaker.snapshot();
        Duration openTime = config.openTimeout();
        if (before.state() == CircuitState.OPEN) {
            openTime = longer(openTime, before.inState().plus(before.nextTrialIn()));
        } else if (before.state() == CircuitState.HALF_OPEN) {
            openTime = longer(openTime, config.trialTimeout()); // silent trials may hold all places for so long
        }

        for (int i = 0; i < 20; i++) { // twice the open time, a healthy backend
            Calls.succeed(breaker);
            history.clock.advance(openTime.dividedBy(10));
        }
        Calls.succeed(breaker);
        Calls.succeed(breaker);
        Calls.succeed(breaker);

        assertThat(breaker.state()).isEqualTo(CircuitState.CLOSED);
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /** One breaker and its model, driven by the same random steps. */
    private static final class History {

        private final SplittableRandom random;
        private final ManualClock clock = new ManualClock();
        private final CircuitBreaker breaker;
        private final Model model;
        private final List<Running> running = new ArrayList<>();
        private boolean modelled = true;

        private History(long seed) {
            this.random = new SplittableRandom(seed);
            CircuitBreakerConfig config = CircuitBreakerConfig.builder()
                    .failureThreshold(1 + random.nextInt(6))
                    .successThreshold(1 + random.nextInt(4))
                    .halfOpenMaxCalls(1 + random.nextInt(4))
                    .openTimeout(Duration.ofMillis(100))
                    .ignore(FileNotFoundException.class)
                    .build();
            this.breaker = CircuitBreaker.builder("b")
                    .config(config)
                    .ticker(clock)
                    .random(random.split())
                    .build();
            this.model = new Model(config, clock.now());
        }

        private void step() {
            boolean setByHand = model.state == CircuitState.FORCED_OPEN || model.state == CircuitState.DISABLED;
            int kind = random.nextInt(100);
            if (kind == 0) {
                breaker.forceOpen();
                model.byHand(CircuitState.FORCED_OPEN);
            } else if (kind == 1) {
                breaker.disable();
                model.byHand(CircuitState.DISABLED);
            } else if (kind == 2 || (setByHand && kind < 20)) {
                breaker.reset();
                model.reset();
            } else if (kind == 3) {
                reconfigure();
            } else if (kind < 20) {
                clock.advance(Duration.ofMillis(random.nextInt(60)));
            } else if (kind < 40) {
                if (!running.isEmpty()) {
                    end(running.remove(random.nextInt(running.size())));
                }
            } else {
                Running call = begin();
                if (call != null && kind < 60) {
                    running.add(call);
                } else if (call != null) {
                    end(call);
                }
            }
        }

        /** The model knows nothing of these. */
        private void growOpenTimes() {
            modelled = false;
            model.config = model.config.toBuilder()
                    .openTimeoutMultiplier(1 + random.nextInt(3))
                    .maxOpenTimeout(Duration.ofSeconds(1))
                    .openTimeoutJitter(random.nextInt(3) / 2.0)
                    .trialTimeout(Duration.ofMillis(10 + random.nextInt(90)))
                    .build();
            breaker.reconfigure(model.config);
        }

        private void reconfigure() {
            CircuitBreakerConfig config = model.config.toBuilder()
                    .failureThreshold(1 + random.nextInt(6))
                    .successThreshold(1 + random.nextInt(4))
                    .openTimeout(Duration.ofMillis(50 + random.nextInt(100)))
                    .build();
            breaker.reconfigure(config);
            model.config = config;
        }

        private Running begin() {
            boolean expected = breaker.wouldPermit(clock.now());
            Permit permit = breaker.tryAcquire();
            Model.Call call = model.begin(clock.now());
            if (modelled) {
                assertThat(permit != null).isEqualTo(expected).isEqualTo(call != null);
            }
            return permit == null ? null : new Running(permit, call == null ? new Model.Call(-1, clock.now()) : call);
        }

        private void end(Running call) {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    call.permit.success();
                    model.succeeded(call.model, clock.now());
                }
                case 3, 4, 5 -> {
                    call.permit.failure(new IOException());
                    model.failed(call.model, clock.now());
                }
                case 6 -> {
                    call.permit.failure(new FileNotFoundException());
                    model.ignored(call.model);
                }
                default -> {
                    call.permit.release();
                    model.released(call.model);
                }
            }
        }

        private void compare() {
            BreakerSnapshot snapshot = breaker.snapshot();
            long now = clock.now();
            assertThat(snapshot.state()).isEqualTo(model.state);
            assertThat(snapshot.succeeded()).isEqualTo(model.succeeded);
            assertThat(snapshot.failed()).isEqualTo(model.failed);
            assertThat(snapshot.ignored()).isEqualTo(model.ignored);
            assertThat(snapshot.rejected()).isEqualTo(model.rejected);
            assertThat(snapshot.consecutiveFailures()).isEqualTo(model.inARow);
            assertThat(snapshot.trials()).isEqualTo(model.trials());
            assertThat(breaker.wouldPermit(now)).isEqualTo(model.wouldPermit(now));
            assertThat(breaker.nanosUntilTrial(now) == 0).isEqualTo(model.wouldPermit(now));
            assertThat(breaker.isTrialDue(now)).isEqualTo(model.isTrialDue(now));
            assertThat(breaker.isFree())
                    .isEqualTo(model.state == CircuitState.CLOSED || model.state == CircuitState.DISABLED);
        }

        private record Running(Permit permit, Model.Call model) {}
    }

    /** What DESIGN says, in plain fields. */
    private static final class Model {

        private CircuitBreakerConfig config;
        private CircuitState state = CircuitState.CLOSED;
        private long since;
        private int period;
        private int inARow;
        private int trialsSucceeded;
        private int trialsIgnored;
        private Call[] places = {};
        private long succeeded;
        private long failed;
        private long ignored;
        private long rejected;

        private Model(CircuitBreakerConfig config, long now) {
            this.config = config;
            this.since = now;
        }

        private void enter(CircuitState next, long now) {
            state = next;
            since = now;
            period++;
            inARow = 0;
            trialsSucceeded = 0;
            trialsIgnored = 0;
            places = new Call[next == CircuitState.HALF_OPEN ? config.halfOpenMaxCalls() : 0];
        }

        private void reset() {
            enter(CircuitState.CLOSED, since);
        }

        private void byHand(CircuitState next) {
            if (state != next) {
                enter(next, since);
            }
        }

        private boolean lasted(long now) {
            return now - since >= openNanos();
        }

        private long openNanos() {
            return config.openTimeout().toNanos();
        }

        private long underWay(long now) {
            return Arrays.stream(places)
                    .filter(trial -> trial != null && now - trial.since < openNanos())
                    .count();
        }

        private int trials() {
            return (int) Arrays.stream(places).filter(Objects::nonNull).count();
        }

        private boolean closesUnproven(long now) {
            return trialsIgnored >= config.successThreshold() && lasted(now);
        }

        private boolean wouldPermit(long now) {
            return switch (state) {
                case CLOSED, DISABLED -> true;
                case FORCED_OPEN -> false;
                case OPEN -> lasted(now);
                case HALF_OPEN -> closesUnproven(now) || underWay(now) < places.length;
            };
        }

        private boolean isTrialDue(long now) {
            return switch (state) {
                case CLOSED, DISABLED, FORCED_OPEN -> false;
                case OPEN -> lasted(now);
                case HALF_OPEN ->
                    closesUnproven(now)
                            || (underWay(now) < places.length
                                    && underWay(now) < Math.max(1, config.successThreshold() - trialsSucceeded));
            };
        }

        private Call begin(long now) {
            if (!wouldPermit(now)) {
                rejected++;
                return null;
            }
            if (state == CircuitState.OPEN) {
                enter(CircuitState.HALF_OPEN, now);
            } else if (state == CircuitState.HALF_OPEN && closesUnproven(now)) {
                enter(CircuitState.CLOSED, now);
            }
            Call call = new Call(period, now);
            for (int i = 0; i < places.length; i++) {
                if (places[i] == null || now - places[i].since >= openNanos()) {
                    places[i] = call; // an overdue trial loses its place for good
                    break;
                }
            }
            return call;
        }

        private void succeeded(Call call, long now) {
            succeeded++;
            if (call.period != period) {
                return;
            }
            inARow = 0;
            if (state == CircuitState.HALF_OPEN) {
                leave(call);
                trialsSucceeded++;
                if (trialsSucceeded >= config.successThreshold()) {
                    enter(CircuitState.CLOSED, now);
                }
            }
        }

        private void failed(Call call, long now) {
            failed++;
            if (call.period != period) {
                return;
            }
            if (state == CircuitState.HALF_OPEN) {
                enter(CircuitState.OPEN, now);
                return;
            }
            inARow++;
            if (state == CircuitState.CLOSED && inARow >= config.failureThreshold()) {
                enter(CircuitState.OPEN, now);
            }
        }

        private void ignored(Call call) {
            ignored++;
            if (call.period == period && state == CircuitState.HALF_OPEN) {
                leave(call);
                trialsIgnored++;
            }
        }

        private void released(Call call) {
            ignored++;
            leave(call);
        }

        private void leave(Call call) {
            for (int i = 0; i < places.length; i++) {
                if (places[i] == call) {
                    places[i] = null;
                }
            }
        }

        private static final class Call {

            private final int period;
            private final long since;

            private Call(int period, long since) {
                this.period = period;
                this.since = since;
            }
        }
    }
}
