package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * In turn and in proportion to weight, the picks of a heavy endpoint spread out: the schedule is
 * {@link SmoothWeights}.
 */
final class WeightedPicker implements Picker {

    private static final int DRAWS = 8;

    private final AtomicLong position;
    private final AtomicLong positionOfOthers; // of their own, as in RoundRobinPicker
    private final RandomGenerator random;

    WeightedPicker(long start, RandomGenerator random) {
        this.position = new AtomicLong(start);
        this.positionOfOthers = new AtomicLong(start);
        this.random = random;
    }

    @Override
    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
        return candidates.size() == 1
                ? candidates.get(0)
                : SmoothWeights.of(candidates).inTurn(candidates, position.getAndIncrement());
    }

    /** A few draws from the schedule, so that its order is kept; then, past a very heavy one, by chance. */
    @Override
    public @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        SmoothWeights schedule = SmoothWeights.of(candidates);
        for (int i = 0; i < DRAWS; i++) {
            Endpoint drawn = schedule.inTurn(candidates, positionOfOthers.getAndIncrement());
            if (!passedOver.contains(drawn)) {
                return drawn;
            }
        }
        return candidates.otherByWeight(random, passedOver);
    }

    @Override
    public SmoothWeights prepare(Candidates candidates, Candidates before) {
        return SmoothWeights.of(candidates, before);
    }

    @Override
    public boolean countsFailures() {
        return false;
    }
}
