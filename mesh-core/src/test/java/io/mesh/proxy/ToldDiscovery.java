package io.mesh.proxy;

import io.mesh.discovery.ServiceDiscovery;
import io.mesh.model.DiscoveryConfig;
import io.mesh.model.ServiceInstance;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A registry that tells what the test tells it; gives each service its own discovery. */
final class ToldDiscovery implements ServiceDiscovery.Factory {

    final List<Told> listening = new CopyOnWriteArrayList<>();
    final AtomicInteger started = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();

    static DiscoveryConfig.Builder config() {
        return DiscoveryConfig.named("told", "orders").toBuilder();
    }

    @Override
    public ServiceDiscovery create(String service, DiscoveryConfig config) {
        return new ServiceDiscovery() {
            @Override
            public void start(ServiceDiscovery.Listener listener) {
                started.incrementAndGet();
                listening.add(new Told(service, listener));
            }

            @Override
            public void close() {
                closed.incrementAndGet();
                listening.removeIf(one -> one.service.equals(service));
            }
        };
    }

    record Told(String service, ServiceDiscovery.Listener listener) {}

    /** Tells all services. */
    void found(ServiceInstance... instances) {
        listening.forEach(one -> one.listener.found(Arrays.asList(instances)));
    }

    void found(String... addresses) {
        found(Arrays.stream(addresses).map(ServiceInstance::of).toArray(ServiceInstance[]::new));
    }

    void foundNobody() {
        found(new ServiceInstance[0]);
    }

    void failed(Throwable cause) {
        listening.forEach(one -> one.listener.failed(cause));
    }
}
