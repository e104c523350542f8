package io.mesh.loadbalancer;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint with the fewest calls in flight for its weight, found by looking at all.
 *
 * <p>Ties decide most picks, and who is tied depends on the picks before. A counter modulo the number of the
 * tied falls in step with them and can pass one endpoint over for ever (three endpoints, always one other call
 * in flight). So:
 *
 * <ul>
 * <li>Equal weights: the first of the tied behind the endpoint picked last.
 * <li>Unequal weights, all tied, as when nothing is in flight: the schedule of {@link SmoothWeights}.
 * <li>Unequal weights, some tied: by chance, in proportion to weight.
 * </ul>
 *
 * <p>Ratios are compared by multiplying out in longs: exact, and no weight or load overflows. Two picks at once
 * may see the same loads and choose the same endpoint: the next pick sees both calls.
 */
final class LeastConnectionsPicker implements Picker {

    private final RandomGenerator random;
    private final AtomicInteger next;
    private final AtomicInteger nextOfOthers; // of their own, as in RoundRobinPicker
    private final AtomicLong position;

    LeastConnectionsPicker(long start, RandomGenerator random) {
        this.random = random;
        this.next = new AtomicInteger((int) start);
        this.nextOfOthers = new AtomicInteger((int) start);
        this.position = new AtomicLong(start);
    }

    @Override
    public Endpoint pick(Candidates candidates, long at) {
        Endpoint least = candidates.areEqual()
                ? firstOfEqual(candidates, at, next, null)
                : leastForItsWeight(candidates, at, null);
        return least == null ? candidates.get(0) : least; // never null: nobody is passed over
    }

    @Override
    public @Nullable Endpoint pickOther(Candidates candidates, long at, Collection<Endpoint> passedOver) {
        return candidates.areEqual()
                ? firstOfEqual(candidates, at, nextOfOthers, passedOver)
                : leastForItsWeight(candidates, at, passedOver);
    }

    private static @Nullable Endpoint firstOfEqual(
            Candidates candidates, long at, AtomicInteger next, @Nullable Collection<Endpoint> passedOver) {
        int n = candidates.size();
        int start = Math.floorMod(next.getOpaque(), n);
        int least = -1;
        long leastLoad = Long.MAX_VALUE;
        int i = start;
        do {
            long load = candidates.get(i).load(at);
            if (load < leastLoad && (passedOver == null || !passedOver.contains(candidates.get(i)))) {
                least = i;
                leastLoad = load;
            }
            i = i + 1 == n ? 0 : i + 1;
        } while (leastLoad > 0 && i != start);
        if (least < 0) {
            return null;
        }
        next.setOpaque(least + 1);
        return candidates.get(least);
    }

    private @Nullable Endpoint leastForItsWeight(
            Candidates candidates, long at, @Nullable Collection<Endpoint> passedOver) {
        Endpoint least = null;
        long leastLoad = 1;
        long leastWeight = 0; // nobody has more load for its weight
        int tied = 0;
        long tiedWeight = 0;
        for (int i = 0; i < candidates.size(); i++) {
            Endpoint endpoint = candidates.get(i);
            long weight = candidates.weight(i);
            long load = endpoint.load(at);
            long difference = load * leastWeight - leastLoad * weight;
            if (difference > 0 || (passedOver != null && passedOver.contains(endpoint))) {
                continue;
            }
            if (difference < 0) {
                least = endpoint;
                leastLoad = load;
                leastWeight = weight;
                tied = 0;
                tiedWeight = 0;
            }
            tied++;
            tiedWeight += weight;
        }
        if (tied <= 1) {
            return least;
        }
        if (tied == candidates.size()) {
            return candidates.inTurn(position.getAndIncrement());
        }
        long left = random.nextLong(tiedWeight);
        for (int i = 0; i < candidates.size(); i++) {
            Endpoint endpoint = candidates.get(i);
            long weight = candidates.weight(i);
            boolean isTied = endpoint.load(at) * leastWeight == leastLoad * weight;
            if (isTied && (passedOver == null || !passedOver.contains(endpoint))) {
                left -= weight;
                if (left < 0) {
                    return endpoint;
                }
            }
        }
        return least; // loads have changed since
    }
}
