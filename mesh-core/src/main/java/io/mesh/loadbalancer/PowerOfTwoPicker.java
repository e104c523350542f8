package io.mesh.loadbalancer;

import java.util.random.RandomGenerator;

/**
 * Of two different endpoints drawn at random the one with fewer calls in flight for its weight.
 *
 * <p>Compared is (calls + 1) / weight, multiplied out in longs; with the + 1 weights count between idle endpoints, too.
 * Calls that failed a moment ago count as {@link FailurePenalty} says.
 */
final class PowerOfTwoPicker extends TwoChoices {

    PowerOfTwoPicker(RandomGenerator random) {
        super(random);
    }

    @Override
    boolean isSecondBetter(Candidates candidates, int first, int second, long now) {
        long loadOfFirst = candidates.get(first).load(now) + 1;
        long loadOfSecond = candidates.get(second).load(now) + 1;
        return loadOfSecond * candidates.weight(first) < loadOfFirst * candidates.weight(second);
    }
}
