package io.mesh.health;

import io.mesh.model.HealthCheckConfig;
import io.mesh.model.ServiceInstance;

/** Asks one instance once. */
@FunctionalInterface
interface HealthCheck {

    /**
     * Blocks until there is an answer or the time is up. What goes wrong is a failed check: it must not throw.
     *
     * @param instance as it is configured now
     * @param config how it is asked
     */
    CheckResult check(ServiceInstance instance, HealthCheckConfig config);
}
