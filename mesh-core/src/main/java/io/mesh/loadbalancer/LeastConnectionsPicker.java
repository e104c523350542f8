package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint with the fewest calls in flight for its weight, found by looking at all, unless an idle one is found
 * at once.
 *
 * <p>Ties decide most picks, and who is tied depends on the picks before. A counter modulo the number of the
 * tied falls in step with them and can pass one endpoint over for ever (three endpoints, always one other call
 * in flight). So:
 *
 * <ul>
 * <li>Equal weights: the first of the tied behind the endpoint picked last.
 * <li>Unequal weights: whoever is idle at its turn in the schedule of {@link SmoothWeights}; so, while picks come one
 *     after the other, nobody stays idle for longer than a period. Picks at once may pass over turns unseen.
 * <li>Unequal weights, none of a few in turn idle: of the tied one by chance, in proportion to weight.
 * </ul>
 *
 * <p>Ratios are compared by multiplying out in longs: exact, and no weight or load overflows. Two picks at once
 * may see the same loads and choose the same endpoint: the next pick sees both calls.
 */
final class LeastConnectionsPicker implements Picker {

    private static final int TURNS = 3; // one shared write for all; a miss costs a look at each
    private static final double UNDRAWN = 0;

    private final long start;
    private final RandomGenerator random;

    LeastConnectionsPicker(long start, RandomGenerator random) {
        this.start = start;
        this.random = random;
    }

    @Override
    public Turns prepare(Candidates candidates, Candidates before) {
        return Turns.of(candidates.weights(), before, start);
    }

    @Override
    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
        Endpoint least;
        Turns turns = Turns.of(candidates);
        if (turns.schedule().areEqual()) {
            least = firstOfEqual(candidates, now, turns.position(), null);
        } else {
            Endpoint idle = idleInTurn(candidates, turns, now);
            least = idle != null ? idle : leastForItsWeight(candidates, now, null);
        }
        return least == null ? candidates.get(0) : least; // never null: nobody is passed over
    }

    @Override
    public @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        Turns turns = Turns.of(candidates);
        return turns.schedule().areEqual()
                ? firstOfEqual(candidates, now, turns.positionOfOthers(), passedOver)
                : leastForItsWeight(candidates, now, passedOver);
    }

    private static @Nullable Endpoint firstOfEqual(
            Candidates candidates, long now, AtomicLong next, @Nullable Collection<Endpoint> passedOver) {
        Endpoint[] endpoints = candidates.endpoints();
        int start = Math.floorMod((int) next.getOpaque(), endpoints.length);
        int least = leastOf(endpoints, start, endpoints.length, now, passedOver);
        if (least < 0 || endpoints[least].load(now) > 0) {
            int before = leastOf(endpoints, 0, start, now, passedOver);
            if (least < 0 || (before >= 0 && endpoints[before].load(now) < endpoints[least].load(now))) {
                least = before;
            }
        }
        if (least < 0) {
            return null;
        }
        next.setOpaque(least + 1);
        return endpoints[least];
    }

    /** The index of the first with the fewest calls; nobody has fewer than none. -1 if all are passed over. */
    private static int leastOf(
            Endpoint[] endpoints, int from, int to, long now, @Nullable Collection<Endpoint> passedOver) {
        int least = -1;
        long leastLoad = Long.MAX_VALUE;
        for (int i = from; i < to && leastLoad > 0; i++) {
            long load = endpoints[i].load(now);
            if (load < leastLoad && !isPassedOver(endpoints[i], passedOver)) {
                least = i;
                leastLoad = load;
            }
        }
        return least;
    }

    private @Nullable Endpoint idleInTurn(Candidates candidates, Turns turns, long now) {
        long turn = turns.position().getAndIncrement();
        for (int i = 0; i < TURNS; i++) {
            Endpoint endpoint = turns.schedule().inTurn(candidates, turn + i);
            if (endpoint.load(now) == 0) {
                if (i > 0) {
                    turns.position().getAndAdd(i); // those passed over have had their turn
                }
                return endpoint;
            }
        }
        return null;
    }

    /**
     * One pass. The k-th of the tied takes the place of the one chosen before with the probability of its share in
     * the weight of the first k, so in the end each is as likely as it is heavy. Drawn is not whether, but where that
     * happens next: the weight of the tied outgrows w / u, where w is their weight at the last change and u is uniform
     * (the exponential jumps of Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006, for one).
     */
    private @Nullable Endpoint leastForItsWeight(
            Candidates candidates, long now, @Nullable Collection<Endpoint> passedOver) {
        Endpoint[] endpoints = candidates.endpoints();
        int[] weights = candidates.weights();
        Endpoint least = null;
        long leastLoad = 1;
        long leastWeight = 0; // nobody has more load for its weight
        long tiedWeight = 0;
        double nextChange = UNDRAWN;
        int i = nextAtMost(endpoints, weights, 0, leastLoad, leastWeight, now);
        while (i < endpoints.length) {
            Endpoint endpoint = endpoints[i];
            long weight = weights[i];
            long load = endpoint.load(now);
            long difference = load * leastWeight - leastLoad * weight;
            if (difference <= 0 && !isPassedOver(endpoint, passedOver)) {
                if (difference < 0) {
                    least = endpoint;
                    leastLoad = load;
                    leastWeight = weight;
                    tiedWeight = weight;
                    nextChange = UNDRAWN;
                } else {
                    if (nextChange == UNDRAWN) {
                        nextChange = outgrown(tiedWeight);
                    }
                    tiedWeight += weight;
                    if (tiedWeight >= nextChange) {
                        least = endpoint;
                        nextChange = outgrown(tiedWeight);
                    }
                }
            }
            i = nextAtMost(endpoints, weights, i + 1, leastLoad, leastWeight, now);
        }
        return least;
    }

    /**
     * The first from an index on that has no more load for its weight. Nothing else is in this loop, so that it is always
     * unrolled, which halves its time.
     */
    private static int nextAtMost(Endpoint[] endpoints, int[] weights, int from, long load, long weight, long now) {
        for (int i = from; i < endpoints.length; i++) {
            if (endpoints[i].load(now) * weight <= load * weights[i]) {
                return i;
            }
        }
        return endpoints.length;
    }

    private double outgrown(long tiedWeight) {
        return tiedWeight / (1 - random.nextDouble()); // never by 0
    }

    private static boolean isPassedOver(Endpoint endpoint, @Nullable Collection<Endpoint> passedOver) {
        return passedOver != null && passedOver.contains(endpoint);
    }
}
