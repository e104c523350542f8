package io.mesh.discovery;

import io.mesh.model.DiscoverySource;
import io.mesh.model.ServiceInstance;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * The addresses of a host name, as the JDK resolves it; an instance's id is its address.
 *
 * <p>The JDK keeps an answer for 30 s ({@code networkaddress.cache.ttl}). It does not tell a name that is gone from a
 * server that failed: both are failures here, so the last list stays.
 */
record DnsLookup(DiscoverySource.Dns source) implements PollingDiscovery.Lookup {

    @Override
    public List<ServiceInstance> find() throws UnknownHostException {
        return Arrays.stream(InetAddress.getAllByName(source.host()))
                .map(this::instance)
                .distinct()
                .sorted((a, b) -> a.id().compareTo(b.id())) // resolvers rotate their answers
                .toList();
    }

    private ServiceInstance instance(InetAddress address) {
        String host = address.getHostAddress();
        ServiceInstance instance = ServiceInstance.of(host, host, source.port());
        return ServiceInstance.of(instance.address(), host, source.port());
    }
}
