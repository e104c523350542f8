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

    @Override
    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
        return candidates.get(random.nextInt(candidates.size()));
    }

    @Override
    public @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        return candidates.firstOther(() -> random.nextInt(candidates.size()), passedOver);
    }

    @Override
    public boolean countsFailures() {
        return false;
    }
}
