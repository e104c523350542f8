package io.mesh.proxy;

import io.mesh.loadbalancer.Candidates;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.Picker;
import io.mesh.model.CallOptions;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A strategy that picks all in turn, and counts the lists that were made for it. */
final class CountedLists implements Picker {

    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger made = new AtomicInteger();

    int made() {
        return made.get();
    }

    @Override
    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
        return candidates.get(Math.floorMod(turn.getAndIncrement(), candidates.size()));
    }

    @Override
    public @Nullable Object prepare(Candidates candidates, Candidates before) {
        made.incrementAndGet();
        return null;
    }
}
