package io.mesh.loadbalancer;

import java.util.Arrays;

/**
 * Rendezvous hashing (Thaler and Ravishankar, 1998; weighted as by Schindelhauer and Schomaker, 2005), worked out ahead
 * for a fixed number of places: a key has a place, a place has a first and a second choice.
 *
 * <p>Each endpoint visits the places one after the other, in an order of its own that follows from its id alone, and a
 * place is of whoever comes first. The heavier visit faster: the k-th of M visits is made at -ln(1 - k / M) / weight,
 * so places are shared in proportion to weight.
 *
 * <ol>
 * <li>Who owns a place depends on nothing but the times of its visitors. So when an endpoint leaves, only its places move,
 *     each to its second choice; when one comes, it takes its own and no other place moves; the order of the list is of
 *     no account.
 * <li>A look takes the same time at any number of endpoints. Making the table takes about M ln M visits at any number.
 * <li>Places are shared by chance: an endpoint has its share of them, give or take 1 / √(its places) of that.
 * </ol>
 *
 * <p>Measured against Maglev of as many places and a ring of 160 points each, when one of 100 instances goes: of the keys
 * of the others none move, 0.56 % with Maglev, none with the ring; a look takes 4, 4 and 70 ns, the table 4, 2 and 11 ms;
 * shares are 0.93 to 1.07 of the mean, 0.97 to 1.03, and 0.80 to 1.24. Instances are ejected and come back, so keys that stay
 * count for most.
 */
final class RendezvousTable {

    /** Primes, so that every stride visits every place; each the first beyond a power of two. */
    private static final int[] SIZES = {65_537, 131_101, 262_147, 524_309, 1_048_583};

    private static final int PLACES_OF_EACH = 26; // at least, on average; more of them even out the shares

    private final Endpoint[] endpoints;
    private final int[] weights;
    private final int[] firsts;
    private final int[] seconds;
    private final double sumOfWeights;
    private final CallsInFlight callsInFlight = new CallsInFlight();

    private RendezvousTable(Endpoint[] endpoints, int[] weights, int[] firsts, int[] seconds, double sumOfWeights) {
        this.endpoints = endpoints;
        this.weights = weights;
        this.sumOfWeights = sumOfWeights;
        this.firsts = firsts;
        this.seconds = seconds;
    }

    /** The table of the candidates, the one before if it fits. */
    static RendezvousTable of(Candidates candidates, Candidates before) {
        return before.prepared() instanceof RendezvousTable known
                        && Arrays.equals(known.endpoints, candidates.endpoints())
                        && Arrays.equals(known.weights, candidates.weights())
                ? known
                : new Visits(candidates).made();
    }

    int places() {
        return firsts.length;
    }

    double sumOfWeights() {
        return sumOfWeights;
    }

    /** How many calls the candidates that this table is of have in flight in all. */
    long callsInFlight(Candidates candidates) {
        return callsInFlight.of(candidates);
    }

    /** The index of the endpoint that a place belongs to. */
    int first(int place) {
        return firsts[place];
    }

    /** The index of the endpoint that a place belongs to if the first is gone; that one if it is the only one. */
    int second(int place) {
        return seconds[place];
    }

    /**
     * How the table comes about: round by round, each up to some time. What comes in a later round comes too late at a place
     * that has its two visitors, so such a place is closed, and most visits are but a look at a bit.
     */
    private static final class Visits {

        private static final double ROUND = 3; // visits of each place
        private static final double MARGIN = 4; // leaves less than one place, mostly, without two visitors
        private static final double SURELY = 1 - 1e-6; // more than floats are off
        private static final long NOBODY = Long.MAX_VALUE;

        private final Candidates candidates;
        private final int places;
        private final long[] lots; // of each endpoint
        private final int[] strides;
        private final int[] next; // the place that an endpoint visits next
        private final int[] made; // how many it has visited
        private double[] times = {}; // of the visits of an endpoint of weight 1, as far as they are known
        private final long[] choices; // of each place two visits: the time above, the endpoint below
        private final long[] isOpen; // a bit for each place
        private int openPlaces;

