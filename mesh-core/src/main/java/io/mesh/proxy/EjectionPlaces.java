package io.mesh.proxy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * How many instances of one service may be kept out at once on the evidence configured.
 *
 * <p>Without this, a failure that hits every instance a little closes the service: 20 % random errors on all
 * of three instances open breaker after breaker, until most calls are rejected though four of five would have
 * succeeded.
 *
 * <ol>
 * <li>A place is taken before an instance is kept out and given back once, when it is let in again.
 * <li>At most {@code percent} of the instances that are neither drained nor marked unhealthy hold one,
 *     rounded down, but at least one of two or more. A list that shrinks takes no place back, and a place held
 *     by an instance that is out for another reason is not counted.
 * <li>The breaker of an only instance always gets one.
 * </ol>
 */
final class EjectionPlaces {

    private final IntSupplier eligible;
    private final IntSupplier heldByOthers;
    private final AtomicInteger taken = new AtomicInteger();
    private volatile int percent;

    /**
     * Places of one service.
     *
     * @param eligible how many instances are neither drained nor marked unhealthy
     * @param heldByOthers how many of the others hold a place; asked only when the places seem to be taken
     */
    EjectionPlaces(IntSupplier eligible, IntSupplier heldByOthers, int percent) {
        this.eligible = eligible;
        this.heldByOthers = heldByOthers;
        this.percent = percent;
    }

    void percent(int newPercent) {
        this.percent = newPercent;
    }

    /** For a breaker that has the evidence to open. */
    boolean tryTake() {
        return tryTake(Integer.MAX_VALUE);
    }

    /** For an instance that asks not to be called for a while: the only one is called all the same. */
    boolean tryTakeUnlessOnlyOne() {
        return tryTake(0);
    }

    private boolean tryTake(int capOfOnlyOne) {
        int instances = eligible.getAsInt();
        long cap = instances < 2 ? capOfOnlyOne : Math.max(1L, (long) instances * percent / 100);
        while (true) {
            int now = taken.get();
            if (now >= cap && now - heldByOthers.getAsInt() >= cap) {
                return false;
            }
            if (taken.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    void giveBack() {
        taken.getAndDecrement();
    }

    int taken() {
        return taken.get();
    }
}
