package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One after the other, in the order of the list.
 *
 * <p>Retries have a position of their own. If they moved the common one, calls that all fail at their first
 * instance would begin with that instance again and again.
 */
final class RoundRobinPicker implements Picker {

    private final AtomicLong position;
    private final AtomicLong positionOfOthers;

    RoundRobinPicker(long start) {
        this.position = new AtomicLong(start);
        this.positionOfOthers = new AtomicLong(start);
    }

    @Override
    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
        int n = candidates.size();
        return n == 1 ? candidates.get(0) : candidates.get(Math.floorMod(position.getAndIncrement(), n));
    }

    @Override
    public @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        int n = candidates.size();
        return candidates.firstOther(() -> Math.floorMod(positionOfOthers.getAndIncrement(), n), passedOver);
    }

    @Override
    public boolean countsFailures() {
        return false;
    }
}
