package io.mesh.sample.backend;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** All backends of the shop, listening from the start. */
final class Backends implements AutoCloseable {

    private static final List<String> INVENTORY = List.of("inventory-1", "inventory-2", "inventory-3");
    private static final List<String> PAYMENTS = List.of("payments-1", "payments-2");
    private static final String RECOMMENDATIONS = "recommendations";

    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "backend");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<String, Backend> byId = new LinkedHashMap<>();

    /**
     * Starts them.
     *
     * @param slowness how late a slow one answers
     */
    Backends(Duration slowness) {
        Warehouse warehouse = new Warehouse();
        AtomicLong charges = new AtomicLong();
        INVENTORY.forEach(id -> start(id, new InventoryWork(id, warehouse), slowness));
        PAYMENTS.forEach(id -> start(id, new PaymentsWork(id, charges), slowness));
        start(RECOMMENDATIONS, new RecommendationsWork(RECOMMENDATIONS), slowness);
    }

    private void start(String id, BackendWork work, Duration slowness) {
        byId.put(id, new Backend(id, work, threads, slowness));
    }

    Collection<Backend> all() {
        return byId.values();
    }

    @Nullable
    Backend byId(String id) {
        return byId.get(id);
    }

    /** Their addresses as the properties that the application would otherwise read from its configuration. */
    Map<String, Object> properties() {
        Map<String, Object> properties = new LinkedHashMap<>();
        addInstances(properties, "mesh.services.inventory.instances", INVENTORY);
        addInstances(properties, "mesh.services.payments.instances", PAYMENTS);
        properties.put(
                "shop.recommendations-url", "http://" + known(RECOMMENDATIONS).address());
        return properties;
    }

    private void addInstances(Map<String, Object> properties, String list, List<String> ids) {
        for (int i = 0; i < ids.size(); i++) {
            Backend backend = known(ids.get(i));
            properties.put(list + "[" + i + "].id", backend.id());
            properties.put(list + "[" + i + "].host", backend.host());
            properties.put(list + "[" + i + "].port", backend.port());
        }
    }

    private Backend known(String id) {
        Backend backend = byId.get(id);
        if (backend == null) {
            throw new IllegalArgumentException("There is no backend '" + id + "'; there are " + byId.keySet() + ".");
        }
        return backend;
    }

    @Override
    public void close() {
        all().forEach(Backend::close);
        threads.shutdown();
    }
}
