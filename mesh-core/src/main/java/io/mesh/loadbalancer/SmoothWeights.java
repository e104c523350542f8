package io.mesh.loadbalancer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The schedule of weighted turns: a table of indexes in which everyone stands in proportion to weight, spread
 * out, so that a pick is one look into the table.
 *
 * <p>The k-th of the w turns of an index has its ideal place at (k + offset) / w of the period; the turns are
 * sorted by place. The offset sets those of equal weight apart, so that each has its place between the turns
 * of the heavier: {5, 1, 1} gives a a b a c a a, and equal weights give plain round robin.
 *
 * <p>Weights are divided by their greatest common divisor. If the sum is at most 65,536, a period is exact.
 * Otherwise weights are scaled to about 65,536 turns, each at least 1, so that the table stays small.
 */
final class SmoothWeights {

    static final int MOST_TURNS = 65_536;

    private SmoothWeights() {}

    /** The table, or null if all weights are equal, so that every index is its own turn. */
    static int @Nullable [] table(int[] weights) {
        if (areEqual(weights)) {
            return null;
        }
        int[] turns = turns(weights);
        Map<Integer, Integer> sharers = new HashMap<>();
        for (int w : turns) {
            sharers.merge(w, 1, Integer::sum);
        }
        int indexBits = Integer.SIZE - Integer.numberOfLeadingZeros(turns.length - 1);
        double places = (double) (1L << (62 - indexBits));
        long[] order = new long[Math.toIntExact(sum(turns))]; // place and, below it, index: sorted by both
        Map<Integer, Integer> ranks = new HashMap<>();
        int next = 0;
        for (int i = 0; i < turns.length; i++) {
            long w = turns[i];
            long parts = sharers.getOrDefault(turns[i], 0) + 1L;
            long rank = ranks.merge(turns[i], 1, Integer::sum);
            for (long k = 0; k < w; k++) {
                double place = (double) (k * parts + rank) / (double) (parts * w);
                order[next] = (long) (place * places) << indexBits | i;
                next++;
            }
        }
        Arrays.sort(order);
        long indexMask = (1L << indexBits) - 1;
        int[] table = new int[order.length];
        for (int i = 0; i < table.length; i++) {
            table[i] = (int) (order[i] & indexMask);
        }
        return table;
    }

    private static boolean areEqual(int[] weights) {
        for (int w : weights) {
            if (w != weights[0]) {
                return false;
            }
        }
        return true;
    }

    private static int[] turns(int[] weights) {
        int divisor = 0;
        for (int w : weights) {
            divisor = greatestCommonDivisor(w, divisor);
        }
        long sum = sum(weights) / divisor;
        int[] turns = new int[weights.length];
        long upTo = 0;
        long given = 0;
        for (int i = 0; i < weights.length; i++) {
            if (sum <= MOST_TURNS) {
                turns[i] = weights[i] / divisor;
            } else {
                // Rounding the running sum, not each weight, keeps rounding from adding up.
                upTo += weights[i] / divisor;
                long due = (long) ((double) upTo * MOST_TURNS / (double) sum);
                turns[i] = (int) Math.max(1, due - given);
                given = due;
            }
        }
        return turns;
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }

    private static long sum(int[] values) {
        long sum = 0;
        for (int value : values) {
            sum += value;
        }
        return sum;
    }
}
