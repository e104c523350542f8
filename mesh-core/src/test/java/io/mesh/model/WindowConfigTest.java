package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WindowConfigTest {

    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    @Test
    void theDefaultsAreThoseOfTheDesign() {
        WindowConfig count = WindowConfig.count(100);
        assertThat(count.failureRateThreshold()).isEqualTo(50);
        assertThat(count.minimumCalls()).isEqualTo(100);
        assertThat(count.slowCallDuration()).isNull();
        assertThat(count.slowCallRateThreshold()).isEqualTo(100);
        assertThat(count.slowCountsAsFailure()).isFalse();
        assertThat(WindowConfig.time(TEN_SECONDS).minimumCalls()).isEqualTo(20);
    }

    @Test
    void aWindowIsOfCallsOrOfTime() {
        assertRefused(
                () -> new WindowConfig(null, null, 50, null, null, 100, false),
                "calls must be given, or time, but is null");
        assertRefused(
                () -> new WindowConfig(10, TEN_SECONDS, 50, null, null, 100, false),
                "time must not be given beside calls (10), but is PT10S");
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        assertRefused(() -> WindowConfig.count(0), "calls must be between 1 and 100000, but is 0");
        assertRefused(
                () -> WindowConfig.time(Duration.ofMillis(999)), "time must be between 1s and 1d, but is PT0.999S");
        for (double rate : new double[] {0, -1, 100.01, Double.NaN, 33.333}) {
            assertRefused(
                    () -> WindowConfig.count(10).withFailureRateThreshold(rate),
                    "failureRateThreshold must be above 0 and at most 100, in steps of 0.01, but is " + rate);
        }
        assertRefused(
                () -> WindowConfig.count(10).withMinimumCalls(20),
                "minimumCalls must be at most calls, 10: more never are in the window, but is 20");
        assertRefused(
                () -> WindowConfig.count(10).withSlowCalls(Duration.ZERO, 50),
                "slowCallDuration must be longer than 0, but is PT0S");
        assertRefused(
                () -> WindowConfig.count(10).withSlowCountsAsFailure(true),
                "slowCountsAsFailure must be false without slowCallDuration: no call is slow, but is true");
    }
}
