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
        int[] table = tableOrIndexes(weights);
        int n = weights.length;
        long sum = Arrays.stream(weights).asLongStream().sum();
        long period = sum / Arrays.stream(weights).reduce(0, SmoothWeightsTest::gcd);
        boolean exact = period <= SmoothWeights.MOST_TURNS;

        double deviation = 0;
        int[] counts = countsOf(table, n);
        for (int i = 0; i < n; i++) {
            deviation += Math.abs(counts[i] - (double) weights[i] * table.length / sum);
        }

        assertThat(table.length).isLessThanOrEqualTo(SmoothWeights.MOST_TURNS + n);
        assertThat(deviation).isLessThanOrEqualTo(exact ? 0.000_1 : SmoothWeights.MOST_TURNS * 0.01 + n);
        assertThat(counts).doesNotContain(0);
    }

    /** At every moment, each index has had its share of the turns so far, give or take a few. */
    @Property(tries = 100)
    void turnsAreSpreadOutOverThePeriod(@ForAll("smallWeights") int[] weights) {
        int[] table = tableOrIndexes(weights);
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
        assertThat(SmoothWeights.table(new int[] {4, 4, 4})).isNull();
    }

    @Test
    void thousandsOfInstancesShareOneTableOfBoundedLength() {
        int[] weights = new int[10_000];
        Arrays.setAll(weights, i -> 1 + i * 37 % 1_000_000);

        int[] table = SmoothWeights.table(weights);

        assertThat(table.length).isLessThanOrEqualTo(SmoothWeights.MOST_TURNS + weights.length);
        assertThat(countsOf(table, weights.length)).doesNotContain(0);
    }

    private static int[] tableOrIndexes(int[] weights) {
        int[] table = SmoothWeights.table(weights);
        if (table != null) {
            return table;
        }
        int[] indexes = new int[weights.length];
        Arrays.setAll(indexes, i -> i);
        return indexes;
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
