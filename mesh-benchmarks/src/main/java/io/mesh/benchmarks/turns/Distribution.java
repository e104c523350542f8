package io.mesh.benchmarks.turns;

import java.util.Arrays;

/** Values in their order. */
final class Distribution {

    private static final double Z = 3.29; // 99.9 % of a normal distribution

    private final double[] sorted;

    private Distribution(double[] sorted) {
        this.sorted = sorted;
    }

    static Distribution of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Distribution(sorted);
    }

    double quantile(double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** What the median of further values is not below, with 99.9 % confidence: by rank, whatever the distribution. */
    double medianAtLeast() {
        return sorted[Math.max(0, (int) Math.floor(sorted.length / 2.0 - margin()))];
    }

    double medianAtMost() {
        return sorted[Math.min(sorted.length - 1, (int) Math.ceil(sorted.length / 2.0 + margin()))];
    }

    private double margin() {
        return Z * Math.sqrt(sorted.length) / 2;
    }
}
