package io.mesh.sample.backend;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The stock of the shop: the one database behind all instances of inventory. */
final class Warehouse {

    private static final Map<String, Integer> PRICES_IN_CENTS = Map.of("apple", 50, "pear", 60, "plum", 40);
    private static final int STOCK_AT_START = 10_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Integer> available = new HashMap<>();
    private final Map<String, Reservation> reservations = new HashMap<>(); // each takes stock, so there is an end

    Warehouse() {
        PRICES_IN_CENTS.keySet().forEach(item -> available.put(item, STOCK_AT_START));
    }

    /** How many there are, or null if it is no item of this shop. */
    @Nullable
    Integer available(String item) {
        lock.lock();
        try {
            return available.get(item);
        } finally {
            lock.unlock();
        }
    }

    /** Takes stock for an order, once however often it is asked; null if there is not enough. */
    @Nullable
    Reservation reserve(String order, String item, int quantity) {
        lock.lock();
        try {
            Reservation existing = reservations.get(order);
            if (existing != null) {
                return existing;
            }
            int left = available.getOrDefault(item, 0) - quantity;
            if (quantity < 1 || left < 0) {
                return null;
            }
            Reservation made =
                    new Reservation(order, item, quantity, (long) quantity * PRICES_IN_CENTS.getOrDefault(item, 0));
            available.put(item, left);
            reservations.put(order, made);
            return made;
        } finally {
            lock.unlock();
        }
    }

    /** Gives back what an order took, once however often it is asked. */
    void release(String order) {
        lock.lock();
        try {
            Reservation reservation = reservations.remove(order);
            if (reservation != null) {
                available.merge(reservation.item(), reservation.quantity(), Integer::sum);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stock taken for an order.
     *
     * @param cents the price of all of it
     */
    record Reservation(String order, String item, int quantity, long cents) {}
}
