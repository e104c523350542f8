package io.mesh.discovery;

import io.mesh.model.DiscoveryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Discovery by a source that has to be asked: looks up again and again, on a thread that may block.
 *
 * <pre>{@code
 *              found: refreshInterval, a little less by chance
 *   look up ---------------------------------------------------> wait --> look up
 *      |                                                           ^
 *      '--- failed: 100 ms, 200 ms, 400 ms, ... maxBackoff --------'
 * }</pre>
 *
 * <ol>
 * <li>There is at most one look-up at a time, and at most one wait.
 * <li>After {@link #refresh} has returned a look-up begins that has not begun before. However many ask for one while
 *     one is under way, one follows.
 * <li>The scheduler only tells when; the look-up runs on a thread of the executor.
 * </ol>
 *
 * <p>Thread-safe.
 */
public final class PollingDiscovery implements ServiceDiscovery {

    private static final long FIRST_BACKOFF = TimeUnit.MILLISECONDS.toNanos(100);
    private static final Scheduler.Cancellation NOTHING = () -> {};

    private final Lookup lookup;
    private final long intervalNanos;
    private final long maxBackoffNanos;
    private final double jitter;
    private final Scheduler scheduler;
    private final RandomGenerator random;
    private final Executor threads;
    private final AtomicInteger wanted = new AtomicInteger();
    private final AtomicReference<Scheduler.Cancellation> wait = new AtomicReference<>(NOTHING);
    private volatile @Nullable Listener listener;
    private volatile boolean closed;
    private int failures; // in a row; only the look-up under way

    /** Looks up where the instances are. */
    @FunctionalInterface
    public interface Lookup {

        /**
         * Looks up. May block, but not for ever: nothing else is told meanwhile.
         *
         * @return all instances there are; empty only if the source surely has none
         * @throws Exception if the source could not tell
         */
        List<ServiceInstance> find() throws Exception;
    }

    /**
     * A discovery that waits on the scheduler of the process.
     *
     * @param lookup asks the source, on one of the threads that all discoveries of the process share
     * @param config how often
     */
    public PollingDiscovery(Lookup lookup, DiscoveryConfig config) {
        this(
                lookup,
                config,
                Scheduler.system(),
                () -> ThreadLocalRandom.current().nextLong(),
                LookupThreads.SHARED);
    }

    PollingDiscovery(
            Lookup lookup, DiscoveryConfig config, Scheduler scheduler, RandomGenerator random, Executor threads) {
        this.lookup = lookup;
        this.intervalNanos = Ticker.nanos(config.refreshInterval());
        this.maxBackoffNanos = Ticker.nanos(config.maxBackoff());
        this.jitter = config.refreshJitter();
        this.scheduler = scheduler;
        this.random = random;
        this.threads = threads;
    }

    @Override
    public void start(Listener hearing) {
        listener = hearing;
        refresh();
    }

    /** Looks up as soon as possible: something has said that there may be news. Returns at once. */
    public void refresh() {
        Listener told = listener;
        if (told == null || closed || wanted.getAndIncrement() > 0) {
            return; // whoever looks up now will do so once more
        }
        wait.getAndSet(NOTHING).cancel();
        try {
            threads.execute(() -> lookUp(told));
        } catch (RejectedExecutionException | OutOfMemoryError noThread) { // that is, no thread could be started
            wanted.set(0);
            told.failed(noThread);
            waitFor(maxBackoffNanos);
        }
    }

    private void lookUp(Listener told) {
        int seen;
        do {
            seen = wanted.get();
            if (closed) {
                return;
            }
            waitFor(askOnce(told) ? intervalNanos : backoffNanos()); // while nobody else looks up
        } while (!wanted.compareAndSet(seen, 0));
    }

    private boolean askOnce(Listener told) {
        try {
            List<ServiceInstance> instances = List.copyOf(lookup.find());
            failures = 0;
            told.found(instances);
            return true;
        } catch (Throwable cause) {
            if (cause instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            failures++;
            told.failed(cause);
            return false;
        }
    }

    private long backoffNanos() {
        int doublings = Math.min(failures - 1, Long.numberOfLeadingZeros(FIRST_BACKOFF) - 2); // no overflow
        return Math.min(FIRST_BACKOFF << doublings, maxBackoffNanos);
    }

    private void waitFor(long nanos) {
        long shortened = nanos - (long) (nanos * jitter * random.nextDouble());
        Scheduler.Cancellation next;
        try {
            next = scheduler.schedule(this::refresh, shortened);
        } catch (RejectedExecutionException shutDown) {
            Listener told = listener;
            if (told != null) {
                told.failed(shutDown);
            }
            return;
        }
        wait.getAndSet(next).cancel();
        if (closed) {
            wait.getAndSet(NOTHING).cancel(); // closed since it was asked
        }
    }

    @Override
    public void close() {
        closed = true;
        wait.getAndSet(NOTHING).cancel();
    }
}
