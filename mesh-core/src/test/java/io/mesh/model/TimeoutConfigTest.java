package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimeoutConfigTest {

    @Test
    void theDefaultIsASecondAndToReturnWhatComesLate() {
        assertThat(TimeoutConfig.defaults())
                .isEqualTo(new TimeoutConfig(Duration.ofSeconds(1), LateResult.RETURN))
                .isEqualTo(TimeoutConfig.builder().build());
    }

    @Test
    void everySettingSurvivesABuilder() {
        TimeoutConfig config = TimeoutConfig.builder()
                .timeout(Duration.ofMillis(50))
                .lateResult(LateResult.FAIL)
                .build();

        assertThat(config).isEqualTo(new TimeoutConfig(Duration.ofMillis(50), LateResult.FAIL));
        assertThat(config.toBuilder().build()).isEqualTo(config);
    }

    @Test
    void whatIsOutOfRangeOrMissingIsRefused() {
        assertRefused(
                () -> TimeoutConfig.builder().timeout(Duration.ZERO).build(),
                "timeout must be longer than 0, but is PT0S");
        assertRefused(
                () -> TimeoutConfig.builder().timeout(Duration.ofMillis(-1)).build(),
                "timeout must be longer than 0, but is PT-0.001S");
        assertRefused(() -> TimeoutConfig.builder().timeout(null).build(), "timeout must be given, but is null");
        assertRefused(() -> TimeoutConfig.builder().lateResult(null).build(), "lateResult must be given, but is null");
    }
}
