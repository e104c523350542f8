package io.mesh.loadbalancer;

/**
 * A schedule of turns in proportion to weight for any weights, in two numbers an index.
 *
 * <p>Walker's aliases, in Vose's way to find them ("A linear algorithm for generating random numbers with a given
 * distribution", 1991): each index has a column, all columns are of the same height, and a column is shared by at most
 * two, its own index and another, so that everyone has in all what its weight is of the sum. There a column's owner is
 * drawn by chance. Here columns come in turn, and the owner of one has its turn whenever the running sum of its share
 * passes a whole number: in n visits n times its share, give or take one. Shares are fractions of 2<sup>64</sup>, so
 * the running sum wraps by itself; columns begin at different phases, or those of the same share would all turn at
 * once.
 */
final class Aliases {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L; // 2^64 / golden ratio: multiples of it are spread evenly

    private final long[] shares; // as fractions of 2^64; all of a column whose alias is its own index
    private final int[] aliases;

    Aliases(int[] weights) {
        int n = weights.length;
        this.shares = new long[n];
        this.aliases = new int[n];
        long sum = 0;
        for (int w : weights) {
            sum += w;
        }
        double[] heights = new double[n]; // of columns of height 1
        int[] open = new int[n]; // the low ones from the left, the high ones from the right
        int low = 0;
        int high = n;
        for (int i = 0; i < n; i++) {
            heights[i] = (double) weights[i] * n / sum;
            aliases[i] = i;
            if (heights[i] < 1) {
                open[low++] = i;
            } else {
                open[--high] = i;
            }
        }
        while (low > 0 && high < n) {
            int small = open[--low];
            int great = open[high];
            shares[small] = fraction(heights[small]);
            aliases[small] = great;
            heights[great] -= 1 - heights[small];
            if (heights[great] < 1) {
                high++;
                open[low++] = great;
            }
        }
    }

    private static long fraction(double share) {
        return (long) (share * 0x1p62) << 2; // of 2^64
    }

    int index(long position) {
        long round = Math.floorDiv(position, shares.length);
        int column = (int) (position - round * shares.length); // one division, which is most of the cost
        long share = shares[column];
        boolean own = Long.compareUnsigned(round * share + column * GOLDEN, share) < 0;
        return own ? column : aliases[column];
    }
}
