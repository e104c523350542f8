package io.mesh.circuitbreaker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.policy.CheckedSupplier;
import io.mesh.time.ManualClock;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a success costs is in {@link io.mesh.HotPathTest}; this is what all else costs. */
class CostTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final AtomicLong readings = new AtomicLong();
    private final CircuitBreaker breaker =
            CircuitBreaker.of("payments", CircuitBreakerConfig.defaults(), readings::getAndIncrement);
    private final CheckedSupplier<String, RuntimeException> work = () -> "fine";

    @Test
    void aFailureReadsTheClockOnce() {
        long before = readings.get();

        Calls.fail(breaker);

        assertThat(readings).hasValue(before + 1);
    }

    @Test
    void aRejectionReadsTheClockOnce() {
        CircuitBreaker counting = CircuitBreaker.of(
                "payments", CircuitBreakerConfig.builder().failureThreshold(1).build(), readings::getAndIncrement);
        Calls.fail(counting);
        long before = readings.get();

        Calls.succeed(counting);

        assertThat(readings).hasValue(before + 1);
    }

    @Test
    void askingWhetherEveryCallPassesReadsNoClock() {
        long before = readings.get();

        assertThat(breaker.isFree()).isTrue();

        assertThat(readings).hasValue(before);
    }

    @Test
    void anIdleBreakerIsSmall() {
        CircuitBreakerConfig config = CircuitBreakerConfig.defaults();
        CircuitBreaker[] breakers = new CircuitBreaker[1_000];
        ManualClock clock = new ManualClock();
        breakers[0] = CircuitBreaker.of("payments", config, clock);

        long allocated = allocatedBy(() -> {
            for (int i = 0; i < breakers.length; i++) {
                breakers[i] = CircuitBreaker.of("payments", config, clock);
                breakers[i].call(work);
            }
        });

        assertThat(allocated / breakers.length).isLessThan(700); // the builder included
    }

    @Test
    void onlyTheTenNewestFailuresAreKept() {
        CircuitBreaker shortlyOpen = CircuitBreaker.of(
                "payments", CircuitBreakerConfig.builder().failureThreshold(1).build(), new ManualClock());
        for (int i = 0; i < 100; i++) {
            Calls.fail(shortlyOpen);
            shortlyOpen.reset();
        }

        assertThat(shortlyOpen.snapshot().lastFailures()).hasSize(10);
    }

    private static long allocatedBy(Runnable action) {
        long thread = Thread.currentThread().getId();
        THREADS.getThreadAllocatedBytes(thread);
        long before = THREADS.getThreadAllocatedBytes(thread);
        action.run();
        return THREADS.getThreadAllocatedBytes(thread) - before;
    }
}
