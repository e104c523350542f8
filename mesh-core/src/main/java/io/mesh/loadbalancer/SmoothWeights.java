package io.mesh.loadbalancer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The schedule of weighted turns: everyone comes in proportion to weight, spread out, and whose turn it is takes one look.
 *
 * <p>Weights are divided by their greatest common divisor. While their sum is at most 65,536, the schedule is a table
 * and a period is exact: the k-th of the w turns of an index has its ideal place at (k + offset) / w of the period; the
 * turns are sorted by place. The offset sets those of equal weight apart, so that each has its place between the turns
 * of the heavier: {5, 1, 1} gives a a b a c a a, and equal weights give plain round robin. Beyond that it is that of
 * {@link Aliases}, which needs no longer table.
 */
final class SmoothWeights {

    static final int MOST_TURNS = 65_536;

    private final int[] weights;
    private final int @Nullable [] table;
    private final @Nullable Aliases aliases;

    private SmoothWeights(int[] weights, int @Nullable [] table, @Nullable Aliases aliases) {
        this.weights = weights;
        this.table = table;
        this.aliases = aliases;
    }

    /** The schedule of other weights, which is this one if they are the same. */
    SmoothWeights forWeights(int[] others) {
        return Arrays.equals(weights, others) ? this : of(others);
    }

    static SmoothWeights of(int[] weights) {
        if (areEqual(weights)) {
            return new SmoothWeights(weights, null, null);
        }
        int divisor = 0;
        long sum = 0;
        for (int w : weights) {
            divisor = greatestCommonDivisor(w, divisor);
            sum += w;
        }
        if (sum / divisor > MOST_TURNS) {
            return new SmoothWeights(weights, null, new Aliases(weights));
        }
        int[] turns = new int[weights.length];
        for (int i = 0; i < turns.length; i++) {
            turns[i] = weights[i] / divisor;
        }
        return new SmoothWeights(weights, table(turns), null);
    }

    /** Whether all weights are equal, so that every index is its own turn. */
    boolean areEqual() {
        return table == null && aliases == null;
    }

    /** The length of the table, or 0 if there is none. */
    int tableLength() {
        return table == null ? 0 : table.length;
    }

    /** Whose turn it is at a position of the endless schedule. */
    Endpoint inTurn(Candidates candidates, long position) {
        return candidates.get(index(position));
    }

    int index(long position) {
        if (table != null) {
            return table[Math.floorMod(position, table.length)];
        }
        return aliases == null ? Math.floorMod(position, weights.length) : aliases.index(position);
    }

    /**
     * So many turns of each index, spread out. Places are spread evenly over the period, so each falls into a bucket of
     * its own or of few: sorted by buckets first, they are all but in order, which takes time in proportion to their
     * number.
     */
    static int[] table(int[] turns) {
        int length = 0;
        Map<Integer, Integer> sharers = new HashMap<>();
        for (int w : turns) {
            length += w;
            sharers.merge(w, 1, Integer::sum);
        }
        double[] places = new double[length];
        int[] indexes = new int[length];
        int[] ends = new int[length + 1];
        Map<Integer, Integer> ranks = new HashMap<>();
        int next = 0;
        for (int i = 0; i < turns.length; i++) {
            double w = turns[i];
            double offset = ranks.merge(turns[i], 1, Integer::sum) / (sharers.getOrDefault(turns[i], 0) + 1.0);
            for (int k = 0; k < turns[i]; k++) {
                places[next] = (k + offset) / w;
                indexes[next] = i;
                ends[bucket(places[next], length) + 1]++;
                next++;
            }
        }
        for (int b = 0; b < length; b++) {
            ends[b + 1] += ends[b];
        }
        double[] sortedPlaces = new double[length];
        int[] table = new int[length];
        for (int t = 0; t < length; t++) {
            int at = ends[bucket(places[t], length)]++;
            sortedPlaces[at] = places[t];
            table[at] = indexes[t];
        }
        insertionSort(sortedPlaces, table);
        return table;
    }

    private static int bucket(double place, int buckets) {
        return Math.min(buckets - 1, (int) (place * buckets));
    }

    private static void insertionSort(double[] places, int[] table) {
        for (int i = 1; i < table.length; i++) {
            double place = places[i];
            int index = table[i];
            int at = i;
            while (at > 0 && places[at - 1] > place) {
                places[at] = places[at - 1];
                table[at] = table[at - 1];
                at--;
            }
            places[at] = place;
            table[at] = index;
        }
    }

    private static boolean areEqual(int[] weights) {
        for (int w : weights) {
            if (w != weights[0]) {
                return false;
            }
        }
        return true;
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
