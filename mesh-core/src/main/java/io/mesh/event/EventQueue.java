package io.mesh.event;

import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the events of one source in order, without a lock.
 *
 * <p>Every event has a number, one more than the event before. Whoever publishes puts the event into the slot
 * of its number and then delivers whatever is next in line, unless another thread is delivering; then that
 * thread goes on. An event that is published while an earlier one is still missing waits for it.
 *
 * <ol>
 * <li>Events are delivered in the order of their numbers, each at most once, never two at a time.
 * <li>While a listener blocks, the newest 1,024 events wait; an older one gives its slot to the newer one and
 *     counts as lost. At rest, delivered + lost = published.
 * <li>A listener that throws is logged, at most once a minute, and the event goes to the others.
 * <li>An event published by a listener is delivered after the one it is hearing.
 * </ol>
 */
public final class EventQueue {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final int CAPACITY = 1_024;
    private static final long LOG_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final MeshListener[] listeners;
    private final AtomicReference<@Nullable AtomicReferenceArray<@Nullable Entry>> slots = new AtomicReference<>();
    private final AtomicLong nextNumber = new AtomicLong();
    private final AtomicInteger deliveries = new AtomicInteger();
    private final AtomicLong lost = new AtomicLong();
    private long nextDelivered; // this, logged and loggedAt: only the delivering thread
    private boolean logged;
    private long loggedAt;

    /**
     * A queue.
     *
     * @param listeners who hears the events, in this order; with none, nothing is kept or built
     */
    public EventQueue(Collection<? extends MeshListener> listeners) {
        this.listeners = listeners.toArray(new MeshListener[0]);
    }

    /** {@return whether nobody listens, so that an event need not be built} */
    public boolean isSilent() {
        return listeners.length == 0;
    }

    /** {@return how many events were lost because a listener blocked} */
    public long lost() {
        return lost.get();
    }

    /**
     * Publishes an event of a source that does not number its own.
     *
     * @param event what happened
     */
    public void publish(MeshEvent event) {
        if (!isSilent()) {
            publish(nextNumber.getAndIncrement(), event);
        }
    }

    /**
     * Publishes an event.
     *
     * @param number of the event: 0 for the first of this queue, one more for each; every number must be
     *     published, in any order
     * @param event what happened
     */
    public void publish(long number, MeshEvent event) {
        if (isSilent()) {
            return;
        }
        AtomicReferenceArray<@Nullable Entry> slots = slots();
        put(slots, new Entry(number, event));
        if (deliveries.getAndIncrement() == 0) {
            int seen = 1;
            do {
                deliver(slots);
                seen = deliveries.addAndGet(-seen);
            } while (seen != 0);
        }
    }

    /** Made at the first event: most sources never have one. */
    private AtomicReferenceArray<@Nullable Entry> slots() {
        AtomicReferenceArray<@Nullable Entry> made = slots.get();
        if (made != null) {
            return made;
        }
        AtomicReferenceArray<@Nullable Entry> fresh = new AtomicReferenceArray<>(CAPACITY);
        AtomicReferenceArray<@Nullable Entry> earlier = slots.compareAndExchange(null, fresh);
        return earlier == null ? fresh : earlier;
    }

    /** A newer event takes the slot from an older one; the delivery notices that the older one is gone. */
    private static void put(AtomicReferenceArray<@Nullable Entry> slots, Entry entry) {
        int slot = (int) (entry.number % CAPACITY);
        while (true) {
            Entry there = slots.get(slot);
            if (there != null && there.number > entry.number) {
                return;
            }
            if (slots.compareAndSet(slot, there, entry)) {
                return;
            }
        }
    }

    private void deliver(AtomicReferenceArray<@Nullable Entry> slots) {
        while (true) {
            long number = nextDelivered;
            int slot = (int) (number % CAPACITY);
            Entry entry = slots.get(slot);
            if (entry == null || entry.number < number) {
                return; // not published yet: its publisher will deliver
            }
            nextDelivered = number + 1;
            if (entry.number > number) {
                lost.getAndIncrement();
            } else {
                slots.compareAndSet(slot, entry, null); // unless a newer event has taken it since
                tell(entry.event);
            }
        }
    }

    private void tell(MeshEvent event) {
        for (MeshListener listener : listeners) {
            try {
                listener.onEvent(event);
            } catch (Throwable failure) {
                log(listener, failure);
            }
        }
    }

    private void log(MeshListener listener, Throwable failure) {
        long now = System.nanoTime();
        if (!logged || now - loggedAt >= LOG_EVERY_NANOS) {
            logged = true;
            loggedAt = now;
            LOG.log(Level.WARNING, "A listener failed: " + listener.getClass().getName(), failure);
        }
    }

    private record Entry(long number, MeshEvent event) {}
}
