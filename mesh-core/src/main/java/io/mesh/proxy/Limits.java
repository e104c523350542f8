package io.mesh.proxy;

import io.mesh.circuitbreaker.Permit;
import io.mesh.limit.ConcurrencyLimit;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.Mode;
import io.mesh.model.ServiceConfig;
import org.jspecify.annotations.Nullable;

/**
 * The concurrency limits of one service: one for all attempts, and one for those on each instance, which its
 * {@link InstanceGuard} keeps.
 *
 * <p>A limit keeps its count while its settings change. An attempt gives its places back where it took them, so a limit
 * may come and go while calls run.
 */
final class Limits {

    private final String service;
    private final MeshParts parts;
    private volatile @Nullable ConcurrencyLimit ofService;
    private volatile @Nullable ConcurrencyLimitConfig ofInstances;
    private volatile Mode mode;
    private volatile boolean on; // whether there is any; asked by every call

    Limits(String service, ServiceConfig config, Mode mode, MeshParts parts) {
        this.service = service;
        this.mode = mode;
        this.parts = parts;
        reconfigure(config, mode);
    }

    void reconfigure(ServiceConfig config, Mode newMode) {
        mode = newMode;
        ofService = with(config.concurrencyLimit(), ofService, service);
        ofInstances = config.instanceConcurrencyLimit();
        on = config.concurrencyLimit() != null || config.instanceConcurrencyLimit() != null;
    }

    /** The limit of an instance as it is to be now. */
    @Nullable
    ConcurrencyLimit ofInstance(String id, @Nullable ConcurrencyLimit before) {
        return with(ofInstances, before, service + "/" + id);
    }

    private @Nullable ConcurrencyLimit with(
            @Nullable ConcurrencyLimitConfig config, @Nullable ConcurrencyLimit before, String name) {
        if (config == null) {
            if (before != null) { // those who wait may go
                before.reconfigure(ConcurrencyLimitConfig.builder()
                        .maxConcurrent(Integer.MAX_VALUE)
                        .build());
            }
            return null;
        }
        if (before == null) {
            return parts.newConcurrencyLimit(name, config, mode);
        }
        before.reconfigure(config, mode);
        return before;
    }

    boolean areOn() {
        return on;
    }

    @Nullable
    ConcurrencyLimit ofService() {
        return ofService;
    }

    boolean isServiceFull() {
        ConcurrencyLimit limit = ofService;
        return limit != null && limit.isFull();
    }

    /**
     * Takes the places of an attempt.
     *
     * @param permit of the breaker; released if there is no place
     * @param reserved the limit of the service if a place there has been waited for, otherwise null
     * @return the permit with the places, or null if there is none: {@code reserved} is kept then
     */
    @Nullable
    Permit take(Permit permit, @Nullable ConcurrencyLimit ofInstance, @Nullable ConcurrencyLimit reserved) {
        ConcurrencyLimit mine = reserved == null ? ofService : reserved;
        if (reserved == null && mine != null && !mine.tryAcquire()) {
            permit.release();
            return null;
        }
        if (ofInstance != null && !ofInstance.tryAcquire()) {
            ofInstance.rejected();
            if (reserved == null && mine != null) {
                mine.release();
            }
            permit.release();
            return null;
        }
        return new LimitedPermit(permit, mine, ofInstance);
    }
}
