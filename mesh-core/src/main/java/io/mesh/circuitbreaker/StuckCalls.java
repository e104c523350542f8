package io.mesh.circuitbreaker;

import io.mesh.time.Scheduler;
import io.mesh.time.Scheduler.Cancellation;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts calls that hang as failures before they end: without it, a backend that stops answering opens no circuit until
 * its callers give up.
 *
 * <p>Calls are counted by batches, of which one begins every half of the time. When a batch has been over for the time,
 * those of its calls that are still under way are stuck, and each counts as a failure. What comes of them later is no
 * evidence any more.
 *
 * <p>A call writes two striped counters; looks are taken by one thread after the other. A breaker that nobody holds any
 * more is not kept by its timer.
 */
final class StuckCalls {

    private final WeakReference<CircuitBreaker> breaker;
    private final Scheduler scheduler;
    private final long nanos;
    private final Deque<Batch> over = new ArrayDeque<>(); // seen by the looks alone
    private volatile Batch current = new Batch();
    private volatile @Nullable Cancellation timer;
    private volatile boolean stopped;

    StuckCalls(CircuitBreaker breaker, Scheduler scheduler, long nanos) {
        this.breaker = new WeakReference<>(breaker);
        this.scheduler = scheduler;
        this.nanos = nanos;
    }

    long nanos() {
        return nanos;
    }

    void start() {
        try {
            timer = scheduler.schedule(this::wake, Math.max(1, nanos / 2));
        } catch (RejectedExecutionException shutDown) {
            return; // who shuts the scheduler down has no more calls to watch
        }
        if (stopped) {
            stop();
        }
    }

    void stop() {
        stopped = true;
        Cancellation armed = timer;
        if (armed != null) {
            armed.cancel();
        }
    }

    /** A call begins; its end is told to the batch. */
    Batch begin() {
        Batch batch = current;
        batch.begun.increment();
        return batch;
    }

    private void wake() {
        CircuitBreaker watched = breaker.get();
        if (watched != null && !stopped) {
            look(watched, watched.now());
            start();
        }
    }

    private void look(CircuitBreaker watched, long now) {
        while (!over.isEmpty() && now - over.element().overSince >= nanos) {
            Batch batch = over.remove();
            batch.counted = true; // first: a call that ends now is told once or twice, but never not at all
            for (long stuck = batch.underWay(); stuck > 0; stuck--) {
                if (watched.current() instanceof Passing passing) {
                    passing.stuck();
                }
            }
        }
        Batch last = current;
        if (last.begun.sum() > 0) {
            last.overSince = now;
            over.add(last);
            current = new Batch();
        }
    }

    /** Calls that began at about the same time. */
    static final class Batch {

        private final LongAdder begun = new LongAdder();
        private final LongAdder ended = new LongAdder();
        private long overSince;
        private volatile boolean counted;

        /**
         * A call of this batch has ended.
         *
         * @return whether it has been counted as stuck
         */
        boolean end() {
            ended.increment();
            return counted;
        }

        private long underWay() {
            long ends = ended.sum(); // before those that began: never fewer than none
            return begun.sum() - ends;
        }
    }
}
