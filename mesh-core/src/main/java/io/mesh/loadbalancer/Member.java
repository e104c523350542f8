package io.mesh.loadbalancer;

import io.mesh.model.ServiceInstance;
import org.jspecify.annotations.Nullable;

/**
 * One line of an {@link EndpointList}: what is configured, marked and kept by the strategy of an endpoint. The list is
 * where these are changed; the endpoint only shows them. The same member means the same line: there is no other equality.
 */
final class Member {

    private final Endpoint endpoint;
    private final ServiceInstance instance;
    private final boolean healthy;
    private final @Nullable CallObserver observer;
    private final boolean timed;

    private Member(
            Endpoint endpoint,
            ServiceInstance instance,
            boolean healthy,
            @Nullable CallObserver observer,
            boolean timed) {
        this.endpoint = endpoint;
        this.instance = instance;
        this.healthy = healthy;
        this.observer = observer;
        this.timed = timed;
    }

    /** One that no strategy knows yet. */
    static Member of(Endpoint endpoint, ServiceInstance instance) {
        return new Member(endpoint, instance, instance.healthy(), null, false);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    ServiceInstance instance() {
        return instance;
    }

    /** By its mark, and by what is known otherwise. */
    boolean isHealthy() {
        return healthy && endpoint.availability().isHealthy();
    }

    @Nullable
    CallObserver observer() {
        return observer;
    }

    /** Whether the observer wants to know how long calls take. */
    boolean isTimed() {
        return timed;
    }

    Member with(ServiceInstance newInstance) {
        return newInstance.equals(instance) ? this : new Member(endpoint, newInstance, healthy, observer, timed);
    }

    Member withHealthy(boolean mark) {
        return mark == healthy ? this : new Member(endpoint, instance, mark, observer, timed);
    }

    /** The same under a strategy that knows nothing of it yet. */
    Member under(Picker picker) {
        CallObserver fresh = picker.observe(endpoint);
        return new Member(endpoint, instance, healthy, fresh, fresh != null && picker.measuresLatency());
    }

    boolean isDrained() {
        return instance.weight() == 0;
    }
}
