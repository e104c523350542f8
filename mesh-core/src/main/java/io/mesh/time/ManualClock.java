package io.mesh.time;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Time moved by hand, for tests: a ticker, a sleeper and a scheduler in one.
 *
 * <p>It stands still until {@link #advance} is called, by the test or by a sleeper: whoever sleeps on this
 * clock does not wait, but moves the clock by the time it would have slept. Tasks that become due run on the
 * thread that moves the clock, in the order in which they are due, each seeing the time it was due at.
 *
 * <p>Thread-safe. If several threads move the clock at once, each moves it by its own amount.
 */
public final class ManualClock implements Ticker, Sleeper, Scheduler {

    private final AtomicLong now;
    private final AtomicLong nextTask = new AtomicLong();
    private final ConcurrentSkipListSet<Task> tasks = new ConcurrentSkipListSet<>(Task::compare);
    private final Queue<Duration> sleeps = new ConcurrentLinkedQueue<>();

    /** A clock that begins five seconds before {@link Ticker} readings overflow, so that tests meet it. */
    public ManualClock() {
        this(Long.MAX_VALUE - 5_000_000_000L);
    }

    /**
     * A clock that begins at a reading.
     *
     * @param start the first reading, in nanoseconds
     */
    public ManualClock(long start) {
        this.now = new AtomicLong(start);
    }

    @Override
    public long now() {
        return now.get();
    }

    /**
     * Moves the clock and runs what becomes due on the way.
     *
     * @param time how far; 0 runs what is due now
     * @throws IllegalArgumentException if the time is below 0
     */
    public void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("time must be 0 or longer, but is " + time);
        }
        advance(Ticker.nanos(time));
    }

    private void advance(long nanos) {
        long left = nanos;
        while (true) {
            long from = now.get();
            Task task = firstDue(from + left);
            long step = task == null ? left : Math.max(0, task.due - from);
            if (!now.compareAndSet(from, from + step)) {
                continue; // another thread has moved the clock, and both moves count
            }
            left -= step;
            if (task == null) {
                return;
            }
            if (tasks.remove(task)) {
                task.work.run();
            }
        }
    }

    private @Nullable Task firstDue(long until) {
        Iterator<Task> first = tasks.iterator();
        if (!first.hasNext()) {
            return null;
        }
        Task task = first.next();
        return until - task.due < 0 ? null : task;
    }

    @Override
    public void sleep(long nanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        sleeps.add(Duration.ofNanos(nanos));
        advance(Math.min(Math.max(nanos, 0), FOREVER));
    }

    @Override
    public Cancellation schedule(Runnable task, long delayNanos) {
        Task scheduled =
                new Task(now.get() + Math.min(Math.max(delayNanos, 0), FOREVER), nextTask.getAndIncrement(), task);
        tasks.add(scheduled);
        return () -> tasks.remove(scheduled);
    }

    /** {@return how many tasks wait to become due} */
    public int scheduled() {
        return tasks.size();
    }

    /** {@return every sleep so far, in order; an unmodifiable copy} */
    public List<Duration> sleeps() {
        return List.copyOf(sleeps);
    }

    private record Task(long due, long number, Runnable work) {

        static int compare(Task a, Task b) {
            int byTime = Long.signum(a.due - b.due);
            return byTime != 0 ? byTime : Long.compare(a.number, b.number);
        }
    }
}
