package io.mesh.time;

/** Runs something later while no thread waits for it. */
@FunctionalInterface
public interface Scheduler {

    /**
     * Runs a task once, later. What was written before is visible to it.
     *
     * @param task what to run; must be short, must not block and must not throw
     * @param delayNanos after how long; 0 or less means as soon as possible
     * @return cancels the task if it has not begun; never null
     * @throws java.util.concurrent.RejectedExecutionException if the scheduler has been shut down
     */
    Cancellation schedule(Runnable task, long delayNanos);

    /**
     * The scheduler of the process: one daemon thread, started by the first task and ended a minute after
     * the last.
     *
     * @return always the same scheduler
     */
    static Scheduler system() {
        return SystemScheduler.SHARED;
    }

    /**
     * A scheduler that goes on where another throws: then {@link #system()} takes the task, which the log says once. So what
     * repeats itself does not end with one failure. A task runs once, even if who threw has taken it. To have been shut down
     * is no failure.
     *
     * @param own asked first
     * @return one that throws nothing but {@link java.util.concurrent.RejectedExecutionException}, unless that of the process
     *     fails, too
     */
    static Scheduler lasting(Scheduler own) {
        return own instanceof SystemScheduler || own instanceof LastingScheduler ? own : new LastingScheduler(own);
    }

    /** Takes a scheduled task back. */
    @FunctionalInterface
    interface Cancellation {

        /** Takes the task back, so that the scheduler keeps nothing of it. Does nothing if it has begun. */
        void cancel();
    }
}
