package io.mesh.circuitbreaker;

import io.mesh.model.BreakerSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * How many failures there were, and the newest of them.
 *
 * <p>Every failure gets a number, and the slot of that number in a ring. A writer that was held up does not
 * put an older failure over a newer one; a reader takes only what carries the number it looks for.
 */
final class LastFailures {

    private static final int KEPT = 10;

    private final AtomicLong count = new AtomicLong();

    /** Made at the first failure: most breakers never have one. */
    private final AtomicReference<@Nullable AtomicReferenceArray<@Nullable Entry>> ring = new AtomicReference<>();

    void add(String type, long at) {
        AtomicReferenceArray<@Nullable Entry> slots = slots();
        Entry entry = new Entry(count.getAndIncrement(), type, at);
        int slot = (int) (entry.number % KEPT);
        Entry there = slots.get(slot);
        while ((there == null || there.number < entry.number) && !slots.compareAndSet(slot, there, entry)) {
            there = slots.get(slot);
        }
    }

    private AtomicReferenceArray<@Nullable Entry> slots() {
        AtomicReferenceArray<@Nullable Entry> made = ring.get();
        if (made != null) {
            return made;
        }
        AtomicReferenceArray<@Nullable Entry> fresh = new AtomicReferenceArray<>(KEPT);
        AtomicReferenceArray<@Nullable Entry> earlier = ring.compareAndExchange(null, fresh);
        return earlier == null ? fresh : earlier;
    }

    long count() {
        return count.get();
    }

    /** The newest failure, or null if there was none. */
    @Nullable
    Entry newest() {
        long last = count.get() - 1;
        for (long number = last; number >= 0 && number > last - KEPT; number--) {
            Entry entry = entry(number);
            if (entry != null) {
                return entry;
            }
        }
        return null;
    }

    List<BreakerSnapshot.Failure> newestFirst(long now) {
        List<BreakerSnapshot.Failure> failures = new ArrayList<>(KEPT);
        long last = count.get() - 1;
        for (long number = last; number >= 0 && number > last - KEPT; number--) {
            Entry entry = entry(number);
            if (entry != null) {
                failures.add(entry.seenAt(now));
            }
        }
        return failures;
    }

    /** The failure of a number, or null if it is not written yet, or a newer one has its slot by now. */
    private @Nullable Entry entry(long number) {
        AtomicReferenceArray<@Nullable Entry> slots = ring.get();
        Entry entry = slots == null ? null : slots.get((int) (number % KEPT));
        return entry != null && entry.number == number ? entry : null;
    }

    /**
     * A failure.
     *
     * @param type name of its class
     * @param at when it was counted
     */
    record Entry(long number, String type, long at) {

        long age(long now) {
            return Math.max(0, now - at);
        }

        BreakerSnapshot.Failure seenAt(long now) {
            return new BreakerSnapshot.Failure(type, Duration.ofNanos(age(now)));
        }
    }
}