        Visits(Candidates candidates) {
            int n = candidates.size();
            this.candidates = candidates;
            this.places = placesFor(n);
            this.lots = new long[n];
            this.strides = new int[n];
            this.next = new int[n];
            this.made = new int[n];
            this.choices = new long[2 * places];
            this.isOpen = new long[(places + Long.SIZE - 1) / Long.SIZE];
            this.openPlaces = places;
            Arrays.fill(choices, NOBODY);
            Arrays.fill(isOpen, -1);
            isOpen[places / Long.SIZE] = (1L << places) - 1; // primes: never full
            for (int i = 0; i < n; i++) {
                lots[i] = KeyHash.of(candidates.get(i).id());
                next[i] = KeyHash.below(places, lots[i]);
                strides[i] = 1 + KeyHash.below(places - 1, KeyHash.mixed(lots[i]));
            }
        }

        private static int placesFor(int endpoints) {
            for (int size : SIZES) {
                if (size >= (long) endpoints * PLACES_OF_EACH) {
                    return size;
                }
            }
            return SIZES[SIZES.length - 1];
        }

        RendezvousTable made() {
            double sum = 0;
            int heaviest = 0;
            for (int weight : candidates.weights()) {
                sum += weight;
                heaviest = Math.max(heaviest, weight);
            }
            double usual = Math.log(places) + MARGIN;
            double round = ROUND;
            for (double visits = round; openPlaces > 0 && made.length > 1; visits += round) {
                double end = visits / sum;
                tellTimes(due(end * heaviest));
                for (int i = 0; i < made.length; i++) {
                    visitUpTo(end, i);
                }
                closeUpTo(end);
                round *= visits < usual ? 1 : 2; // one very heavy endpoint leaves long waits for a second
            }
            return new RendezvousTable(candidates.endpoints(), candidates.weights(), choices(0), choices(1), sum);
        }

        /** How many visits an endpoint of weight 1 has made by then. */
        private int due(double time) {
            return (int) Math.min(places, places * (1 - Math.exp(-time)) + 0.5);
        }

        /** The same on every machine, unlike {@link Math#log}. */
        private void tellTimes(int visits) {
            int known = times.length;
            times = Arrays.copyOf(times, Math.max(known, visits));
            for (int k = known; k < visits; k++) {
                times[k] = -StrictMath.log1p(-(k + 0.5) / places);
            }
        }

        private void visitUpTo(double end, int endpoint) {
            double weight = candidates.weight(endpoint);
            int due = due(end * weight);
            int stride = strides[endpoint];
            int place = next[endpoint];
            for (int k = made[endpoint]; k < due; k++) {
                if ((isOpen[place / Long.SIZE] & (1L << place)) != 0) {
                    visit(place, endpoint, (float) (times[k] / weight));
                }
                place += stride - places;
                place += places & (place >> (Integer.SIZE - 1)); // back if beyond the last
            }
            next[endpoint] = place;
            made[endpoint] = due;
        }

        /** Without branches but for rare ones: who of three comes first cannot be foreseen. */
        private void visit(int place, int endpoint, float time) {
            int at = 2 * place;
            long visit =
                    ((long) Float.floatToRawIntBits(time) << Integer.SIZE) | endpoint; // as ints they compare alike
            long first = choices[at];
            long second = choices[at + 1];
            if (isSameTime(visit, first) || isSameTime(visit, second)) {
                visitAtTheSameTime(place, visit);
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
        private void visitAtTheSameTime(int place, long visit) {
            int at = 2 * place;
            if (isBefore(visit, choices[at], place)) {
                choices[at + 1] = choices[at];
                choices[at] = visit;
            } else if (isBefore(visit, choices[at + 1], place)) {
                choices[at + 1] = visit;
            }
        }

        private boolean isBefore(long visit, long other, int place) {
            return isSameTime(visit, other)
                    ? KeyHash.mixed(lots[(int) visit] + place) < KeyHash.mixed(lots[(int) other] + place)
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
                    long isClosed =
                            ((choices[2 * place + 1] >>> Integer.SIZE) - surely) >>> (Long.SIZE - 1); // by the sign
                    closed |= isClosed << place;
                }
                isOpen[word] &= ~closed;
                openPlaces += Long.bitCount(isOpen[word]);
            }
        }

        /** The first or the second; an endpoint alone is both. */
        private int[] choices(int which) {
            int[] chosen = new int[places];
            for (int place = 0; place < places && made.length > 1; place++) {
                chosen[place] = (int) choices[2 * place + which];
            }
            return chosen;
        }
    }
}
