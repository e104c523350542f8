package io.mesh.time;

import java.lang.System.Logger.Level;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** See {@link Scheduler#lasting}. */
final class LastingScheduler implements Scheduler {

    private static final System.Logger LOG = System.getLogger("io.mesh");

    private final Scheduler own;
    private final AtomicBoolean said = new AtomicBoolean();

    LastingScheduler(Scheduler own) {
        this.own = own;
    }

    @Override
    public Cancellation schedule(Runnable task, long delayNanos) {
        AtomicBoolean begun = new AtomicBoolean(); // one that throws may have taken the task all the same
        Runnable once = () -> {
            if (begun.compareAndSet(false, true)) {
                task.run();
            }
        };
        try {
            return own.schedule(once, delayNanos);
        } catch (RejectedExecutionException shutDown) {
            throw shutDown;
        } catch (Throwable broken) { // whatever a scheduler of the user's throws
            if (said.compareAndSet(false, true)) {
                LOG.log(
                        Level.WARNING,
                        "A scheduler failed; what it did not take waits on that of the process. Said once.",
                        broken);
            }
            return SystemScheduler.SHARED.schedule(once, delayNanos);
        }
    }
}
