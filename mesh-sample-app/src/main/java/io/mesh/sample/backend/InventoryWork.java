package io.mesh.sample.backend;

import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * One instance of the service inventory.
 *
 * <pre>{@code
 * GET    /stock/{item}
 * PUT    /reservations/{order}   {"item": "apple", "quantity": 2}
 * DELETE /reservations/{order}
 * }</pre>
 *
 * Each may be repeated: it is the caller who names the order.
 */
record InventoryWork(String id, Warehouse warehouse) implements BackendWork {

    private static final JsonMapper json = JsonMapper.shared();
    private static final String STOCK = "/stock/";
    private static final String RESERVATIONS = "/reservations/";

    @Override
    public Answer answer(Request request) {
        if (request.is("GET", STOCK)) {
            return stock(request.pathAfter(STOCK));
        }
        if (request.is("PUT", RESERVATIONS)) {
            return reserve(request.pathAfter(RESERVATIONS), json.readValue(request.body(), Wish.class));
        }
        if (request.is("DELETE", RESERVATIONS)) {
            warehouse.release(request.pathAfter(RESERVATIONS));
            return Answer.ok(Map.of());
        }
        return Answer.error(404, "inventory does not know " + request.method() + " " + request.path());
    }

    private Answer stock(String item) {
        Integer available = warehouse.available(item);
        return available == null ? noSuchItem(item) : Answer.ok(new StockBody(item, available, id));
    }

    private Answer reserve(String order, Wish wish) {
        if (warehouse.available(wish.item()) == null) {
            return noSuchItem(wish.item());
        }
        Warehouse.Reservation reservation = warehouse.reserve(order, wish.item(), wish.quantity());
        return reservation == null ? Answer.error(409, "not enough " + wish.item()) : Answer.ok(reservation);
    }

    private static Answer noSuchItem(String item) {
        return Answer.error(404, "no item " + item);
    }

    private record Wish(String item, int quantity) {}

    private record StockBody(String item, int available, String source) {}
}
