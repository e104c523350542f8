package io.mesh.health;

import io.mesh.event.EventQueue;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Scheduler.Cancellation;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * When one instance is checked, under one configuration.
 *
 * <ol>
 * <li>One check at a time: the next is scheduled when one has ended.
 * <li>From the start of one to the start of the next it is at least the interval. So however many instances there are,
 *     no more checks begin in any interval than there are instances.
 * <li>The first comes after a random part of the interval. Otherwise all instances of a list would be checked at once
 *     for ever. If calls wait for it, it comes after a twentieth to a tenth of the interval: not before the whole list is
 *     known, so that {@link Admission} does not take the first of it for all.
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
    private volatile boolean ended;

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
        double share = parts.random().nextDouble();
        schedule((long) (Ticker.nanos(config.interval()) * (soon ? (1 + share) / SOONER : share)));
    }

    void end() {
        ended = true;
        cancel();
    }

    private void schedule(long delayNanos) {
        try {
            next = parts.scheduler().schedule(this::due, delayNanos);
        } catch (RejectedExecutionException shutDown) {
            return; // the last verdict holds, as it does after the mesh is closed
        }
        if (ended) {
            cancel(); // ended since it was asked
        }
    }

    private void cancel() {
        Cancellation scheduled = next;
        if (scheduled != null) {
            scheduled.cancel();
        }
    }

    /** On the thread of the scheduler, which must not be held up. */
    private void due() {
        if (ended) {
            return;
        }
        try {
            parts.threads().execute(this::check);
        } catch (RejectedExecutionException | OutOfMemoryError noThread) { // says nothing about the instance
            LOG.log(
                    Level.WARNING,
                    "There is no thread for a health check of " + instance.get().id() + ".",
                    noThread);
            schedule(Ticker.nanos(config.interval()));
        }
    }

    private void check() {
        if (ended) {
            return; // while it waited for a thread
        }
        long begunAt = parts.ticker().now();
        try {
            CheckResult result = parts.check().check(instance.get(), config);
            if (!ended) {
                listener.accept(this, result);
            }
        } finally { // also after an error, such as no memory, which says nothing about the instance
            double interval = Ticker.nanos(config.interval())
                    * (1 + config.jitter() * parts.random().nextDouble());
            schedule(Math.max(0, (long) interval - (parts.ticker().now() - begunAt)));
        }
    }
}
