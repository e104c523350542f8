package io.mesh.loadbalancer;

import java.util.random.RandomGenerator;

/**
 * Of two different endpoints drawn at random the one with fewer calls in flight for its weight.
 *
 * <p>Compared is (calls + 1) / weight, multiplied out in longs; the + 1 is the call that would come. Of two idle ones the
 * heavier would so win always, and the lightest of a service with few calls get none at all: they draw lots by weight.
 * Calls that failed a moment ago count as {@link FailurePenalty} says.
 */
final class PowerOfTwoPicker extends TwoChoices {

    private final RandomGenerator random;

    PowerOfTwoPicker(RandomGenerator random) {
        super(random);
        this.random = random;
    }

    @Override
    boolean isSecondBetter(Candidates candidates, int first, int second, long now) {
        long callsOfFirst = candidates.get(first).load(now);
        long callsOfSecond = candidates.get(second).load(now);
        long weightOfFirst = candidates.weight(first);
        long weightOfSecond = candidates.weight(second);
        if (callsOfFirst == 0 && callsOfSecond == 0) {
            return weightOfFirst != weightOfSecond && below(weightOfFirst + weightOfSecond) < weightOfSecond;
        }
        return (callsOfSecond + 1) * weightOfFirst < (callsOfFirst + 1) * weightOfSecond;
    }

    /** A number from 0 on, each as likely up to 2⁻³⁰; {@link RandomGenerator#nextLong(long)} divides, and takes twice as long. */
    private long below(long bound) {
        return Math.multiplyHigh(random.nextLong() >>> 1, bound << 1);
    }
}
