package io.mesh.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a service looked like at one moment.
 *
 * @param name of the service
 * @param instances all it has, in the order of the list
 * @param breaker the circuit breaker of the whole service, or null if each instance has its own
 */
public record ServiceSnapshot(
        String name,
        List<InstanceSnapshot> instances,
        @Nullable BreakerSnapshot breaker) {

    /** Keeps the list as an unmodifiable copy. */
    public ServiceSnapshot {
        instances = List.copyOf(instances);
    }
}
