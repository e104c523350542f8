package io.mesh.loadbalancer;

import io.mesh.model.ServiceInstance;

/**
 * One line of an {@link EndpointList}: what is configured and marked of an endpoint. The list is where these
 * are changed; the endpoint only shows them. The same member means the same line: there is no other equality.
 */
final class Member {

    private final Endpoint endpoint;
    private final ServiceInstance instance;
    private final boolean healthy;

    Member(Endpoint endpoint, ServiceInstance instance, boolean healthy) {
        this.endpoint = endpoint;
        this.instance = instance;
        this.healthy = healthy;
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

    Member with(ServiceInstance newInstance) {
        return newInstance.equals(instance) ? this : new Member(endpoint, newInstance, healthy);
    }

    Member withHealthy(boolean mark) {
        return mark == healthy ? this : new Member(endpoint, instance, mark);
    }

    boolean isDrained() {
        return instance.weight() == 0;
    }
}
