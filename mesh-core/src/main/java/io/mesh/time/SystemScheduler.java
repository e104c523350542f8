package io.mesh.time;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One daemon thread that lives while there is something to wait for. */
final class SystemScheduler implements Scheduler {

    static final Scheduler SHARED = new SystemScheduler(newExecutor());

    private final ScheduledThreadPoolExecutor executor;

    SystemScheduler(ScheduledThreadPoolExecutor executor) {
        this.executor = executor;
    }

    static ScheduledThreadPoolExecutor newExecutor() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "mesh-scheduler");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true); // or cancelled waits pile up until they are due
        executor.setKeepAliveTime(1, TimeUnit.MINUTES);
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    @Override
    public Cancellation schedule(Runnable task, long delayNanos) {
        Future<?> scheduled = executor.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }
}
