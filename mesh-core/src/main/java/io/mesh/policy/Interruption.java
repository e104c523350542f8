package io.mesh.policy;

import io.mesh.time.Scheduler;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The interruption of one blocking call: interrupts its thread when time is up, or when somebody says so, unless the call
 * has ended.
 *
 * <pre>{@code
 *             the call ends
 *   RUNNING -----------------> DONE
 *      |     time is up                  the thread is interrupted
 *      '-----------------> INTERRUPTING ---------------------------> INTERRUPTED
 * }</pre>
 *
 * <ol>
 * <li>Either the call ends first or time is up first, never both.
 * <li>After {@link #end} no interrupt of ours comes, and none is left: if time was up first, the end waits
 *     until the interrupt has come, and clears it. That takes as long as {@link Thread#interrupt()} in the
 *     thread of the timer.
 * <li>An interrupt by somebody else is kept. Ours comes once, so there was another if the flag was set when ours
 *     came, or if the work has consumed one (it threw {@code InterruptedException}) and the flag is set again. If
 *     only one was seen, it is taken as ours.
 * <li>Where one limit is inside another, the flag that the inner one has set is not somebody else's to the outer
 *     one, and the inner one leaves set what the outer one still wants to be seen.
 * </ol>
 */
public final class Interruption implements Runnable {

    private static final int RUNNING = 0;
    private static final int DONE = 1;
    private static final int INTERRUPTING = 2;
    private static final int INTERRUPTED = 3;

    private static final int SPINS = 100;

    /** The innermost one of a thread. */
    private static final ThreadLocal<@Nullable Interruption> CURRENT = new ThreadLocal<>();

    private final Thread thread = Thread.currentThread();
    private final AtomicInteger state = new AtomicInteger(RUNNING);
    private final @Nullable Interruption outer;
    private volatile @Nullable Interruption inner;
    private volatile boolean another; // has interrupted the thread before we did
    private Scheduler.@Nullable Cancellation timer;

    private Interruption(@Nullable Interruption outer) {
        this.outer = outer;
    }

    /**
     * Begins a call that the calling thread is about to make, and that is interrupted by {@link #run} only. It must be
     * {@linkplain #end ended} by the same thread, whatever comes of the call.
     *
     * @return to be run by any thread, at any time, to interrupt the call
     */
    public static Interruption start() {
        Interruption interruption = new Interruption(CURRENT.get());
        interruption.enter();
        return interruption;
    }

    /**
     * Begins to measure the call that the calling thread is about to make. It must be {@linkplain #end ended} by the
     * same thread, whatever comes of the call.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the scheduler has been shut down
     */
    static Interruption start(Scheduler scheduler, long limitNanos) {
        Interruption interruption = start();
        try {
            interruption.timer = scheduler.schedule(interruption, limitNanos);
        } catch (Throwable refused) {
            interruption.end(null);
            throw refused;
        }
        return interruption;
    }

    /** Time is up, or somebody says so: interrupts the thread, unless the call has ended or was interrupted here before. */
    @Override
    public void run() {
        if (!state.compareAndSet(RUNNING, INTERRUPTING)) {
            return;
        }
        try {
            another = isInterruptedByAnother();
            thread.interrupt();
        } finally {
            state.set(INTERRUPTED);
        }
    }

    /**
     * The call has ended.
     *
     * @param thrown what it threw, or null
     * @return whether time was up before
     */
    public boolean end(@Nullable Throwable thrown) {
        boolean inTime = state.compareAndSet(RUNNING, DONE);
        if (inTime) {
            Scheduler.Cancellation entry = timer;
            if (entry != null) {
                entry.cancel();
            }
        } else {
            clearFlag(thrown);
        }
        leave(); // not before: until the flag is cleared, a limit around this one has to know whose it is
        return !inTime;
    }

    private void clearFlag(@Nullable Throwable thrown) {
        awaitInterrupt();
        boolean set = Thread.interrupted();
        if (set && thrown instanceof InterruptedException) {
            another = true;
        }
        if (another || outerHasInterrupted()) {
            thread.interrupt();
        }
    }

    private void enter() {
        CURRENT.set(this);
        if (outer != null) {
            outer.inner = this;
        }
    }

    private void leave() {
        if (outer != null) {
            CURRENT.set(outer);
            outer.inner = null;
        } else {
            CURRENT.remove();
        }
    }

    /** It has been decided that the interrupt comes; it may be on its way. */
    private boolean hasInterrupted() {
        return state.get() >= INTERRUPTING;
    }

    @SuppressWarnings("ThreadPriorityCheck") // yielding saves time only: the timer is on its way
    private void awaitInterrupt() {
        for (int spins = 0; state.get() != INTERRUPTED; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private boolean isInterruptedByAnother() {
        if (!thread.isInterrupted()) {
            return false;
        }
        for (Interruption at = inner; at != null; at = at.inner) {
            if (at.hasInterrupted()) {
                return at.another;
            }
        }
        return true;
    }

    /** Whether a limit around this one has interrupted the thread, so that the flag cleared here may be its own. */
    private boolean outerHasInterrupted() {
        for (Interruption at = outer; at != null; at = at.outer) {
            if (at.hasInterrupted()) {
                at.awaitInterrupt(); // or it would come once more
                return true;
            }
        }
        return false;
    }
}
