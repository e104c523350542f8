package io.mesh.policy;

import io.mesh.time.Scheduler;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks on while one call takes its time, and tells when that is up. Either the call ends first or time is up first, never
 * both; in the first case nothing is told.
 */
final class Overtime implements Runnable {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final int RUNNING = 0;
    private static final int ENDED = 1;
    private static final int OVER = 2;

    private final AtomicInteger state = new AtomicInteger(RUNNING);
    private final long limitNanos;
    private final Consumer<? super Duration> told;
    private Scheduler.@Nullable Cancellation timer;

    private Overtime(long limitNanos, Consumer<? super Duration> told) {
        this.limitNanos = limitNanos;
        this.told = told;
    }

    /** Begins to look on. A scheduler that refuses never says that time is up: the call must not suffer. */
    static Overtime start(Scheduler scheduler, long limitNanos, Consumer<? super Duration> told) {
        Overtime overtime = new Overtime(limitNanos, told);
        try {
            overtime.timer = scheduler.schedule(overtime, limitNanos);
        } catch (Throwable refused) { // also an Error of a scheduler that cannot start its thread
            LOG.log(Level.DEBUG, "The time of a call is not looked at.", refused);
        }
        return overtime;
    }

    /** Time is up. Called by the scheduler. */
    @Override
    public void run() {
        if (state.compareAndSet(RUNNING, OVER)) {
            told.accept(Duration.ofNanos(limitNanos));
        }
    }

    /** The call has ended. Returns whether its time was up before. */
    boolean end() {
        boolean inTime = state.compareAndSet(RUNNING, ENDED);
        Scheduler.Cancellation entry = timer;
        if (inTime && entry != null) {
            entry.cancel();
        }
        return state.get() == OVER;
    }
}
