package io.mesh.proxy;

import io.mesh.time.Scheduler;
import io.mesh.time.Sleeper;
import io.mesh.time.Ticker;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The waits between attempts of one mesh, so that closing it ends them at once. Whoever waited asks
 * {@link #isClosed()} before going on.
 */
final class Waits implements Sleeper, Scheduler {

    private final @Nullable Sleeper sleeper;
    private final Scheduler scheduler;
    private final Scheduler whileOpen = this::scheduleWhileOpen;
    private final Set<Thread> sleeping = ConcurrentHashMap.newKeySet();
    private final Set<Wait> scheduled = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Waits of a new mesh.
     *
     * @param sleeper given by the user, whose sleeps are not cut short; null for parking the thread
     */
    Waits(@Nullable Sleeper sleeper, Scheduler scheduler) {
        this.sleeper = sleeper;
        this.scheduler = scheduler;
    }

    boolean isClosed() {
        return closed;
    }

    /** Tells when an attempt has taken too long. Closing the mesh does not hurry it: attempts under way may finish. */
    Scheduler timer() {
        return scheduler;
    }

    void close() {
        closed = true;
        sleeping.forEach(LockSupport::unpark);
        scheduled.forEach(Wait::hurry);
    }

    @Override
    public void sleep(long nanos) throws InterruptedException {
        if (sleeper != null) {
            sleeper.sleep(nanos);
            return;
        }
        Thread thread = Thread.currentThread();
        long until = System.nanoTime() + Math.min(nanos, Ticker.FOREVER);
        sleeping.add(thread);
        try {
            while (true) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                long left = until - System.nanoTime();
                if (closed || left <= 0) {
                    return;
                }
                LockSupport.parkNanos(this, left);
            }
        } finally {
            sleeping.remove(thread);
        }
    }

    @Override
    public Cancellation schedule(Runnable task, long delayNanos) {
        Wait wait = new Wait(task);
        scheduled.add(wait);
        try {
            wait.timer = scheduler.schedule(wait, closed ? 0 : delayNanos);
        } catch (RejectedExecutionException shutDown) {
            scheduled.remove(wait);
            throw shutDown;
        }
        if (closed) {
            wait.hurry(); // closed since it was asked
        }
        return wait::cancel;
    }

    /** As {@link #schedule}, but once the mesh is closed nothing is scheduled: for what goes on without a call. */
    Scheduler whileOpen() {
        return whileOpen;
    }

    private Cancellation scheduleWhileOpen(Runnable task, long delayNanos) {
        return closed ? () -> {} : schedule(task, delayNanos);
    }

    /** A task that runs when its time has come or the mesh is closed, whichever is first, and once. */
    private final class Wait implements Runnable {

        private final Runnable task;
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile @Nullable Cancellation timer;

        Wait(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            if (over.compareAndSet(false, true)) {
                scheduled.remove(this);
                task.run();
            }
        }

        void hurry() {
            Cancellation current = timer;
            if (current != null && !over.get()) {
                current.cancel();
                try {
                    scheduler.schedule(this, 0);
                } catch (RejectedExecutionException shutDown) {
                    run();
                }
            }
        }

        void cancel() {
            if (over.compareAndSet(false, true)) {
                scheduled.remove(this);
                Cancellation current = timer;
                if (current != null) {
                    current.cancel();
                }
            }
        }
    }
}
