package io.mesh.health;

import io.mesh.event.MeshListener;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/**
 * What the health checks of all services of one mesh share: at most 32 daemon threads of their own, and 16 that look up
 * names, which end when there is nothing to check, so no pool that calls use can hold checks up, and a scheduler, which no
 * check holds up.
 *
 * <p>Checks do not end with what is given to the mesh for them: where the generator or the scheduler throws, that of the
 * process takes its place, which is said once.
 *
 * <p>Thread-safe.
 */
public final class HealthChecks {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final int MOST_AT_ONCE = 32;
    private static final int MOST_LOOK_UPS = 16;
    private static final long IDLE_SECONDS = 10;

    private final Ticker ticker;
    private final Scheduler scheduler;
    private final RandomGenerator random;
    private final List<MeshListener> listeners;
    private final Executor threads;
    private final HealthCheck check;
    private final AtomicBoolean saidRandom = new AtomicBoolean();
    private final AtomicBoolean saidStalled = new AtomicBoolean();

    /**
     * Checks over the network.
     *
     * @param ticker the time between checks
     * @param scheduler begins them
     * @param random spreads them; thread-safe
     * @param listeners hear of every change of a verdict
     */
    public HealthChecks(
            Ticker ticker, Scheduler scheduler, RandomGenerator random, List<? extends MeshListener> listeners) {
        this(
                ticker,
                scheduler,
                random,
                listeners,
                newThreads("mesh-health-check", MOST_AT_ONCE),
                new NetworkCheck(newThreads("mesh-health-names", MOST_LOOK_UPS)));
    }

    HealthChecks(
            Ticker ticker,
            Scheduler scheduler,
            RandomGenerator random,
            List<? extends MeshListener> listeners,
            Executor threads,
            HealthCheck check) {
        this.ticker = ticker;
        this.scheduler = Scheduler.lasting(scheduler);
        this.random = random;
        this.listeners = List.copyOf(listeners);
        this.threads = threads;
        this.check = check;
    }

    /** Queued are the checks that are due, one an instance at most, and names to be looked up, each once. */
    private static Executor newThreads(String name, int most) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                most, most, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    Ticker ticker() {
        return ticker;
    }

    /** By chance from 0 to below 1. */
    double chance() {
        try {
            return random.nextDouble();
        } catch (Throwable broken) {
            say(saidRandom, "The random generator of the mesh failed; health checks are spread by another.", broken);
            return ThreadLocalRandom.current().nextDouble();
        }
    }

    Scheduler scheduler() {
        return scheduler;
    }

    /** Some instance is not checked any more. */
    void sayStalled(Throwable cause) {
        say(
                saidStalled,
                "A health check could not be scheduled, so instances keep their last verdicts until the settings of their"
                        + " service change.",
                cause);
    }

    private static void say(AtomicBoolean said, String sentence, Throwable cause) {
        if (said.compareAndSet(false, true)) {
            LOG.log(Level.WARNING, sentence + " Said once.", cause);
        }
    }

    List<MeshListener> listeners() {
        return listeners;
    }

    Executor threads() {
        return threads;
    }

    HealthCheck check() {
        return check;
    }
}
