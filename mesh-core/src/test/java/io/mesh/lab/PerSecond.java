package io.mesh.lab;

import java.util.Arrays;

/** Counts by the second. */
final class PerSecond {

    private long[] counts = new long[64];

    void add(double at) {
        int second = (int) at;
        if (second >= counts.length) {
            counts = Arrays.copyOf(counts, 2 * second);
        }
        counts[second]++;
    }

    /** How many there were in the second that begins here. */
    long in(int second) {
        return second < counts.length ? counts[second] : 0;
    }

    /** How many there were from the beginning of one second to the beginning of another. */
    long between(int from, int to) {
        long sum = 0;
        for (int second = from; second < to; second++) {
            sum += in(second);
        }
        return sum;
    }

    long total() {
        return between(0, counts.length);
    }
}
