package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class OutlierConfigTest {

    @Test
    void theDefaultsAreEnvoysNumbersWithAFloor() {
        assertThat(OutlierConfig.defaults())
                .isEqualTo(new OutlierConfig(Duration.ofSeconds(10), 5, 100, 1.9, 50, 85, 10, 100))
                .isEqualTo(OutlierConfig.builder().build());
    }

    @Test
    void everySettingSurvivesABuilder() {
        OutlierConfig config = OutlierConfig.builder()
                .interval(Duration.ofSeconds(3))
                .minimumInstances(2)
                .successRateMinimumCalls(10)
                .successRateStdevFactor(1.5)
                .failurePercentageMinimumCalls(5)
                .failurePercentageThreshold(50)
                .minimumFailurePercentage(0)
                .enforcementPercent(0)
                .build();

        assertThat(config).isEqualTo(new OutlierConfig(Duration.ofSeconds(3), 2, 10, 1.5, 5, 50, 0, 0));
        assertThat(config.toBuilder().build()).isEqualTo(config);
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        assertRefused(
                () -> OutlierConfig.builder().interval(Duration.ZERO).build(),
                "interval must be longer than 0, but is PT0S");
        assertRefused(
                () -> OutlierConfig.builder().minimumInstances(1).build(),
                "minimumInstances must be 2 or more, but is 1");
        assertRefused(
                () -> OutlierConfig.builder().successRateMinimumCalls(0).build(),
                "successRateMinimumCalls must be 1 or more, but is 0");
        assertRefused(
                () -> OutlierConfig.builder().successRateStdevFactor(Double.NaN).build(),
                "successRateStdevFactor must be above 0, but is NaN");
        assertRefused(
                () -> OutlierConfig.builder().failurePercentageMinimumCalls(0).build(),
                "failurePercentageMinimumCalls must be 1 or more, but is 0");
        assertRefused(
                () -> OutlierConfig.builder().failurePercentageThreshold(0).build(),
                "failurePercentageThreshold must be above 0 and at most 100, but is 0.0");
        assertRefused(
                () -> OutlierConfig.builder().minimumFailurePercentage(-1).build(),
                "minimumFailurePercentage must be between 0 and 100, but is -1.0");
        assertRefused(
                () -> OutlierConfig.builder().enforcementPercent(101).build(),
                "enforcementPercent must be between 0 and 100, but is 101");
    }
}
