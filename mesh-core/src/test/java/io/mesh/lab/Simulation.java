package io.mesh.lab;

import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time and what happens in it, one thing after the other on the thread that calls {@link #run}: the same seed, the
 * same history. A mesh that reads and waits on it needs no thread.
 */
final class Simulation implements Ticker, Scheduler {

    /** Readings overflow five seconds after the start. */
    private static final long START = Long.MAX_VALUE - 5_000_000_000L;

    private static final double NANOS = 1e9;

    private final long seed;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long elapsed;
    private long lastNumber;

    Simulation(long seed) {
        this.seed = seed;
    }

    /** Chance for one purpose, so that what draws more for one thing leaves the others as they were. */
    RandomGenerator random(String purpose) {
        return new SplittableRandom(31 * seed + purpose.hashCode());
    }

    @Override
    public long now() {
        return START + elapsed;
    }

    /** How long it has been running, in nanoseconds. */
    long elapsed() {
        return elapsed;
    }

    /** How long it has been running, in seconds. */
    double seconds() {
        return elapsed / NANOS;
    }

    static long nanos(double seconds) {
        return Math.round(seconds * NANOS);
    }

    @Override
    public Cancellation schedule(Runnable task, long delayNanos) {
        Event event = new Event(elapsed + Math.min(Math.max(delayNanos, 0), FOREVER), ++lastNumber, task);
        events.add(event);
        return event;
    }

    /** Does something at a time since the start. */
    void at(double seconds, Runnable task) {
        schedule(task, nanos(seconds) - elapsed);
    }

    /** Does something again and again, first now, until a time since the start. */
    void every(Duration period, double untilSeconds, Runnable task) {
        if (seconds() < untilSeconds) {
            task.run();
            schedule(() -> every(period, untilSeconds, task), period.toNanos());
        }
    }

    /** Lets everything happen up to and including a time since the start. */
    void run(double untilSeconds) {
        long until = nanos(untilSeconds);
        while (true) {
            Event next = events.peek();
            if (next == null || next.due > until) {
                elapsed = Math.max(elapsed, until);
                return;
            }
            events.remove();
            Runnable task = next.task;
            if (task != null) {
                elapsed = next.due;
                task.run();
            }
        }
    }

    private static final class Event implements Comparable<Event>, Cancellation {

        private final long due;
        private final long number;
        private @Nullable Runnable task;

        Event(long due, long number, Runnable task) {
            this.due = due;
            this.number = number;
            this.task = task;
        }

        @Override
        public void cancel() {
            task = null;
        }

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(due, other.due);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }
}
