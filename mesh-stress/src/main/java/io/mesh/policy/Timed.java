package io.mesh.policy;

import io.mesh.time.Scheduler;

/** A timer for races: what is scheduled runs when the other thread says so. */
final class Timed implements Scheduler {

    private static final int SPINS = 1_000;

    private volatile Runnable task;
    private volatile boolean consumed;
    private volatile boolean over;

    @Override
    public Cancellation schedule(Runnable scheduled, long delayNanos) {
        task = scheduled;
        return () -> {};
    }

    /** Time is up, as soon as anything has been scheduled. */
    void timeIsUp() {
        while (task == null) {
            Thread.onSpinWait();
        }
        task.run();
    }

    /** Work that throws if it is interrupted, but does not wait for that for ever. */
    InterruptedException consumeInterrupt() {
        for (int spins = 0; spins < SPINS; spins++) {
            if (Thread.interrupted()) {
                consumed = true;
                return new InterruptedException();
            }
            Thread.onSpinWait();
        }
        consumed = true;
        return null;
    }

    /** Waits until that work has ended. */
    void awaitConsumed() {
        while (!consumed) {
            Thread.onSpinWait();
        }
    }

    /** Nothing of the other thread comes any more. */
    void over() {
        over = true;
    }

    /** Whether the flag is set once nothing of the other thread comes any more, and clears it. */
    boolean flagAtRest() {
        while (!over) {
            Thread.onSpinWait();
        }
        return Thread.interrupted();
    }
}
