package io.mesh.limit;

import io.mesh.time.Scheduler;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call that waits for a place.
 *
 * <pre>{@code
 *            a place is handed over
 *   WAITING -----------------------> GRANTED
 *      |     time is up, or the caller has gone
 *      '----------------------------> GONE
 * }</pre>
 *
 * <p>Either of them, once: a place handed to a waiter that has gone stays with whoever wanted to hand it over.
 */
abstract class Waiter {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final int WAITING = 0;
    private static final int GRANTED = 1;
    private static final int GONE = 2;

    private final AtomicInteger state = new AtomicInteger();
    private volatile Scheduler.@Nullable Cancellation timer;

    /** Hands a place over. False if the waiter has gone. */
    final boolean grant() {
        return end(GRANTED);
    }

    /** False if the waiter has a place by now, or has gone before. */
    final boolean goAway() {
        return end(GONE);
    }

    private boolean end(int how) {
        if (!state.compareAndSet(WAITING, how)) {
            return false;
        }
        Scheduler.Cancellation scheduled = timer;
        if (scheduled != null) {
            scheduled.cancel();
        }
        return true;
    }

    final boolean isWaiting() {
        return state.get() == WAITING;
    }

    final boolean isGranted() {
        return state.get() == GRANTED;
    }

    /** The timer is set after the waiter stands in the queue, so it may not be needed any more. */
    final void timer(Scheduler.Cancellation scheduled) {
        timer = scheduled;
        if (!isWaiting()) {
            scheduled.cancel();
        }
    }

    /** Tells the call that it has a place, or that time is up; once. */
    abstract void tell(boolean hasPlace);

    static Waiter parked(Thread thread) {
        return new Waiter() {
            @Override
            void tell(boolean hasPlace) {
                LockSupport.unpark(thread); // which looks for itself
            }
        };
    }

    static Waiter told(Consumer<? super Boolean> listener) {
        return new Waiter() {
            @Override
            void tell(boolean hasPlace) {
                Turns.take(() -> listener.accept(hasPlace));
            }
        };
    }

    /**
     * The calls that a thread starts because it has given back a place. One that ends at once gives back its place
     * before the next is started: one after the other, or a long queue would be a deep recursion; and only some of them, or
     * the thread would never come to the end of its own call.
     */
    private static final class Turns {

        private static final int MOST = 32;
        private static final ThreadLocal<@Nullable Queue<Runnable>> OF_THREAD = new ThreadLocal<>();

        static void take(Runnable start) {
            Queue<Runnable> others = OF_THREAD.get();
            if (others != null) {
                others.add(start);
                return;
            }
            Deque<Runnable> mine = new ArrayDeque<>();
            OF_THREAD.set(mine);
            try {
                Runnable next = start;
                for (int started = 0; next != null && started < MOST; started++) {
                    run(next);
                    next = mine.poll();
                }
                if (next != null) {
                    mine.addFirst(next);
                    handOver(mine);
                }
            } finally {
                OF_THREAD.remove();
            }
        }

        /** The thread has a call of its own; where there is no other one, it starts all the same. */
        private static void handOver(Deque<Runnable> rest) {
            try {
                CompletableFuture.runAsync(() -> rest.forEach(Turns::take)); // also without a common pool
            } catch (Throwable refused) {
                for (Runnable next = rest.poll(); next != null; next = rest.poll()) {
                    run(next);
                }
            }
        }

        private static void run(Runnable start) {
            try {
                start.run();
            } catch (Throwable fault) { // the others are not to suffer
                LOG.log(Level.WARNING, "A call that has waited for its place could not be started.", fault);
            }
        }
    }
}
