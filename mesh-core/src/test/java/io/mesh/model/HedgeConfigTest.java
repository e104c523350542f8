package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HedgeConfigTest {

    @Test
    void theDefaultIsOneHedgeAfterThe95thPercentile() {
        assertThat(HedgeConfig.defaults())
                .isEqualTo(new HedgeConfig(null, 95.0, 1, 5, Duration.ofMillis(1)))
                .isEqualTo(HedgeConfig.builder().build());
    }

    @Test
    void everySettingSurvivesABuilder() {
        HedgeConfig config = HedgeConfig.builder()
                .percentile(99)
                .maxHedges(4)
                .maxExtraLoad(2.5)
                .minDelay(Duration.ofMillis(3))
                .build();

        assertThat(config).isEqualTo(new HedgeConfig(null, 99.0, 4, 2.5, Duration.ofMillis(3)));
        assertThat(config.toBuilder().build()).isEqualTo(config);
    }

    @Test
    void aDelayTakesThePlaceOfAPercentileAndTheOtherWayRound() {
        HedgeConfig fixed = HedgeConfig.builder().delay(Duration.ofMillis(7)).build();

        assertThat(fixed.delay()).isEqualTo(Duration.ofMillis(7));
        assertThat(fixed.percentile()).isNull();
        assertThat(fixed.toBuilder().percentile(95).build()).isEqualTo(HedgeConfig.defaults());
    }

    @Test
    void whatIsOutOfRangeOrMissingIsRefused() {
        assertRefused(
                () -> HedgeConfig.builder().delay(Duration.ZERO).build(), "delay must be longer than 0, but is PT0S");
        assertRefused(
                () -> HedgeConfig.builder().percentile(0).build(),
                "percentile must be above 0 and below 100, but is 0.0");
        assertRefused(
                () -> HedgeConfig.builder().percentile(100).build(),
                "percentile must be above 0 and below 100, but is 100.0");
        assertRefused(
                () -> HedgeConfig.builder().percentile(Double.NaN).build(),
                "percentile must be above 0 and below 100, but is NaN");
        assertRefused(() -> HedgeConfig.builder().maxHedges(0).build(), "maxHedges must be between 1 and 4, but is 0");
        assertRefused(() -> HedgeConfig.builder().maxHedges(5).build(), "maxHedges must be between 1 and 4, but is 5");
        assertRefused(
                () -> HedgeConfig.builder().maxExtraLoad(0).build(),
                "maxExtraLoad must be above 0 and at most 100, but is 0.0");
        assertRefused(
                () -> HedgeConfig.builder().maxExtraLoad(100.1).build(),
                "maxExtraLoad must be above 0 and at most 100, but is 100.1");
        assertRefused(
                () -> HedgeConfig.builder().minDelay(Duration.ZERO).build(),
                "minDelay must be longer than 0, but is PT0S");
        assertRefused(
                () -> new HedgeConfig(null, null, 1, 5, Duration.ofMillis(1)),
                "delay must be given, or percentile, but is null");
        assertRefused(
                () -> new HedgeConfig(Duration.ofMillis(1), 95.0, 1, 5, Duration.ofMillis(1)),
                "percentile must not be given beside delay (PT0.001S), but is 95.0");
    }
}
