package io.mesh.spring.properties;

import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ZoneConfig;
import java.util.List;
import java.util.Objects;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.context.properties.source.ConfigurationProperty;

/**
 * Warns of a zone where none of the listed instances is, of all services it is set for: more likely a slip than a plan. It
 * does not stop the start, since instances may be added at run time.
 */
final class UnmatchedZone {

    private static final Log LOG = LogFactory.getLog("io.mesh");
    private static final String METADATA = "zone";

    private UnmatchedZone() {}

    /**
     * Warns of one, unless no instance is listed to judge by, or instances in it may yet be discovered.
     *
     * @param written the name of the zone
     * @param services whose zone it is, at least one
     */
    static void warn(ConfigurationProperty written, List<ServiceConfig> services) {
        ZoneConfig zone = Objects.requireNonNull(services.get(0).loadBalancer().zone());
        List<ServiceInstance> listed = services.stream()
                .flatMap(service -> service.instances().stream())
                .toList();
        if (listed.isEmpty() || services.stream().anyMatch(service -> service.discovery() != null)) {
            return;
        }
        List<String> known = listed.stream()
                .map(instance -> instance.metadata().get(METADATA))
                .filter(Objects::nonNull)
                .distinct()
                .sorted()
                .toList();
        if (!known.contains(zone.name())) {
            LOG.warn(Wording.statement(written)
                    + (known.isEmpty()
                            ? ", but no instance has 'zone' in its metadata, so zones are not looked at."
                            : ", but no instance is there: 'zone' in their metadata is " + String.join(", ", known)
                                    + ". So no call stays in its zone."));
        }
    }
}
