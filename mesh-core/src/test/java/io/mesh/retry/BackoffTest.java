package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.Jitter;
import io.mesh.model.RetryConfig;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private static final long MILLI = 1_000_000;
    private static final int DRAWS = 10_000;

    private final RandomGenerator random = new Random(42);

    @Test
    void waitsGrowByTheMultiplierUpToTheMaximumAndStayThere() {
        Backoff backoff = new Backoff(RetryConfig.builder().jitter(Jitter.NONE).build());

        long[] waits = IntStream.rangeClosed(1, 8)
                .mapToLong(attempt -> backoff.delay(attempt, 0, random) / MILLI)
                .toArray();

        assertThat(waits).containsExactly(100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000);
        assertThat(backoff.delay(1_000, 0, random)).isEqualTo(5_000 * MILLI);
        assertThat(backoff.delay(1_000_000, 0, random)).isEqualTo(5_000 * MILLI);
    }

    @Test
    void aMultiplierOfOneKeepsTheWaitConstant() {
        Backoff backoff = new Backoff(
                RetryConfig.builder().jitter(Jitter.NONE).multiplier(1.0).build());

        assertThat(IntStream.of(1, 2, 17, 1_000).mapToLong(attempt -> backoff.delay(attempt, 0, random)))
                .containsOnly(100 * MILLI);
    }

    @Test
    void aMultiplierNearOneStillGrowsFromAWaitOfANanosecond() {
        Backoff backoff = new Backoff(RetryConfig.builder()
                .jitter(Jitter.NONE)
                .initialDelay(Duration.ofNanos(1))
                .multiplier(1.1)
                .build());

        assertThat(backoff.delay(100, 0, random)).isBetween(12_000L, 13_000L);
    }

    @Test
    void anInitialDelayOfNothingStaysNothing() {
        for (Jitter jitter : Jitter.values()) {
            Backoff backoff = new Backoff(RetryConfig.builder()
                    .initialDelay(Duration.ZERO)
                    .multiplier(1e300)
                    .jitter(jitter)
                    .build());

            assertThat(IntStream.of(1, 2, 1_000).mapToLong(attempt -> backoff.delay(attempt, backoff.first(), random)))
                    .containsOnly(0L);
        }
    }

    @Test
    void anAbsurdMultiplierAndAnEndlessMaximumSaturate() {
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
        Backoff backoff = new Backoff(RetryConfig.builder()
                .jitter(Jitter.NONE)
                .multiplier(1e300)
                .maxDelay(endless)
                .build());
        Backoff fromTheFirst = new Backoff(RetryConfig.builder()
                .jitter(Jitter.EQUAL)
                .initialDelay(endless)
                .maxDelay(endless)
                .build());

        assertThat(IntStream.of(2, 3, 1_000).mapToLong(attempt -> backoff.delay(attempt, 0, random)))
                .containsOnly(Ticker.FOREVER);
        assertThat(fromTheFirst.delay(1_000, 0, random)).isBetween(Ticker.FOREVER / 2, Ticker.FOREVER);
    }

    @Test
    void fullJitterIsUniformUpToTheMaximumAndNotClumpedThere() {
        Backoff backoff = new Backoff(RetryConfig.defaults());
        long ceiling = 5_000 * MILLI;

        long[] waits = draws(() -> backoff.delay(50, 0, random));

        assertThat(LongStream.of(waits)).allMatch(wait -> wait >= 0 && wait <= ceiling);
        assertThat(LongStream.of(waits).filter(wait -> wait == ceiling).count()).isLessThan(DRAWS / 1_000);
        assertThat(chiSquare(waits, 0, ceiling)).isLessThan(44.8);
    }

    @Test
    void equalJitterIsUniformOverTheUpperHalf() {
        Backoff backoff = new Backoff(RetryConfig.builder().jitter(Jitter.EQUAL).build());

        long[] waits = draws(() -> backoff.delay(3, 0, random));

        assertThat(LongStream.of(waits)).allMatch(wait -> wait >= 200 * MILLI && wait <= 400 * MILLI);
        assertThat(chiSquare(waits, 200 * MILLI, 400 * MILLI)).isLessThan(44.8);
    }

    @Test
    void decorrelatedJitterStaysBetweenTheInitialWaitAndThreeTimesThePreviousOne() {
        Backoff backoff =
                new Backoff(RetryConfig.builder().jitter(Jitter.DECORRELATED).build());
        long previous = backoff.first();
        int atTheMaximum = 0;

        for (int attempt = 1; attempt <= DRAWS; attempt++) {
            long wait = backoff.delay(attempt, previous, random);
            assertThat(wait).isBetween(100 * MILLI, Math.min(5_000 * MILLI, 3 * previous));
            atTheMaximum += wait == 5_000 * MILLI ? 1 : 0;
            previous = wait;
        }

        assertThat(atTheMaximum).isLessThan(DRAWS / 1_000);
    }

    @Test
    void decorrelatedJitterIsUniformInItsRange() {
        Backoff backoff =
                new Backoff(RetryConfig.builder().jitter(Jitter.DECORRELATED).build());

        long[] waits = draws(() -> backoff.delay(7, 1_000 * MILLI, random));

        assertThat(chiSquare(waits, 100 * MILLI, 3_000 * MILLI)).isLessThan(44.8);
    }

    @Property(tries = 3_000)
    void everyWaitIsWithinItsBounds(
            @ForAll @LongRange(min = 0, max = Long.MAX_VALUE) long initial,
            @ForAll @LongRange(min = 1, max = Long.MAX_VALUE) long max,
            @ForAll @DoubleRange(min = 1.0, max = Double.MAX_VALUE) double multiplier,
            @ForAll @IntRange(min = 1, max = 1_000_000) int attempt,
            @ForAll Jitter jitter,
            @ForAll long seed) {
        Backoff backoff = new Backoff(RetryConfig.builder()
                .initialDelay(Duration.ofNanos(Math.min(initial, max)))
                .maxDelay(Duration.ofNanos(max))
                .multiplier(multiplier)
                .jitter(jitter)
                .build());

        long wait = backoff.delay(attempt, backoff.first(), new Random(seed));

        assertThat(wait).isBetween(0L, Math.min(max, Ticker.FOREVER));
        assertThat(backoff.ceiling(attempt + 1)).isGreaterThanOrEqualTo(backoff.ceiling(attempt));
    }

    private static long[] draws(LongSupplier draw) {
        return LongStream.generate(draw).limit(DRAWS).toArray();
    }

    /** Over ten bins; 44.8 is the critical value for 9 degrees of freedom at 1e-6. */
    private static double chiSquare(long[] values, long from, long to) {
        int[] bins = new int[10];
        for (long value : values) {
            bins[(int) Math.min(9, (value - from) * 10 / (to - from))]++;
        }
        double expected = values.length / 10.0;
        return IntStream.of(bins)
                .mapToDouble(count -> (count - expected) * (count - expected) / expected)
                .sum();
    }
}
