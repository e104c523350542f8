package io.mesh.proxy;

import io.mesh.retry.RetryBudget;
import io.mesh.time.Scheduler;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The second's tick of all retry budgets of one mesh.
 *
 * <p>It begins when the first retry is asked for, so a mesh in which nothing has failed needs no thread, and
 * stops when every budget rests. A scheduler that has been shut down only means that budgets are looked at less
 * often.
 */
final class BudgetTick {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Scheduler scheduler;
    private final Set<RetryBudget> awake = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile Scheduler.@Nullable Cancellation next;
    private volatile boolean closed;

    BudgetTick(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** A budget wants to be ticked until it says that it rests. */
    void wake(RetryBudget budget) {
        if (!closed) {
            awake.add(budget);
            runIfNeeded();
        }
    }

    void close() {
        closed = true;
        cancel();
        awake.clear();
    }

    private void runIfNeeded() {
        if (!awake.isEmpty() && running.compareAndSet(false, true)) {
            scheduleNext();
        }
    }

    private void scheduleNext() {
        try {
            next = scheduler.schedule(this::tick, SECOND);
        } catch (RejectedExecutionException shutDown) {
            running.set(false);
        }
        if (closed) {
            cancel(); // closed since it was asked
        }
    }

    private void tick() {
        for (RetryBudget budget : List.copyOf(awake)) {
            awake.remove(budget); // first: one that falls asleep may be woken by now
            if (budget.tick()) {
                awake.add(budget);
            }
        }
        if (!closed && !awake.isEmpty()) {
            scheduleNext();
        } else {
            running.set(false);
            if (!closed) {
                runIfNeeded();
            }
        }
    }

    private void cancel() {
        Scheduler.Cancellation scheduled = next;
        if (scheduled != null) {
            scheduled.cancel();
        }
    }
}
