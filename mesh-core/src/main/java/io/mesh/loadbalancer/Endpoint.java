package io.mesh.loadbalancer;

import io.mesh.model.ServiceInstance;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The live side of an instance: what this process knows of it while it runs. It stays the same object for as
 * long as its id is in the list, whatever else of the instance changes. An id that is added again after it
 * was removed gets a new endpoint; calls that still run end on the old one.
 */
public final class Endpoint extends InFlight {

    private static final AtomicIntegerFieldUpdater<InFlight> IN_FLIGHT =
            AtomicIntegerFieldUpdater.newUpdater(InFlight.class, "inFlight");

    private final String id;
    private final FailurePenalty penalty;
    private final AtomicReference<@Nullable Ghosts> ghosts = new AtomicReference<>(); // most never fail
    private final Availability availability;
    private volatile Member member;

    Endpoint(ServiceInstance instance, FailurePenalty penalty, Function<? super Endpoint, Availability> availability) {
        this.id = instance.id();
        this.penalty = penalty;
        this.member = new Member(this, instance, instance.healthy());
        this.availability = availability.apply(this);
    }

    /** {@return the identity of the instance} */
    public String id() {
        return id;
    }

    /** {@return the instance as it was last configured} */
    public ServiceInstance instance() {
        return member.instance();
    }

    /** {@return the weight of the instance; 0 if it is drained} */
    public int weight() {
        return member.instance().weight();
    }

    /** {@return how many calls have begun and not ended, penalties for failures left out} */
    public int inFlight() {
        return inFlight;
    }

    /** {@return whether it is marked healthy, and checks do not say otherwise} */
    public boolean isHealthy() {
        return member.isHealthy();
    }

    /** {@return whether its weight is 0, so that it receives no new call} */
    public boolean isDrained() {
        return member.isDrained();
    }

    /** {@return what decides beside weight and health whether it may be picked} */
    public Availability availability() {
        return availability;
    }

    /** A call begins. Every call that begins must {@link #end}, once. */
    public void begin() {
        IN_FLIGHT.getAndIncrement(this);
    }

    /** A call that began has ended. */
    public void end() {
        IN_FLIGHT.getAndDecrement(this);
    }

    /**
     * A call has failed: for the failure penalty it counts as one more in flight, so that an instance that
     * fails fast does not look idle. Call it before {@link #end}. Does nothing under strategies that do not
     * count calls in flight.
     */
    public void failed() {
        long width = penalty.bucketNanos();
        if (width == 0) {
            return;
        }
        long at = penalty.now();
        Ghosts mine = ghosts.get();
        while (mine == null || mine.bucketNanos() != width) {
            Ghosts fresh = new Ghosts(width);
            mine = ghosts.compareAndSet(mine, fresh) ? fresh : ghosts.get();
        }
        mine.add(at);
        penalty.extend(mine.endOf(at));
    }

    /** Forgets the failures that count as calls in flight, since the instance is due for a trial. */
    public void clearPenalty() {
        ghosts.set(null);
    }

    /** Calls in flight and, unless {@code at} is {@link FailurePenalty#NONE}, the ghosts at that time. */
    long load(long at) {
        return at == FailurePenalty.NONE ? inFlight : inFlight + ghosts(at);
    }

    private long ghosts(long at) {
        Ghosts mine = ghosts.get();
        return mine == null ? 0 : mine.count(at);
    }

    Member member() {
        return member;
    }

    /** Only {@link EndpointList#show} tells, or an older list could have the last word. */
    void tell(Member current) {
        member = current;
    }

    /** {@return id and address, for people} */
    @Override
    public String toString() {
        return id + " (" + instance().address() + ")";
    }
}
