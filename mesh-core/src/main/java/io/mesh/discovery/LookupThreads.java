package io.mesh.discovery;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads on which look-ups block: daemons, shared by all services of the process, at most 16, none while nothing is
 * looked up. A thread a service would be a thousand for a thousand services; one for all would let a DNS server that hangs
 * hold up every other source.
 */
final class LookupThreads {

    private static final int MOST = 16;

    static final Executor SHARED = newExecutor();

    private LookupThreads() {}

    private static Executor newExecutor() {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(MOST, MOST, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "mesh-discovery-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
