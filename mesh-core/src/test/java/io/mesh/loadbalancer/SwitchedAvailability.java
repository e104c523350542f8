package io.mesh.loadbalancer;

import java.util.concurrent.atomic.AtomicInteger;

/** An availability that answers what the test says. */
class SwitchedAvailability implements Availability {

    volatile boolean free = true;
    volatile boolean trialDue;
    volatile boolean pickable;
    final AtomicInteger additions = new AtomicInteger();
    final AtomicInteger removals = new AtomicInteger();

    @Override
    public boolean isFree() {
        return free;
    }

    @Override
    public boolean isTrialDue(long now) {
        return trialDue;
    }

    @Override
    public boolean isPickable(long now) {
        return pickable;
    }

    @Override
    public void added() {
        additions.incrementAndGet();
    }

    @Override
    public void removed() {
        removals.incrementAndGet();
    }

    static SwitchedAvailability of(LoadBalancer balancer, String id) {
        Endpoint endpoint = balancer.endpoint(id);
        if (endpoint == null) {
            throw new AssertionError("no endpoint " + id);
        }
        return (SwitchedAvailability) endpoint.availability();
    }
}
