package io.mesh.proxy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.circuitbreaker.Ejections;
import io.mesh.circuitbreaker.Permit;
import io.mesh.health.InstanceHealth;
import io.mesh.limit.ConcurrencyLimit;
import io.mesh.loadbalancer.Availability;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.model.CircuitState;
import io.mesh.model.PassedOver;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What may keep calls from one instance: its circuit breaker, a delay the instance has asked for
 * ({@code Retry-After}), its concurrency limit, and its health checks. Answers the balancer as {@link Availability}, and
 * its own breaker as {@link Ejections}.
 *
 * <ol>
 * <li>A bar is lifted by the first call that finds it over, as a circuit is half-opened.
 * <li>The instance holds one place of {@link EjectionPlaces} while it is barred or its circuit is open, or
 *     both.
 * <li>While the service only observes, all are kept as they would be, and none keeps a call away.
 * </ol>
 */
final class InstanceGuard implements Availability, Ejections {

    private final Service service;
    private final CircuitBreaker breaker;
    private final InstanceHealth health;
    private final AtomicReference<@Nullable Bar> bar = new AtomicReference<>();
    private final AtomicInteger reasons = new AtomicInteger(); // for holding the place
    private volatile @Nullable ConcurrencyLimit limit;
    private volatile boolean removed;

    InstanceGuard(Service service, Endpoint endpoint) {
        this.service = service;
        this.breaker = service.newBreaker(endpoint.id(), this);
        this.health = service.health().watch(endpoint.id(), endpoint::instance);
        this.limit = service.limits().ofInstance(endpoint.id(), null);
    }

    CircuitBreaker breaker() {
        return breaker;
    }

    InstanceHealth health() {
        return health;
    }

    /** The limit of this instance, or null if it has none. */
    @Nullable
    ConcurrencyLimit limit() {
        return limit;
    }

    void reconfigureLimit(String instanceId) {
        limit = service.limits().ofInstance(instanceId, limit);
    }

    /** A permit for a call that begins now, or null if the instance is barred, or its breaker or a limit refuses. */
    @Nullable
    Permit tryAcquire() {
        if (!service.limits().areOn()) {
            return admit();
        }
        if (service.limits().isServiceFull() || refusesForWantOfPlace()) {
            return null;
        }
        Permit permit = admit();
        return permit == null ? null : service.limits().take(permit, limit, null);
    }

    /** The same for a call that has waited for a place of the service's limit. */
    @Nullable
    Permit tryAcquire(ConcurrencyLimit reserved) {
        if (refusesForWantOfPlace()) {
            return null;
        }
        Permit permit = admit();
        return permit == null ? null : service.limits().take(permit, limit, reserved);
    }

    /** Before the breaker is asked, so that it does not see what cannot be made. */
    private boolean refusesForWantOfPlace() {
        ConcurrencyLimit mine = limit;
        if (mine == null || !mine.isFull()) {
            return false;
        }
        mine.rejected();
        return true;
    }

    private @Nullable Permit admit() {
        Bar current = bar.get();
        if (current != null) {
            if (current.isOver(service.now())) {
                lift(current);
            } else if (!service.observes()) {
                return null;
            }
        }
        return service.breaksPerInstance()
                ? breaker.tryAcquire()
                : service.breaker().tryAcquire();
    }

    /** Keeps calls away until {@code until}, unless that would keep out too many instances, or the only one. */
    void barUntil(long until) {
        while (true) {
            Bar current = bar.get();
            if (current != null && current.until - until >= 0) {
                return;
            }
            if (current == null && !hold(EjectionPlaces::tryTakeUnlessOnlyOne)) {
                return;
            }
            if (bar.compareAndSet(current, new Bar(until))) {
                if (removed) {
                    unbar(); // a call that outlived its instance: nobody else would give the place back
                } else {
                    service.refresh();
                }
                return;
            }
            if (current == null) {
                letGo();
            }
        }
    }

    private void lift(Bar over) {
        if (bar.compareAndSet(over, null)) {
            letGo();
            service.refresh();
        }
    }

    boolean isBarred(long now) {
        Bar current = bar.get();
        return current != null && !current.isOver(now) && !service.observes();
    }

    /** How long the instance still is barred, or null if it is not. */
    @Nullable
    Duration barredFor(long now) {
        Bar current = bar.get();
        return current == null || current.isOver(now) ? null : Duration.ofNanos(current.until - now);
    }

    @Override
    public boolean isFree() {
        return (bar.get() == null || service.observes()) && (!service.breaksPerInstance() || breaker.isFree());
    }

    @Override
    public PassedOver whyNotFree() {
        return isBarred(service.now()) ? PassedOver.HINTED : PassedOver.OPEN;
    }

    /** Whether the limit of this instance alone keeps calls away. */
    boolean isFull() {
        ConcurrencyLimit mine = limit;
        return mine != null && mine.isFull();
    }

    @Override
    public boolean isTrialDue(long now) {
        if (isBarred(now) || isFull() || service.limits().isServiceFull()) {
            return false;
        }
        boolean breakerFree = !service.breaksPerInstance() || breaker.isFree();
        return breakerFree || breaker.isTrialDue(now);
    }

    @Override
    public boolean isPickable(long now) {
        return isPickableButForLimits(now) && !isFull();
    }

    boolean isPickableButForLimits(long now) {
        return !isBarred(now) && (!service.breaksPerInstance() || breaker.wouldPermit(now));
    }

    @Override
    public boolean isHealthy() {
        return service.observes() || health.isHealthy();
    }

    @Override
    public boolean isUnproven() {
        return !service.observes() && health.isUnproven();
    }

    @Override
    public boolean isEarly() {
        return health.isEarly();
    }

    @Override
    public void added() {
        if (service.isStarted()) {
            health.begin();
            if (removed || !service.isStarted()) {
                health.end(); // meanwhile
            }
        }
    }

    @Override
    public void removed() {
        removed = true;
        health.end();
        breaker.retire();
        service.firstAttempts().removed(breaker);
        unbar();
    }

    private void unbar() {
        if (bar.getAndSet(null) != null) {
            letGo();
        }
    }

    /** No place for a breaker that nobody asks any more, and so nobody would close. */
    @Override
    public boolean tryTake() {
        return service.breaksPerInstance() && hold(EjectionPlaces::tryTake);
    }

    @Override
    public void giveBack() {
        letGo();
    }

    /** Holds the place for one more reason; it is taken for the first. */
    private boolean hold(Predicate<EjectionPlaces> take) {
        EjectionPlaces places = service.places();
        while (true) {
            int now = reasons.get();
            boolean taken = now == 0;
            if (taken && !take.test(places)) {
                return false;
            }
            if (reasons.compareAndSet(now, now + 1)) {
                if (taken) {
                    places.held();
                }
                return true;
            }
            if (taken) {
                places.giveBack();
            }
        }
    }

    private void letGo() {
        if (reasons.decrementAndGet() == 0) {
            service.places().giveBack();
        }
    }

    boolean holdsPlace() {
        return reasons.get() > 0;
    }

    /** Forgets an opening that nobody will ask about, because the service has one breaker for all from now on. */
    void standAside() {
        CircuitState state = breaker.state();
        if (state == CircuitState.OPEN || state == CircuitState.HALF_OPEN) {
            breaker.reset();
        }
    }

    @Override
    public void changed() {
        service.refresh();
    }

    private record Bar(long until) {

        boolean isOver(long now) {
            return now - until >= 0;
        }
    }
}
