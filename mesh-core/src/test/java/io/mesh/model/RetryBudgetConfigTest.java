package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryBudgetConfigTest {

    @Test
    void theDefaultsAreThoseOfTheDesign() {
        RetryBudgetConfig defaults = RetryBudgetConfig.defaults();

        assertThat(defaults.ratio()).isEqualTo(0.2);
        assertThat(defaults.minPerSecond()).isEqualTo(10);
        assertThat(defaults.ttl()).isEqualTo(Duration.ofSeconds(10));
        assertThat(defaults.enabled()).isTrue();
        assertThat(RetryBudgetConfig.builder().build()).isEqualTo(defaults);
        assertThat(RetryBudgetConfig.none())
                .isEqualTo(defaults.toBuilder().enabled(false).build());
    }

    @Test
    void everySettingSurvivesABuilder() {
        RetryBudgetConfig config = RetryBudgetConfig.builder()
                .ratio(1000.0)
                .minPerSecond(0)
                .ttl(Duration.ofMillis(1_500))
                .enabled(false)
                .build();

        assertThat(config.toBuilder().build()).isEqualTo(config);
        assertThat(config).isEqualTo(new RetryBudgetConfig(1000.0, 0, Duration.ofMillis(1_500), false));
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        for (double ratio : new double[] {-0.5, 1000.1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertRefused(
                    () -> RetryBudgetConfig.builder().ratio(ratio).build(),
                    "ratio must be between 0.0 and 1000.0, but is " + ratio);
        }
        assertRefused(
                () -> RetryBudgetConfig.builder().minPerSecond(-1).build(),
                "minPerSecond must be 0 or more, but is -1");
        assertRefused(
                () -> RetryBudgetConfig.builder().ttl(Duration.ofMillis(999)).build(),
                "ttl must be between PT1S and PT1M, but is PT0.999S");
        assertRefused(
                () -> RetryBudgetConfig.builder().ttl(Duration.ofMillis(60_001)).build(),
                "ttl must be between PT1S and PT1M, but is PT1M0.001S");
        assertRefused(() -> RetryBudgetConfig.builder().ttl(null).build(), "ttl must be given, but is null");
    }
}
