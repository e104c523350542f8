package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** One after the other, in the order of the list. */
final class RoundRobinPicker implements Picker {

    private final long start;

    RoundRobinPicker(long start) {
        this.start = start;
    }

    @Override
    public Turns prepare(Candidates candidates, Candidates before) {
        return Turns.of(candidates.parts(), before, start);
    }

    @Override
    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
        return Turns.of(candidates).next(candidates);
    }

    @Override
    public @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        return candidates.firstOther(Turns.of(candidates)::nextIndexOfOthers, passedOver);
    }

    @Override
    public boolean countsFailures() {
        return false;
    }
}
