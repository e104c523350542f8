package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SmoothWeightsTest {

    @Property(tries = 300)
    void aPeriodIsInProportionToTheWeights(@ForAll("weights") int[] weights) {
        int[] table = period(weights);
        int n = weights.length;
        long sum = Arrays.stream(weights).asLongStream().sum();
        long period = sum / Arrays.stream(weights).reduce(0, SmoothWeightsTest::gcd);
        boolean exact = period <= SmoothWeights.MOST_TURNS;

        double deviation = 0;
        int[] counts = countsOf(table, n);
        for (int i = 0; i < n; i++) {
            deviation += Math.abs(counts[i] - (double) weights[i] * table.length / sum);
        }

        assertThat(SmoothWeights.of(weights).tableLength()).isLessThanOrEqualTo(SmoothWeights.MOST_TURNS);
        assertThat(deviation).isLessThanOrEqualTo(exact ? 0.000_1 : SmoothWeights.MOST_TURNS * 0.01 + n);
    }

    /** At every moment, each index has had its share of the turns so far, give or take a few. */
    @Property(tries = 100)
    void turnsAreSpreadOutOverThePeriod(@ForAll("smallWeights") int[] weights) {
        int[] table = period(weights);
        int[] turns = countsOf(table, weights.length);
        int[] had = new int[weights.length];

        for (int t = 0; t < table.length; t++) {
            had[table[t]]++;
            for (int i = 0; i < weights.length; i++) {
                double due = (double) turns[i] * (t + 1) / table.length;
                assertThat(had[i]).isCloseTo((int) Math.round(due), offset(weights.length));
            }
        }
    }

    @Provide
    Arbitrary<int[]> weights() {
        return Arbitraries.oneOf(
                        Arbitraries.integers().between(1, 1_000_000),
                        Arbitraries.integers().between(1, 100))
                .array(int[].class)
                .ofMinSize(1)
                .ofMaxSize(200);
    }

    @Provide
    Arbitrary<int[]> smallWeights() {
        return Arbitraries.integers()
                .between(1, 50)
                .array(int[].class)
                .ofMinSize(1)
                .ofMaxSize(8);
    }

    @Test
    void equalWeightsNeedNoTable() {
        assertThat(SmoothWeights.of(new int[] {4, 4, 4}).areEqual()).isTrue();
    }

    @Test
    void theGreatestPeriodThatIsExactIsOf65536Turns() {
        int[] counts = countsOf(period(new int[] {1, 65_535}), 2);

        assertThat(counts).containsExactly(1, 65_535);
        assertThat(SmoothWeights.of(new int[] {1, 65_535}).tableLength()).isEqualTo(65_536);
        assertThat(SmoothWeights.of(new int[] {1, 65_536}).tableLength()).isZero();
    }

    /** Nobody is rounded up to a turn in each period: what is missing of one comes later. */
    @Test
    void overManyPicksEachOfThousandsHasItsShareHoweverLightItIs() {
        int[] weights = new int[10_000];
        Arrays.fill(weights, 1);
        weights[0] = 1_000_000;
        SmoothWeights schedule = SmoothWeights.of(weights);
        int[] counts = new int[weights.length];

        int picks = 10_099_990; // ten times the sum
        for (int i = 0; i < picks; i++) {
            counts[schedule.index(i)]++;
        }

        assertThat(counts[0] / 10_000_000.0).isCloseTo(1, offset(0.001));
        assertThat(Arrays.stream(counts).skip(1).summaryStatistics().getMin()).isBetween(9, 10);
        assertThat(Arrays.stream(counts).skip(1).summaryStatistics().getMax()).isBetween(10, 11);
    }

    /** Lights among a heavy one do not come all at once. */
    @Test
    void alsoWithoutATableTurnsAreSpreadOut() {
        int[] weights = new int[1_000];
        Arrays.fill(weights, 1);
        weights[500] = 100_000;
        SmoothWeights schedule = SmoothWeights.of(weights);

        int most = 0;
        for (int window = 0; window < 1_000; window++) {
            int light = 0;
            for (int i = 0; i < 1_000; i++) {
                light += schedule.index(window * 1_000L + i) == 500 ? 0 : 1;
            }
            most = Math.max(most, light);
        }

        assertThat(most).isLessThanOrEqualTo(20); // 9.9 on average
    }

    @Test
    void positionsMayBeAnyAndTheGreatestWeightsDoNotOverflow() {
        SmoothWeights schedule = SmoothWeights.of(new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE, 1});
        int[] counts = new int[3];

        for (long position = Long.MIN_VALUE; position < Long.MIN_VALUE + 1_000; position++) {
            counts[schedule.index(position)]++;
        }
        for (long position = Long.MAX_VALUE - 1_000; position < Long.MAX_VALUE; position++) {
            counts[schedule.index(position)]++;
        }

        assertThat(counts[0]).isCloseTo(1_000, offset(3));
        assertThat(counts[1]).isCloseTo(1_000, offset(3));
    }

    /** Whose turn it is over one period, or 65,536 turns of one that is longer. */
    private static int[] period(int[] weights) {
        SmoothWeights schedule = SmoothWeights.of(weights);
        int length = schedule.tableLength() > 0 ? schedule.tableLength() : SmoothWeights.MOST_TURNS;
        int[] period = new int[schedule.areEqual() ? weights.length : length];
        Arrays.setAll(period, schedule::index);
        return period;
    }

    private static int[] countsOf(int[] table, int n) {
        int[] counts = new int[n];
        for (int index : table) {
            counts[index]++;
        }
        return counts;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
