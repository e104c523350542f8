package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.Collection;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The better of two different endpoints drawn at random.
 *
 * <p>O(1) at any number of endpoints, and close to a full scan in balance (Mitzenmacher, "The Power of Two Choices in
 * Randomized Load Balancing", 2001). The two differ, so the worst of all is never chosen while another is left, and of
 * two the worse never. Every pair is equally likely: weights act in the comparison alone.
 */
abstract class TwoChoices implements Picker {

    private static final int FEW = 8;

    private final RandomGenerator random;

    TwoChoices(RandomGenerator random) {
        this.random = random;
    }

    /** Whether the second is better; of two as good the first is taken, which is as likely the one as the other. */
    abstract boolean isSecondBetter(Candidates candidates, int first, int second, long now);

    @Override
    public final Endpoint pick(Candidates candidates, CallOptions options, long now) {
        int n = candidates.size();
        if (n == 1) {
            return candidates.get(0);
        }
        long bits = random.nextLong(); // enough for both: drawing twice would cost as much as all the rest
        int first = KeyHash.below(n, bits);
        int second = KeyHash.below(n - 1, bits << 32);
        if (second >= first) {
            second++; // skips the first
        }
        return candidates.get(isSecondBetter(candidates, first, second, now) ? second : first);
    }

    /**
     * Among few the best of the others; among many the better of two of them. Of those that are as good each is as likely:
     * by the order in which they are looked at, the one behind an endpoint that is passed over would come first twice as often.
     */
    @Override
    public final @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        int n = candidates.size();
        boolean few = n <= FEW;
        int looks = few ? n : Candidates.DRAWS;
        int best = -1;
        int asGood = 0;
        int found = 0;
        int start = random.nextInt(n);
        for (int i = 0; i < looks && (few || found < 2); i++) {
            int next = few ? (start + i) % n : random.nextInt(n);
            if (next == best || passedOver.contains(candidates.get(next))) {
                continue;
            }
            found++;
            if (best < 0 || isSecondBetter(candidates, best, next, now)) {
                best = next;
                asGood = 1;
            } else if (isTied(candidates, best, next, now) && random.nextInt(++asGood) == 0) {
                best = next;
            }
        }
        return best >= 0 ? candidates.get(best) : candidates.other(random.nextInt(), passedOver);
    }

    /** Asked of a second that is not better. Those of unequal weight have drawn lots, if they are as good. */
    private boolean isTied(Candidates candidates, int best, int next, long now) {
        return candidates.weight(best) == candidates.weight(next) && !isSecondBetter(candidates, next, best, now);
    }
}
