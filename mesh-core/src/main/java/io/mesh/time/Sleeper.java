package io.mesh.time;

import java.util.concurrent.locks.LockSupport;

/** Lets the calling thread wait. */
@FunctionalInterface
public interface Sleeper {

    /**
     * Waits.
     *
     * @param nanos how long; 0 or less returns at once, but an interrupt is noticed all the same
     * @throws InterruptedException if the thread is interrupted before or while it waits; the interrupt
     *     flag is then clear
     */
    void sleep(long nanos) throws InterruptedException;

    /** {@return a sleeper that parks the calling thread; a virtual thread frees its carrier} */
    static Sleeper system() {
        return nanos -> {
            long until = System.nanoTime() + Math.min(nanos, Ticker.FOREVER);
            long left = nanos;
            while (true) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                if (left <= 0) {
                    return;
                }
                LockSupport.parkNanos(left);
                left = until - System.nanoTime();
            }
        };
    }
}
