package io.mesh.spring.discovery;

import io.mesh.discovery.PollingDiscovery;
import io.mesh.discovery.ServiceDiscovery;
import io.mesh.model.DiscoveryConfig;
import io.mesh.model.ServiceInstance;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.cloud.client.discovery.event.HeartbeatMonitor;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.event.SmartApplicationListener;

/**
 * Discovery of services by the application's {@code DiscoveryClient}: Eureka, Consul, ZooKeeper, Kubernetes or any other.
 *
 * <p>The client is asked at each interval, and at once when Spring Cloud says that there may be news, which a heartbeat with
 * the value of the last one does not; always on a thread on which it may block.
 */
public final class SpringCloudDiscovery implements ServiceDiscovery.Factory, SmartApplicationListener {

    private final ObjectProvider<DiscoveryClient> clients;
    private final RegisteredInstances registered = new RegisteredInstances();
    private final HeartbeatMonitor heartbeats = new HeartbeatMonitor();
    private final Set<PollingDiscovery> running = ConcurrentHashMap.newKeySet();

    /**
     * A way of discovery.
     *
     * @param clients has the client; asked at each look-up, so that it is made no earlier than it is needed
     */
    public SpringCloudDiscovery(ObjectProvider<DiscoveryClient> clients) {
        this.clients = clients;
    }

    @Override
    public ServiceDiscovery create(String service, DiscoveryConfig config) {
        PollingDiscovery polling = new PollingDiscovery(() -> lookUp(service), config);
        return new ServiceDiscovery() {
            @Override
            public void start(Listener listener) {
                running.add(polling);
                polling.start(listener);
            }

            @Override
            public void close() {
                running.remove(polling);
                polling.close();
            }
        };
    }

    private List<ServiceInstance> lookUp(String service) {
        DiscoveryClient client = clients.getIfAvailable();
        if (client == null) {
            throw new IllegalStateException("There is no DiscoveryClient bean: Spring Cloud's discovery is turned off");
        }
        return registered.of(service, client.getInstances(service));
    }

    @Override
    public boolean supportsEventType(Class<? extends ApplicationEvent> type) {
        return HeartbeatEvent.class.isAssignableFrom(type) || InstanceRegisteredEvent.class.isAssignableFrom(type);
    }

    @Override
    public void onApplicationEvent(ApplicationEvent news) {
        if (news instanceof HeartbeatEvent beat && beat.getValue() != null && !heartbeats.update(beat.getValue())) {
            return; // the registry is as it was
        }
        running.forEach(PollingDiscovery::refresh);
    }
}
