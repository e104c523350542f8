package io.mesh.sample.storefront;

import io.mesh.model.RejectedCallException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClientException;

/**
 * Takes stock for an order, then money; without the money it gives the stock back, and without an answer from
 * inventory too, since the stock may be taken all the same. What cannot be given back, because inventory is gone or
 * takes the stock only after that, would have to expire in a real shop.
 */
@Component
class Orders {

    private static final Logger log = LoggerFactory.getLogger(Orders.class);

    private final Inventory inventory;
    private final Payments payments;

    Orders(Inventory inventory, Payments payments) {
        this.inventory = inventory;
        this.payments = payments;
    }

    Order place(String item, int quantity) {
        String id = UUID.randomUUID().toString();
        Inventory.Reservation reservation;
        try {
            reservation = inventory.reserve(id, item, quantity);
        } catch (RejectedCallException e) { // nothing was sent
            return refused(id, item, quantity);
        } catch (RestClientException e) {
            release(id);
            return refused(id, item, quantity);
        }
        Payments.Payment payment = payments.charge(id, reservation.cents());
        Status status =
                switch (payment.status()) {
                    case CHARGED -> Status.PAID;
                    case NOT_CHARGED -> Status.REFUSED;
                    case UNKNOWN -> Status.PAYMENT_UNKNOWN;
                };
        if (status == Status.REFUSED) {
            release(id);
        }
        return new Order(id, item, quantity, reservation.cents(), status, payment);
    }

    private static Order refused(String id, String item, int quantity) {
        return new Order(id, item, quantity, 0, Status.REFUSED, null);
    }

    private void release(String id) {
        try {
            inventory.release(id);
        } catch (RestClientException | RejectedCallException e) {
            log.warn("The stock of the refused order {} may still be reserved", id, e);
        }
    }

    /**
     * An order.
     *
     * @param cents its price, 0 if it was refused before there was one
     * @param payment null if it did not come to that
     */
    record Order(String id, String item, int quantity, long cents, Status status, Payments.@Nullable Payment payment) {}

    /** What came of an order. */
    enum Status {
        /** Stock and money are taken. */
        PAID,
        /** Stock is taken, money may be; somebody has to ask payments. */
        PAYMENT_UNKNOWN,
        /** No money is taken. */
        REFUSED
    }
}
