package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.Collection;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * In turn and in proportion to weight, the picks of a heavy endpoint spread out: the schedule is
 * {@link SmoothWeights}.
 */
final class WeightedPicker implements Picker {

    private final long start;
    private final RandomGenerator random;

    WeightedPicker(long start, RandomGenerator random) {
        this.start = start;
        this.random = random;
    }

    @Override
    public Turns prepare(Candidates candidates, Candidates before) {
        return Turns.of(candidates.weights(), before, start);
    }

    @Override
    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
        return Turns.of(candidates).next(candidates);
    }

    /** A few draws from the schedule, so that its order is kept; then, past a very heavy one, by chance. */
    @Override
    public @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        Turns turns = Turns.of(candidates);
        for (int i = 0; i < Candidates.DRAWS; i++) {
            Endpoint drawn = candidates.get(turns.nextIndexOfOthers());
            if (!passedOver.contains(drawn)) {
                return drawn;
            }
        }
        return candidates.otherByWeight(random, passedOver);
    }

    @Override
    public boolean countsFailures() {
        return false;
    }
}
