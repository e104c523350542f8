package io.mesh.benchmarks.load;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.web.client.RestClient;

/** One address after the other, and nothing else. */
@ConditionalOnProperty(name = "storefront.client", havingValue = "bare")
class BareInventory implements Inventory {

    private final List<String> addresses;
    private final RestClient http;
    private final AtomicLong next = new AtomicLong();

    BareInventory(@Value("${storefront.addresses}") List<String> addresses, RestClient.Builder http) {
        this.addresses = List.copyOf(addresses);
        this.http = http.build();
    }

    @Override
    public Stock stock(String item) {
        String address = addresses.get(Math.floorMod(next.getAndIncrement(), addresses.size()));
        return Objects.requireNonNull(http.get()
                .uri("http://" + address + "/stock/{item}", item)
                .retrieve()
                .body(Stock.class));
    }
}
