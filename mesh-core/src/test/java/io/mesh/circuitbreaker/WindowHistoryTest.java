package io.mesh.circuitbreaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.WindowConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** Random histories of a closed breaker with a window, beside a list of its last calls. */
class WindowHistoryTest {

    private static final int STEPS = 2_500;
    private static final int STEPS_OF_A_MILLION = 100;
    private static final Duration SLOW = Duration.ofMillis(100);

    private record Call(long part, boolean failed, boolean slow) {}

    @Property(tries = 200)
    void afterEveryCallTheLastCallsAreThoseOfTheModel(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        compare(random, ofCalls(random), STEPS);
    }

    @Property(tries = 100)
    void afterEveryCallTheCallsOfTheLastTimeAreThoseOfTheModel(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        compare(random, ofTime(random), STEPS);
    }

    @Tag("soak")
    @Property(tries = 1_000_000)
    void inAMillionHistoriesTheLastCallsAreThoseOfTheModel(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        compare(random, ofCalls(random), STEPS_OF_A_MILLION);
    }

    @Tag("soak")
    @Property(tries = 1_000_000)
    void inAMillionHistoriesTheCallsOfTheLastTimeAreThoseOfTheModel(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        compare(random, ofTime(random), STEPS_OF_A_MILLION);
    }

    private static WindowConfig ofCalls(SplittableRandom random) {
        int calls = 1 + random.nextInt(64);
        return thresholds(random, WindowConfig.count(calls).withMinimumCalls(1 + random.nextInt(calls)));
    }

    private static WindowConfig ofTime(SplittableRandom random) {
        return thresholds(
                random,
                WindowConfig.time(Duration.ofSeconds(1 + random.nextInt(20))).withMinimumCalls(1 + random.nextInt(30)));
    }

    private static WindowConfig thresholds(SplittableRandom random, WindowConfig window) {
        WindowConfig failures = window.withFailureRateThreshold(percent(random));
        return random.nextBoolean()
                ? failures
                : failures.withSlowCalls(SLOW, percent(random)).withSlowCountsAsFailure(random.nextBoolean());
    }

    private static double percent(SplittableRandom random) {
        return (1 + random.nextInt(10_000)) / 100.0;
    }

    private static void compare(SplittableRandom random, WindowConfig window, int steps) {
        ManualClock clock = new ManualClock();
        CircuitBreaker breaker = CircuitBreaker.of(
                "payments", CircuitBreakerConfig.builder().window(window).build(), clock);
        long origin = clock.now();
        Deque<Call> model = new ArrayDeque<>();
        int failing = random.nextInt(100);
        for (int step = 0; step < steps; step++) {
            boolean failed = random.nextInt(100) < failing;
            boolean slow = window.slowCallDuration() != null && random.nextInt(100) < 20;
            Permit permit = breaker.tryAcquire();
            if (slow) {
                clock.advance(SLOW.plusNanos(1));
            }
            if (failed) {
                permit.failure(new IllegalStateException("no"));
            } else {
                permit.success();
            }
            model.add(new Call(part(clock, origin, window), failed || (slow && window.slowCountsAsFailure()), slow));
            trim(model, window, part(clock, origin, window));
            boolean open = opens(model, window);
            assertThat(breaker.state()).isEqualTo(open ? CircuitState.OPEN : CircuitState.CLOSED);
            if (open) {
                breaker.reset();
                origin = clock.now();
                model.clear();
                failing = random.nextInt(100);
            }
            if (random.nextInt(4) == 0) {
                clock.advance(Duration.ofMillis(random.nextInt(1_500)));
                trim(model, window, part(clock, origin, window));
            }
            assertThat(breaker.snapshot().window())
                    .isEqualTo(new BreakerSnapshot.Window(
                            model.size(),
                            model.stream().filter(Call::failed).count(),
                            model.stream().filter(Call::slow).count()));
        }
    }

    private static long part(ManualClock clock, long origin, WindowConfig window) {
        return window.time() == null
                ? 0
                : (clock.now() - origin) / (window.time().toNanos() / 10);
    }

    private static void trim(Deque<Call> model, WindowConfig window, long part) {
        while (window.calls() != null && model.size() > window.calls()) {
            model.remove();
        }
        while (window.time() != null && !model.isEmpty() && part - model.peek().part() >= 10) {
            model.remove();
        }
    }

    private static boolean opens(Deque<Call> model, WindowConfig window) {
        long failed = model.stream().filter(Call::failed).count();
        long slow = model.stream().filter(Call::slow).count();
        return model.size() >= window.minimumCalls()
                && (isReached(failed, model.size(), window.failureRateThreshold())
                        || (window.slowCallDuration() != null
                                && isReached(slow, model.size(), window.slowCallRateThreshold())));
    }

    private static boolean isReached(long some, long all, double percent) {
        return some > 0 && some * 10_000 >= all * Math.round(percent * 100);
    }
}
