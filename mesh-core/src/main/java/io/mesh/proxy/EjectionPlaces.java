package io.mesh.proxy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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
 * <li>While no place is left, every call that ends on one of the others may ask for one. So a denial is remembered,
 *     and repeated without a look at the instances until something changes that it follows from: the list, the share,
 *     or who holds a place.
 * </ol>
 */
final class EjectionPlaces {

    private final IntSupplier eligible;
    private final IntSupplier heldByOthers;
    private final LongSupplier listVersion;
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicLong changes = new AtomicLong(); // of the share, and of who holds a place; after each
    private volatile int percent;
    private volatile @Nullable Denial denied;

    /**
     * Places of one service.
     *
     * @param eligible how many instances are neither drained nor marked unhealthy
     * @param heldByOthers how many of the others hold a place; asked only when the places seem to be taken
     * @param listVersion another number whenever the instances are others, or other ones of them are eligible
     */
    EjectionPlaces(IntSupplier eligible, IntSupplier heldByOthers, LongSupplier listVersion, int percent) {
        this.eligible = eligible;
        this.heldByOthers = heldByOthers;
        this.listVersion = listVersion;
        this.percent = percent;
    }

    void percent(int newPercent) {
        percent = newPercent;
        changes.getAndIncrement();
    }

    /** For a breaker that has the evidence to open. */
    boolean tryTake() {
        return tryTake(true);
    }

    /** For an instance that asks not to be called for a while: the only one is called all the same. */
    boolean tryTakeUnlessOnlyOne() {
        return tryTake(false);
    }

    private boolean tryTake(boolean evenOfTheOnlyOne) {
        long version = listVersion.getAsLong(); // both before all that is read below
        long change = changes.get();
        Denial last = denied;
        if (last != null && last.isOf(version, change)) {
            return false;
        }
        int instances = eligible.getAsInt();
        if (instances < 2 && !evenOfTheOnlyOne) {
            return false; // not to be remembered: its breaker gets one
        }
        long cap = instances < 2 ? Integer.MAX_VALUE : Math.max(1L, (long) instances * percent / 100);
        while (true) {
            int now = taken.get();
            if (now >= cap && now - heldByOthers.getAsInt() >= cap) {
                denied = new Denial(version, change);
                return false;
            }
            if (taken.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    /** Who has taken a place is seen to hold it from now on, and may be one whose place is not counted. */
    void held() {
        changes.getAndIncrement();
    }

    void giveBack() {
        taken.getAndDecrement();
        changes.getAndIncrement();
    }

    int taken() {
        return taken.get();
    }

    /** What a denial follows from. Both numbers only grow, so one that is stored late is never taken for a new one. */
    private record Denial(long version, long change) {

        boolean isOf(long otherVersion, long otherChange) {
            return version == otherVersion && change == otherChange;
        }
    }
}
