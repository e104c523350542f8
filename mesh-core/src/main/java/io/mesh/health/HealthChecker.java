package io.mesh.health;

import io.mesh.model.HealthCheckConfig;
import io.mesh.model.ServiceInstance;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks the instances of one service, if there are settings for it. The settings may change while checks run: verdicts
 * hold until there are others, and what is counted toward the next one begins anew.
 *
 * <p>Thread-safe. {@link #reconfigure} changes what instances adopt from now on; whoever owns the instances lets each
 * {@link InstanceHealth#adopt() adopt} it.
 */
public final class HealthChecker {

    private final String service;
    private final HealthChecks parts;
    private final Runnable changed;
    private final Admission admission = new Admission();
    private volatile @Nullable HealthCheckConfig config;

    /**
     * A checker.
     *
     * @param service name of the service, for people
     * @param parts shared with the other services of the mesh
     * @param config how instances are asked; null: they are not
     * @param changed told after what is known of an instance has changed; must be thread-safe and must not throw
     */
    public HealthChecker(String service, HealthChecks parts, @Nullable HealthCheckConfig config, Runnable changed) {
        this.service = service;
        this.parts = parts;
        this.config = config;
        this.changed = changed;
    }

    /**
     * The health of one instance. Nothing is checked before {@link InstanceHealth#begin()}.
     *
     * @param id of the instance
     * @param instance tells where it is at the moment
     * @return of no verdict
     */
    public InstanceHealth watch(String id, Supplier<ServiceInstance> instance) {
        return new InstanceHealth(this, id, instance);
    }

    /**
     * Changes the settings.
     *
     * @param settings how instances are asked from now on; null: they are not, and verdicts are forgotten
     */
    public void reconfigure(@Nullable HealthCheckConfig settings) {
        config = settings;
    }

    String service() {
        return service;
    }

    HealthChecks parts() {
        return parts;
    }

    @Nullable
    HealthCheckConfig config() {
        return config;
    }

    Admission admission() {
        return admission;
    }

    void changed() {
        changed.run();
    }
}
