package io.mesh.discovery;

import io.mesh.model.DiscoveryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.Executor;
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
 * <li>Whatever fails, there is another look-up: where the random generator or the scheduler throws, that of the process
 *     takes its place, and where no wait can begin at all, that is told, and the next {@link #refresh} looks up.
 * </ol>
 *
 * <p>Thread-safe.
 */
public final class PollingDiscovery implements ServiceDiscovery {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final long FIRST_BACKOFF = TimeUnit.MILLISECONDS.toNanos(100);

    private final Lookup lookup;
    private final long intervalNanos;
    private final long maxBackoffNanos;
    private final double jitter;
    private final Scheduler scheduler;
    private final RandomGenerator random;
    private final Executor threads;
    private final AtomicInteger wanted = new AtomicInteger();
    private final AtomicReference<@Nullable Wait> wait = new AtomicReference<>();
    private volatile @Nullable Listener listener;
    private volatile boolean closed;
    private volatile boolean saidRandom;
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
        this.scheduler = Scheduler.lasting(scheduler);
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
        try {
            replaceWait(null);
            threads.execute(() -> lookUp(told));
        } catch (Throwable noThread) { // such as no memory for one
            wanted.set(0);
            tell(told, noThread);
            waitFor(told, maxBackoffNanos);
        }
    }

    private void lookUp(Listener told) {
        try {
            int seen;
            do {
                seen = wanted.get();
                if (closed) {
                    return;
                }
                waitFor(told, askOnce(told)); // while nobody else looks up
            } while (!wanted.compareAndSet(seen, 0));
        } catch (Throwable fault) { // such as no memory to tell of a failure
            wanted.set(0); // or no refresh would ever look up again
            throw fault;
        }
    }

    /** Asks the source, and returns after how long it is to be asked again. */
    private long askOnce(Listener told) {
        try {
            List<ServiceInstance> instances = List.copyOf(lookup.find());
            failures = 0;
            told.found(instances);
            return intervalNanos;
        } catch (Throwable cause) {
            if (cause instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            failures++;
            tell(told, cause);
            return backoffNanos();
        }
    }

    private static void tell(Listener told, Throwable cause) {
        try {
            told.failed(cause);
        } catch (Throwable broken) {
            LOG.log(Level.WARNING, "A listener of discovery failed when it was told of a failure.", broken);
        }
    }

    private long backoffNanos() {
        int doublings = Math.min(failures - 1, Long.numberOfLeadingZeros(FIRST_BACKOFF) - 2); // no overflow
        return Math.min(FIRST_BACKOFF << doublings, maxBackoffNanos);
    }

    private void waitFor(Listener told, long nanos) {
        Wait next = new Wait();
        replaceWait(next);
        try {
            next.timer = scheduler.schedule(next, nanos - (long) (nanos * jitter * chance()));
        } catch (Throwable refused) { // the scheduler has been shut down, or there is no memory
            tell(told, new IllegalStateException("No further look-up could be scheduled.", refused));
            return;
        }
        if (closed) {
            replaceWait(null); // closed since it was asked
        }
        if (wait.get() != next) {
            next.cancel(); // ended before it had a timer
        }
    }

    private void replaceWait(@Nullable Wait next) {
        Wait ended = wait.getAndSet(next);
        if (ended != null) {
            ended.cancel();
        }
    }

    /** One that has ended comes to nothing, even if its timer cannot be cancelled or a scheduler runs it twice. */
    private final class Wait implements Runnable {

        volatile Scheduler.@Nullable Cancellation timer;

        @Override
        public void run() {
            if (wait.compareAndSet(this, null)) {
                refresh();
            }
        }

        void cancel() {
            Scheduler.Cancellation scheduled = timer;
            if (scheduled != null) {
                try {
                    scheduled.cancel();
                } catch (Throwable broken) { // a scheduler of the user's
                    LOG.log(Level.DEBUG, "A wait for the next look-up could not be cancelled.", broken);
                }
            }
        }
    }

    /** By chance from 0 to below 1. */
    private double chance() {
        try {
            return random.nextDouble();
        } catch (Throwable broken) {
            if (!saidRandom) {
                saidRandom = true;
                LOG.log(
                        Level.WARNING,
                        "The random generator of the mesh failed; look-ups are spread by another. Said once.",
                        broken);
            }
            return ThreadLocalRandom.current().nextDouble();
        }
    }

    @Override
    public void close() {
        closed = true;
        replaceWait(null);
    }
}
