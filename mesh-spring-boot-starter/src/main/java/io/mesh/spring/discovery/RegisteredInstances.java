package io.mesh.spring.discovery;

import io.mesh.model.InvalidSettingException;
import io.mesh.model.ServiceInstance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Instances as Spring Cloud knows them, made into those of the mesh: all metadata is kept; {@code weight}, a whole number,
 * is the weight; {@code zone} is also taken from Kubernetes' {@code topology.kubernetes.io/zone}; an instance that wants
 * TLS has {@code secure}.
 *
 * <p>One that cannot be called (no port) is left out and a weight that is none is 1: whoever registered it must not keep
 * the others from being found. Both are said once each in the log.
 */
final class RegisteredInstances {

    private static final Log LOG = LogFactory.getLog("io.mesh");
    private static final String KUBERNETES_ZONE = "topology.kubernetes.io/zone";
    private static final int MOST_SAID = 100;

    private final Set<String> said = ConcurrentHashMap.newKeySet();

    List<ServiceInstance> of(String service, List<org.springframework.cloud.client.ServiceInstance> registered) {
        List<ServiceInstance> instances = new ArrayList<>();
        for (org.springframework.cloud.client.ServiceInstance one : registered) {
            try {
                instances.add(instance(service, one));
            } catch (InvalidSettingException refused) {
                sayOnce("An instance of service '" + service + "' is registered as " + one.getInstanceId() + " at "
                        + one.getHost() + ":" + one.getPort() + " and left out: " + refused.getMessage() + ".");
            }
        }
        return instances;
    }

    private ServiceInstance instance(String service, org.springframework.cloud.client.ServiceInstance registered) {
        String host = host(registered);
        ServiceInstance at = ServiceInstance.of("registered", host, registered.getPort());
        Map<String, String> metadata = metadata(registered);
        String given = registered.getInstanceId();
        String id = given == null || given.isBlank() ? at.address() : given;
        int weight = weight(service, id, metadata.get("weight"));
        return ServiceInstance.of(id, host, registered.getPort())
                .withWeight(weight)
                .withMetadata(metadata);
    }

    private static String host(org.springframework.cloud.client.ServiceInstance registered) {
        String host = registered.getHost();
        if (host == null) {
            return "";
        }
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static Map<String, String> metadata(org.springframework.cloud.client.ServiceInstance registered) {
        Map<String, String> metadata = new HashMap<>();
        Map<String, String> given = registered.getMetadata();
        if (given != null) {
            given.forEach((key, value) -> {
                if (key != null && value != null) {
                    metadata.put(key, value);
                }
            });
        }
        String zone = metadata.get(KUBERNETES_ZONE);
        if (zone != null) {
            metadata.putIfAbsent("zone", zone);
        }
        if (registered.isSecure()) {
            metadata.putIfAbsent("secure", "true");
        }
        return metadata;
    }

    private int weight(String service, String id, @Nullable String weight) {
        if (weight == null) {
            return 1;
        }
        try {
            int number = Integer.parseInt(weight.trim());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException notOne) {
            // said below
        }
        sayOnce("Instance " + id + " of service '" + service + "' is registered with the weight '" + weight
                + "', which is no whole number of 0 or more; taken as 1.");
        return 1;
    }

    private void sayOnce(String sentence) {
        if (said.size() < MOST_SAID && said.add(sentence)) {
            LOG.warn(sentence);
        }
    }
}
