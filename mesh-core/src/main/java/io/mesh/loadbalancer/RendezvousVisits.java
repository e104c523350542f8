package io.mesh.loadbalancer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How a {@link RendezvousTable} comes about, block by block. Each endpoint visits the places of a block one after the other,
 * in an order of its own that follows from its id alone, and a place is of whoever comes first. The heavier visit faster: a
 * visit after a part p of the M places is made at -ln(1 - p) / weight, so places are shared in proportion to weight. The
 * first visit is made after a part of 1 / M that is the endpoint's own, so that no two visit at the same times.
 *
 * <p>Visits are made round by round, each up to some time. What comes in a later round comes too late at a place that has its
 * two visitors, so such a place is closed, and most visits are but a look at a bit.
 */
final class RendezvousVisits {

    private static final int PLACES = RendezvousTable.BLOCK;
    private static final double ROUND = 4; // visits of each place
    private static final double USUAL =
            Math.log(PLACES) + 4; // leaves less than one place, mostly, without two visitors
    private static final double SURELY = 1 - 1e-6; // more than floats are off
    private static final int LEAD_BITS = 24;
    private static final double LEAD_UNIT = 1.0 / (1 << LEAD_BITS);
    private static final long NOBODY = Long.MAX_VALUE;

    private final Candidates candidates;
    private final double sumOfWeights;
    private final int heaviest;
    private final long[] lots; // of each endpoint
    private final List<double[]> due = new ArrayList<>(); // visits of each endpoint, by the end of each round
    private double[] times = {0}; // when an endpoint of weight 1 has made so many visits, as far as it is known

    // Of the block at hand.
    private final int[] strides;
    private final double[] leads; // from one visit on, until which part of the next
    private final int[] next; // the place that an endpoint visits next
    private final int[] made; // how many it has visited
    private final long[] choices = new long[2 * PLACES]; // two visits of each place: the time above, the endpoint below
    private final long[] isOpen = new long[(PLACES + Long.SIZE - 1) / Long.SIZE]; // a bit for each place
    private int openPlaces;

    RendezvousVisits(Candidates candidates, double sumOfWeights) {
        int n = candidates.size();
        this.candidates = candidates;
        this.sumOfWeights = sumOfWeights;
        this.heaviest = Arrays.stream(candidates.weights()).max().orElse(0);
        this.lots = new long[n];
        this.strides = new int[n];
        this.leads = new double[n];
        this.next = new int[n];
        this.made = new int[n];
        for (int i = 0; i < n; i++) {
            lots[i] = KeyHash.of(candidates.get(i).id());
        }
    }

    /** Makes one block of these choices. */
    void makeInto(int[] firsts, int[] seconds, int block) {
        begin(block);
        double end = 0;
        double round = ROUND / sumOfWeights;
        for (int i = 0; openPlaces > 0; i++) {
            end += round;
            if (i == due.size()) {
                due.add(dueAt(end));
            }
            visitUpTo(due.get(i), block);
            closeUpTo(end);
            round *= end * sumOfWeights < USUAL ? 1 : 2; // one very heavy endpoint leaves long waits for a second
        }
        int from = block * PLACES;
        for (int place = 0; place < PLACES; place++) {
            firsts[from + place] = (int) choices[2 * place];
            seconds[from + place] = (int) choices[2 * place + 1];
        }
    }

    private void begin(int block) {
        for (int i = 0; i < lots.length; i++) {
            long lot = KeyHash.mixed(lots[i] + block);
            next[i] = KeyHash.below(PLACES, lot);
            leads[i] = (lot & ((1 << LEAD_BITS) - 1)) * LEAD_UNIT;
            strides[i] = 1 + KeyHash.below(PLACES - 1, KeyHash.mixed(lot));
        }
        Arrays.fill(made, 0);
        Arrays.fill(choices, NOBODY);
        Arrays.fill(isOpen, -1);
        isOpen[PLACES / Long.SIZE] = (1L << PLACES) - 1; // a prime: never full
        openPlaces = PLACES;
    }

