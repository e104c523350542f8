package io.mesh.sample.storefront;

import io.mesh.model.CallOptions;
import io.mesh.model.RejectedCallException;
import io.mesh.model.ServiceInstance;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.inject.MeshService;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.server.ResponseStatusException;

/**
 * Client of the service inventory. All its calls may be made twice and say so: a failed one goes to another
 * instance at once, and customers notice nothing.
 */
@Component
class Inventory {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);

    private final ServiceProxy inventory;
    private final RestClient http;

    Inventory(@MeshService("inventory") ServiceProxy inventory, RestClient.Builder http) {
        this.inventory = inventory;
        this.http = http.build();
    }

    /** How much there is of an item. If no instance answers, the shop goes on without the number. */
    Stock stock(String item) {
        try {
            return inventory.call(IDEMPOTENT, instance -> read(instance, item));
        } catch (HttpClientErrorException.NotFound e) {
            throw noSuchItem(item, e);
        } catch (RestClientException | RejectedCallException e) {
            return Stock.unknown(item);
        }
    }

    private Stock read(ServiceInstance instance, String item) {
        return Objects.requireNonNull(http.get()
                .uri("http://" + instance.address() + "/stock/{item}", item)
                .retrieve()
                .body(Stock.class));
    }

    /**
     * Takes stock for an order. Asked twice for the same order, inventory takes it once, so this may be repeated
     * although it changes something.
     */
    Reservation reserve(String order, String item, int quantity) {
        try {
            return inventory.call(IDEMPOTENT, instance -> put(instance, order, new Wish(item, quantity)));
        } catch (HttpClientErrorException.NotFound e) {
            throw noSuchItem(item, e);
        } catch (HttpClientErrorException.Conflict e) {
            throw new ResponseStatusException(HttpStatus.CONFLICT, "There are not " + quantity + " of " + item, e);
        }
    }

    private Reservation put(ServiceInstance instance, String order, Wish wish) {
        return Objects.requireNonNull(http.put()
                .uri("http://" + instance.address() + "/reservations/{order}", order)
                .body(wish)
                .retrieve()
                .body(Reservation.class));
    }

    /** Gives back the stock of an order. */
    void release(String order) {
        inventory.run(IDEMPOTENT, instance -> http.delete()
                .uri("http://" + instance.address() + "/reservations/{order}", order)
                .retrieve()
                .toBodilessEntity());
    }

    private static ResponseStatusException noSuchItem(String item, Throwable cause) {
        return new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no item " + item, cause);
    }

    /**
     * How much there is of an item.
     *
     * @param available null if nobody could tell
     * @param source the instance that answered, or {@code fallback}
     */
    record Stock(String item, @Nullable Integer available, String source) {

        static Stock unknown(String item) {
            return new Stock(item, null, "fallback");
        }
    }

    /**
     * Stock taken for an order.
     *
     * @param cents the price of all of it
     */
    record Reservation(String order, String item, int quantity, long cents) {}

    private record Wish(String item, int quantity) {}
}
