package io.mesh.sample.storefront;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** What customers do. */
@RestController
class ShopController {

    private final Inventory inventory;
    private final Recommendations recommendations;
    private final Orders orders;

    ShopController(Inventory inventory, Recommendations recommendations, Orders orders) {
        this.inventory = inventory;
        this.recommendations = recommendations;
        this.orders = orders;
    }

    @GetMapping("/stock/{item}")
    Inventory.Stock stock(@PathVariable String item) {
        return inventory.stock(item);
    }

    @GetMapping("/recommendations/{item}")
    Recommendations.Recommended recommendations(@PathVariable String item) {
        return recommendations.forItem(item);
    }

    @PostMapping("/orders")
    ResponseEntity<Orders.Order> order(@RequestBody Wish wish) {
        String item = wish.item();
        if (item == null || item.isBlank() || wish.quantity() < 1) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "An order needs an item and a quantity of 1 or more");
        }
        Orders.Order order = orders.place(item, wish.quantity());
        return ResponseEntity.status(httpStatus(order)).body(order);
    }

    private static HttpStatus httpStatus(Orders.Order order) {
        return switch (order.status()) {
            case PAID -> HttpStatus.CREATED;
            case PAYMENT_UNKNOWN -> HttpStatus.ACCEPTED;
            case REFUSED -> HttpStatus.SERVICE_UNAVAILABLE;
        };
    }

    private record Wish(@Nullable String item, int quantity) {}
}
