package io.mesh.loadbalancer;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint with the fewest calls in flight for its weight, found by looking at all.
 *
 * <p>Ratios are compared by multiplying out in longs: exact, and no weight or load overflows. Ties are shared
 * in turn and in proportion to weight. If all are tied, as when nothing is in flight, the turns follow the
 * schedule of {@link SmoothWeights}.
 */
final class LeastConnectionsPicker implements Picker {

    private static final List<Endpoint> NOBODY = List.of();

    private final AtomicLong position;
    private final SpreadTurns turnsOfSome = new SpreadTurns();

    LeastConnectionsPicker(long start) {
        this.position = new AtomicLong(start);
    }

    @Override
    public Endpoint pick(Candidates candidates, long at) {
        int n = candidates.size();
        Endpoint least = candidates.get(0);
        long leastLoad = least.load(at);
        long leastWeight = candidates.weight(0);
        int tied = 1;
        long tiedWeight = leastWeight;
        for (int i = 1; i < n; i++) {
            Endpoint endpoint = candidates.get(i);
            long load = endpoint.load(at);
            long weight = candidates.weight(i);
            long difference = load * leastWeight - leastLoad * weight;
            if (difference < 0) {
                least = endpoint;
                leastLoad = load;
                leastWeight = weight;
                tied = 1;
                tiedWeight = weight;
            } else if (difference == 0) {
                tied++;
                tiedWeight += weight;
            }
        }
        if (tied == 1) {
            return least;
        }
        if (tied == n) {
            return candidates.inTurn(position.getAndIncrement());
        }
        return tied(candidates, at, NOBODY, leastLoad, leastWeight, turnsOfSome.next(tiedWeight), least);
    }

    @Override
    public @Nullable Endpoint pickOther(Candidates candidates, long at, Collection<Endpoint> passedOver) {
        Endpoint least = null;
        long leastLoad = 1;
        long leastWeight = 0; // no load for its weight is higher
        long tiedWeight = 0;
        for (int i = 0; i < candidates.size(); i++) {
            Endpoint endpoint = candidates.get(i);
            if (passedOver.contains(endpoint)) {
                continue;
            }
            long load = endpoint.load(at);
            long weight = candidates.weight(i);
            long difference = load * leastWeight - leastLoad * weight;
            if (difference < 0) {
                least = endpoint;
                leastLoad = load;
                leastWeight = weight;
                tiedWeight = weight;
            } else if (difference == 0) {
                tiedWeight += weight;
            }
        }
        if (least == null || tiedWeight == leastWeight) {
            return least;
        }
        return tied(candidates, at, passedOver, leastLoad, leastWeight, turnsOfSome.next(tiedWeight), least);
    }

    /** Whose turn it is among the tied. Loads may have changed since: then, at worst, the first of them. */
    private static Endpoint tied(
            Candidates candidates,
            long at,
            Collection<Endpoint> passedOver,
            long leastLoad,
            long leastWeight,
            long turn,
            Endpoint first) {
        long left = turn;
        for (int i = 0; i < candidates.size(); i++) {
            Endpoint endpoint = candidates.get(i);
            long weight = candidates.weight(i);
            if (endpoint.load(at) * leastWeight == leastLoad * weight && !passedOver.contains(endpoint)) {
                left -= weight;
                if (left < 0) {
                    return endpoint;
                }
            }
        }
        return first;
    }
}
