package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a call costs that goes well at once, beside what {@link io.mesh.HotPathTest} counts. */
class RetryCostTest {

    private final ManualClock clock = new ManualClock();
    private final AtomicInteger clockReads = new AtomicInteger();
    private final Ticker counting = () -> {
        clockReads.incrementAndGet();
        return clock.now();
    };

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

    private RetryPolicy policy(RetryConfig.Builder config) {
        return RetryPolicy.builder("payments")
                .config(config.build())
                .ticker(counting)
                .sleeper(clock)
                .scheduler(clock)
                .build();
    }
}
