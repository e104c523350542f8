package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitConfigTest {

    @Test
    void theDefaultIsSixtyFourCallsWithoutWaitingOrAdapting() {
        assertThat(ConcurrencyLimitConfig.defaults())
                .isEqualTo(new ConcurrencyLimitConfig(64, Duration.ZERO, null))
                .isEqualTo(ConcurrencyLimitConfig.builder().build());
        assertThat(AdaptiveLimitConfig.defaults())
                .isEqualTo(new AdaptiveLimitConfig(1, 8, 1.25, Duration.ofSeconds(10)))
                .isEqualTo(AdaptiveLimitConfig.builder().build());
    }

    @Test
    void everySettingSurvivesABuilder() {
        AdaptiveLimitConfig adaptive = AdaptiveLimitConfig.builder()
                .minLimit(2)
                .initialLimit(4)
                .tolerance(2.0)
                .probeInterval(Duration.ofSeconds(30))
                .build();
        ConcurrencyLimitConfig config = ConcurrencyLimitConfig.builder()
                .maxConcurrent(5)
                .maxWait(Duration.ofMillis(20))
                .adaptive(adaptive)
                .build();

        assertThat(adaptive).isEqualTo(new AdaptiveLimitConfig(2, 4, 2.0, Duration.ofSeconds(30)));
        assertThat(adaptive.toBuilder().build()).isEqualTo(adaptive);
        assertThat(config).isEqualTo(new ConcurrencyLimitConfig(5, Duration.ofMillis(20), adaptive));
        assertThat(config.toBuilder().build()).isEqualTo(config);
    }

    @Test
    void whatIsOutOfRangeOrMissingIsRefused() {
        ConcurrencyLimitConfig.Builder limit = ConcurrencyLimitConfig.builder();
        assertRefused(() -> limit.maxConcurrent(0).build(), "maxConcurrent must be 1 or more, but is 0");
        assertRefused(
                () -> limit.maxConcurrent(7)
                        .adaptive(AdaptiveLimitConfig.defaults())
                        .build(),
                "maxConcurrent must be 8 or more, which adaptive begins with, but is 7");
        assertRefused(
                () -> limit.adaptive(null).maxWait(Duration.ofMillis(-1)).build(),
                "maxWait must be 0 or longer, but is PT-0.001S");
        assertRefused(() -> limit.maxWait(null).build(), "maxWait must be given, but is null");

        AdaptiveLimitConfig.Builder adaptive = AdaptiveLimitConfig.builder();
        assertRefused(() -> adaptive.minLimit(0).build(), "minLimit must be 1 or more, but is 0");
        assertRefused(() -> adaptive.minLimit(9).build(), "initialLimit must be minLimit (9) or more, but is 8");
        assertRefused(
                () -> adaptive.minLimit(1).tolerance(0.9).build(),
                "tolerance must be between 1.0 and 10.0, but is 0.9");
        assertRefused(
                () -> adaptive.tolerance(Double.NaN).build(), "tolerance must be between 1.0 and 10.0, but is NaN");
        assertRefused(
                () -> adaptive.tolerance(1).probeInterval(Duration.ZERO).build(),
                "probeInterval must be longer than 0, but is PT0S");
    }

    @Test
    void aRejectionSaysHowFullTheLimitIsAndWhatToDo() {
        assertThat(new ConcurrencyLimitException("payments", 5, 6, Duration.ZERO, false))
                .hasMessage("Concurrency limit 'payments' has no place for the call: 6 running, 5 allowed."
                        + " Call again later, or raise maxConcurrent.")
                .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
        assertThat(new ConcurrencyLimitException("payments", 5, 5, Duration.ofMillis(20), false))
                .hasMessage("Concurrency limit 'payments' has no place for the call: 5 running, 5 allowed, none free"
                        + " within 20 ms. Call again later, or raise maxConcurrent.");
    }
}
