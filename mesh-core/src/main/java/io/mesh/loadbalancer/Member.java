package io.mesh.loadbalancer;

import io.mesh.model.ServiceInstance;

/**
 * One line of an {@link EndpointList}: what is configured and marked of an endpoint. The list is where these
 * are changed; the endpoint only shows them.
 */
record Member(Endpoint endpoint, ServiceInstance instance, boolean healthy) {

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
