package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class LatenciesTest {

    private static final long START = Long.MAX_VALUE - 1_000; // readings overflow meanwhile
    private static final long SLICE = Duration.ofSeconds(10).toNanos();

    private final Latencies latencies = new Latencies(START);

    @Property
    void whatIsReadIsAtMostAnEighthTooLongAndNeverTooShort(
            @ForAll @LongRange(min = 0, max = 3_600_000_000_000L) long nanos) {
        long read = Latencies.longest(Latencies.bucket(nanos));

        assertThat(read).isBetween(nanos, nanos + nanos / 8);
    }

    @Property
    void everyLatencyHasABucket(@ForAll long nanos) {
        assertThat(Latencies.bucket(nanos)).isBetween(0, 319);
    }

    @Test
    void aPercentileIsWhatThatShareDoesNotExceed() {
        for (int millis = 1; millis <= 100; millis++) {
            latencies.add(Duration.ofMillis(millis).toNanos(), START);
        }

        assertThat(Duration.ofNanos(latencies.percentile(95, 100, START)).toMillis())
                .isBetween(95L, 106L);
        assertThat(Duration.ofNanos(latencies.percentile(50, 100, START)).toMillis())
                .isBetween(50L, 56L);
        assertThat(latencies.percentile(95, 101, START)).isEqualTo(-1);
    }

    @Test
    void theLastTenToTwentySecondsAreLookedAt() {
        latencies.add(5, START);
        assertThat(latencies.percentile(50, 1, START + SLICE)).isEqualTo(5);
        latencies.add(6, START + SLICE);
        assertThat(latencies.percentile(50, 1, START + 2 * SLICE - 1)).isEqualTo(5);
        assertThat(latencies.percentile(50, 1, START + 2 * SLICE)).isEqualTo(6);
        assertThat(latencies.percentile(50, 1, START + 3 * SLICE)).isEqualTo(-1);
    }

    @Test
    void aLongPauseForgetsAll() {
        latencies.add(5, START);

        assertThat(latencies.percentile(50, 1, START + 100 * SLICE)).isEqualTo(-1);
    }
}
