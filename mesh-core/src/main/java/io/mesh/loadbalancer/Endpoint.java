package io.mesh.loadbalancer;

import io.mesh.model.ServiceInstance;
import java.lang.System.Logger.Level;
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

    private static final System.Logger LOG = System.getLogger("io.mesh");

    /** No reading of the clock. */
    public static final long UNTIMED = Long.MIN_VALUE;

    /** The begin of a call whose outcome has been recorded. */
    public static final long RECORDED = Long.MIN_VALUE + 1;

    private final String id;
    private final FailurePenalty penalty;
    private final AtomicReference<@Nullable Ghosts> ghosts = new AtomicReference<>(); // most never fail
    private final Availability availability;
    private volatile Member member;
    private boolean saidFault;

    Endpoint(ServiceInstance instance, FailurePenalty penalty, Function<? super Endpoint, Availability> availability) {
        this.id = instance.id();
        this.penalty = penalty;
        this.member = Member.of(this, instance);
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

    /**
     * A call begins. Every call that begins must {@link #end}, once, and its outcome be {@linkplain #record recorded}
     * before that.
     *
     * @return when it began, for {@link #record}; {@link #UNTIMED} if the strategy does not ask how long calls take
     */
    public long begin() {
        IN_FLIGHT.getAndIncrement(this);
        Member now = member;
        CallObserver observer = now.observer();
        if (observer == null) {
            return UNTIMED;
        }
        try {
            observer.started();
        } catch (Throwable fault) {
            sayFault(fault);
        }
        return now.isTimed() ? penalty.now() : UNTIMED;
    }

    /**
     * Records the outcome of a call, for the strategy. A failure counts as one more call in flight for the failure
     * penalty from now on, so that an instance that fails fast does not look idle.
     *
     * @param outcome how the call ended
     * @param begun what {@link #begin} has returned; {@link #RECORDED} if the strategy has heard of this call before
     */
    public void record(CallOutcome outcome, long begun) {
        if (outcome == CallOutcome.FAILURE) {
            failed();
        }
        Member shown = member;
        CallObserver observer = shown.observer();
        if (observer == null || begun == RECORDED) {
            return;
        }
        boolean timed = begun != UNTIMED && shown.isTimed();
        long now = timed ? penalty.now() : UNTIMED;
        try {
            observer.ended(outcome, timed ? Math.max(0, now - begun) : CallObserver.UNKNOWN, now);
        } catch (Throwable fault) {
            sayFault(fault);
        }
    }

    private void sayFault(Throwable fault) {
        if (!saidFault) {
            saidFault = true;
            LOG.log(Level.WARNING, "The strategy failed when it was told of a call of " + this + ". Said once.", fault);
        }
    }

    /** A call that began has ended. */
    public void end() {
        IN_FLIGHT.getAndDecrement(this);
    }

    /** A call has failed. Does nothing under strategies that do not count failures. */
    void failed() {
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
    void clearPenalty() {
        ghosts.set(null);
    }

    /**
     * Calls in flight and those that failed a moment ago, each of which counts as one more for the failure penalty.
     *
     * @param now as given to {@link Picker#pick}
     * @return 0 or more; only the calls in flight if {@code now} is {@link #UNTIMED}: then no failure counts any more
     */
    public long load(long now) {
        return now == UNTIMED ? inFlight : inFlight + ghosts(now);
    }

    /** How many failed calls count as calls in flight. */
    long ghosts(long now) {
        Ghosts mine = ghosts.get();
        return mine == null || !penalty.isLive() ? 0 : mine.count(now);
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