    private double[] dueAt(double end) {
        double[] visits = new double[lots.length];
        for (int i = 0; i < visits.length; i++) {
            visits[i] = due(end * candidates.weight(i));
        }
        tellTimes(Math.min(PLACES, 2 + (int) due(end * heaviest)));
        return visits;
    }

    /** How many visits an endpoint of weight 1 has made by then. */
    private static double due(double time) {
        return PLACES * (1 - Math.exp(-time));
    }

    /** The same on every machine, unlike {@link Math#log}. */
    private void tellTimes(int visits) {
        int known = times.length;
        times = Arrays.copyOf(times, Math.max(known, visits + 1));
        for (int k = known; k <= visits; k++) {
            times[k] = k < PLACES ? -StrictMath.log1p(-(double) k / PLACES) : 3 * times[PLACES - 1]; // late enough
        }
    }

    private void visitUpTo(double[] due, int block) {
        for (int i = 0; i < due.length; i++) {
            visitUpTo((int) Math.min(PLACES, due[i] + 1 - leads[i]), i, block);
        }
    }

    private void visitUpTo(int due, int endpoint, int block) {
        double weight = candidates.weight(endpoint);
        double lead = leads[endpoint];
        int stride = strides[endpoint];
        int place = next[endpoint];
        for (int k = made[endpoint]; k < due; k++) {
            if ((isOpen[place / Long.SIZE] & (1L << place)) != 0) {
                double time = times[k] + lead * (times[k + 1] - times[k]);
                visit(place, block, endpoint, (float) (time / weight));
            }
            place += stride - PLACES;
            place += PLACES & (place >> (Integer.SIZE - 1)); // back if beyond the last
        }
        next[endpoint] = place;
        made[endpoint] = due;
    }

    /** Without branches but for rare ones: who of three comes first cannot be foreseen. */
    private void visit(int place, int block, int endpoint, float time) {
        int at = 2 * place;
        long visit = ((long) Float.floatToRawIntBits(time) << Integer.SIZE) | endpoint; // as ints they compare alike
        long first = choices[at];
        long second = choices[at + 1];
        if (isSameTime(visit, first) || isSameTime(visit, second)) {
            visitAtTheSameTime(place, block, visit);
            return;
        }
        long earlier = earlier(first, visit);
        choices[at] = earlier;
        choices[at + 1] = earlier(first ^ visit ^ earlier, second); // the later of these two, and the second
    }

    /** The first of them if they came at the same time. */
    private static long earlier(long one, long other) {
        long isLater = ((other >>> Integer.SIZE) - (one >>> Integer.SIZE)) >> (Long.SIZE - 1); // all bits or none
        return one ^ ((one ^ other) & isLater);
    }

    private static boolean isSameTime(long visit, long other) {
        return (visit ^ other) >>> Integer.SIZE == 0;
    }

    /** They draw lots, at each place anew, or one of them would have all such places. */
    private void visitAtTheSameTime(int place, int block, long visit) {
        int at = 2 * place;
        long lot = (long) block * PLACES + place;
        if (isBefore(visit, choices[at], lot)) {
            choices[at + 1] = choices[at];
            choices[at] = visit;
        } else if (isBefore(visit, choices[at + 1], lot)) {
            choices[at + 1] = visit;
        }
    }

    private boolean isBefore(long visit, long other, long lot) {
        return isSameTime(visit, other)
                ? KeyHash.mixed(lots[(int) visit] + lot) < KeyHash.mixed(lots[(int) other] + lot)
                : visit < other;
    }

    /** Whose second visitor came earlier than any that is still to come. */
    private void closeUpTo(double end) {
        int surely = Float.floatToRawIntBits((float) (end * SURELY));
        openPlaces = 0;
        for (int word = 0; word < isOpen.length; word++) {
            long closed = 0;
            for (long left = isOpen[word]; left != 0; left &= left - 1) {
                int place = word * Long.SIZE + Long.numberOfTrailingZeros(left);
                long isClosed = ((choices[2 * place + 1] >>> Integer.SIZE) - surely) >>> (Long.SIZE - 1); // by the sign
                closed |= isClosed << place;
            }
            isOpen[word] &= ~closed;
            openPlaces += Long.bitCount(isOpen[word]);
        }
    }
}
