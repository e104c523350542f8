package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.Collection;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Any, each equally likely. */
final class RandomPicker implements Picker {

    private final RandomGenerator random;

    RandomPicker(RandomGenerator random) {
        this.random = random;
    }

    /** Nothing, unless some endpoints are shared with other clients. */
    @Override
    public @Nullable Aliases prepare(Candidates candidates, Candidates before) {
        return candidates.areWhole() ? null : new Aliases(candidates.parts());
    }

    @Override
    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
        return candidates.get(drawn(candidates));
    }

    private int drawn(Candidates candidates) {
        return candidates.prepared() instanceof Aliases shared
                ? shared.index(random.nextLong())
                : random.nextInt(candidates.size());
    }

    @Override
    public @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        return candidates.firstOther(() -> drawn(candidates), passedOver);
    }

    @Override
    public boolean countsFailures() {
        return false;
    }
}
