package io.mesh.health;

import io.mesh.event.EventQueue;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Scheduler.Cancellation;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * When one instance is checked, under one configuration.
 *
 * <ol>
 * <li>One check at a time: the next is scheduled when one has ended, whatever it came to, and whatever went wrong.
 * <li>From the start of one to the start of the next it is at least the interval. So however many instances there are,
 *     no more checks begin in any interval than there are instances.
 * <li>The first comes after a random part of the interval. Otherwise all instances of a list would be checked at once
 *     for ever. If calls wait for it, it comes after a twentieth to a tenth of the interval: not before the whole list is
 *     known, so that {@link Admission} does not take the first of it for all.
 * <li>One that cannot be scheduled at all is {@linkplain #isStalled() stalled}: {@link InstanceHealth#adopt()} begins
 *     another.
 * </ol>
 */
final class CheckSchedule {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final int SOONER = 20;

    private final HealthChecks parts;
    private final HealthCheckConfig config;
    private final Supplier<ServiceInstance> instance;
    private final BiConsumer<CheckSchedule, CheckResult> listener;
    private final EventQueue events;
    private volatile @Nullable Cancellation next;
    private volatile boolean stalled;
    private volatile boolean ended;
    private boolean saidFault; // only the check under way

    CheckSchedule(
            HealthChecks parts,
            HealthCheckConfig config,
            Supplier<ServiceInstance> instance,
            BiConsumer<CheckSchedule, CheckResult> listener) {
        this.parts = parts;
        this.config = config;
        this.instance = instance;
        this.listener = listener;
        this.events = new EventQueue(parts.listeners());
    }

    /** The events of the checks of this schedule, in order. */
    EventQueue events() {
        return events;
    }

    void begin(boolean soon) {
        double share = parts.chance();
        schedule((long) (Ticker.nanos(config.interval()) * (soon ? (1 + share) / SOONER : share)));
    }

    void end() {
        ended = true;
        cancel();
    }

    boolean hasEnded() {
        return ended;
    }

    /** Whether there will be no further check though it has not ended. */
    boolean isStalled() {
        return stalled;
    }

    private void schedule(long delayNanos) {
        if (ended) {
            return;
        }
        try {
            next = parts.scheduler().schedule(this::due, delayNanos);
        } catch (Throwable refused) {
            stalled = true; // the last verdict holds, as it does after the mesh is closed
            if (!ended) {
                parts.sayStalled(refused);
            }
            return;
        }
        stalled = false;
        if (ended) {
            cancel(); // ended since it was asked
        }
    }

    private void cancel() {
        Cancellation scheduled = next;
        if (scheduled != null) {
            try {
                scheduled.cancel();
            } catch (Throwable broken) { // a scheduler of the user's; what comes of it comes to nothing
                LOG.log(Level.DEBUG, "A health check could not be cancelled.", broken);
            }
        }
    }

    /** On the thread of the scheduler, which must not be held up. */
    private void due() {
        if (ended) {
            return;
        }
        try {
            parts.threads().execute(this::check);
        } catch (Throwable noThread) { // says nothing about the instance
            schedule(Ticker.nanos(config.interval()));
            LOG.log(
                    Level.WARNING,
                    "There is no thread for a health check of " + instance.get().id() + ".",
                    noThread);
        }
    }

    private void check() {
        if (ended) {
            return; // while it waited for a thread
        }
        long pause = Ticker.nanos(config.interval());
        try {
            pause = checkOnce();
        } catch (Throwable fault) { // such as no memory
            sayFault(fault);
        } finally {
            schedule(pause);
        }
    }

    /** Checks, and returns after how long the next check is due. */
    private long checkOnce() {
        long begunAt = parts.ticker().now();
        CheckResult result = parts.check().check(instance.get(), config);
        if (!ended) {
            listener.accept(this, result);
        }
        double interval = Ticker.nanos(config.interval()) * (1 + config.jitter() * parts.chance());
        return Math.max(0, (long) interval - (parts.ticker().now() - begunAt));
    }

    private void sayFault(Throwable fault) {
        if (!saidFault) {
            saidFault = true;
            LOG.log(
                    Level.WARNING,
                    "A health check of " + instance.get().id()
                            + " ended in an error, which says nothing about the instance. Said once.",
                    fault);
        }
    }
}
