package io.mesh.benchmarks.load;

import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.inject.MeshService;
import java.util.Objects;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.web.client.RestClient;

/** As the sample does it. */
@ConditionalOnProperty(name = "storefront.client", havingValue = "mesh")
class MeshInventory implements Inventory {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);

    private final ServiceProxy inventory;
    private final RestClient http;

    MeshInventory(@MeshService("inventory") ServiceProxy inventory, RestClient.Builder http) {
        this.inventory = inventory;
        this.http = http.build();
    }

    @Override
    public Stock stock(String item) {
        return inventory.call(IDEMPOTENT, instance -> read(instance, item));
    }

    private Stock read(ServiceInstance instance, String item) {
        return Objects.requireNonNull(http.get()
                .uri("http://" + instance.address() + "/stock/{item}", item)
                .retrieve()
                .body(Stock.class));
    }
}
