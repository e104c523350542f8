package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.mesh.model.RetryConfig;
import io.mesh.policy.CheckedSupplier;
import io.mesh.time.ManualClock;
import io.mesh.time.Ticker;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a call costs that goes well at once. */
class RetryCostTest {

    private static final int CALLS = 1_000_000;

    private final ManualClock clock = new ManualClock();
    private final AtomicInteger clockReads = new AtomicInteger();
    private final Ticker counting = () -> {
        clockReads.incrementAndGet();
        return clock.now();
    };

    @Test
    void aCallThatGoesWellAtOnceAllocatesNothingAndReadsNoClock() {
        RetryPolicy retry = policy(RetryConfig.builder());
        String value = "well";
        CheckedSupplier<String, RuntimeException> work = () -> value;
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        repeat(retry, work); // until compiled
        long before = threads.getCurrentThreadAllocatedBytes();
        long nothing = threads.getCurrentThreadAllocatedBytes() - before;
        before = threads.getCurrentThreadAllocatedBytes();

        repeat(retry, work);

        long allocated = threads.getCurrentThreadAllocatedBytes() - before - nothing;
        assertThat(allocated).isLessThan(CALLS / 100); // an object per call would be 16 times CALLS
        assertThat(clockReads).hasValue(0);
    }

    @Test
    void theClockIsReadOnceIfAMaximumDurationIsSet() {
        RetryPolicy retry = policy(RetryConfig.builder().maxDuration(Duration.ofSeconds(1)));

        assertThat(retry.isTimed()).isTrue();
        assertThat(retry.<String, RuntimeException>call(() -> "well")).isEqualTo("well");

        assertThat(clockReads).hasValue(1);
    }

    @Test
    void aStageThatGoesWellAtOnceReadsNoClockAndWaitsForNothing() {
        RetryPolicy retry = policy(RetryConfig.builder());

        assertThat(retry.callAsync(new Script("well").stages())).isCompletedWithValue("well");

        assertThat(clockReads).hasValue(0);
        assertThat(clock.scheduled()).isZero();
        assertThat(clock.sleeps()).isEmpty();
    }

    private static void repeat(RetryPolicy retry, CheckedSupplier<String, RuntimeException> work) {
        for (int call = 0; call < CALLS; call++) {
            String result = retry.call(work);
            if (result.isEmpty()) {
                throw new AssertionError();
            }
        }
    }

    private RetryPolicy policy(RetryConfig.Builder config) {
        return RetryPolicy.builder("payments")
                .config(config.build())
                .ticker(counting)
                .sleeper(clock)
                .scheduler(clock)
                .build();
    }
}
