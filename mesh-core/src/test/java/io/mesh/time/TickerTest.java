package io.mesh.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TickerTest {

    @Test
    void aDurationBeyondAllBoundsIsForEver() {
        assertThat(Ticker.nanos(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)))
                .isEqualTo(Ticker.FOREVER);
        assertThat(Ticker.nanos(Duration.ofNanos(Long.MAX_VALUE))).isEqualTo(Ticker.FOREVER);
    }

    @Test
    void aDurationBelowZeroIsNone() {
        assertThat(Ticker.nanos(Duration.ofNanos(-1))).isZero();
        assertThat(Ticker.nanos(Duration.ofSeconds(Long.MIN_VALUE))).isZero();
        assertThat(Ticker.nanos(Duration.ZERO)).isZero();
    }

    @Test
    void anyOtherDurationIsKeptToTheNanosecond() {
        assertThat(Ticker.nanos(Duration.ofDays(365).plusNanos(7))).isEqualTo(31_536_000_000_000_007L);
        assertThat(Ticker.nanos(Duration.ofNanos(1))).isEqualTo(1);
    }

    @Property
    void anyDurationCanBeAddedToAnyReadingAndComparedByDifference(@ForAll long reading, @ForAll long seconds) {
        long nanos = Ticker.nanos(Duration.ofSeconds(seconds));

        long until = reading + nanos;

        assertThat(until - reading).isBetween(0L, Ticker.FOREVER);
    }

    @Test
    void theTickerOfTheSystemGoesForward() {
        long before = Ticker.system().now();

        assertThat(Ticker.system().now() - before).isNotNegative();
    }
}
