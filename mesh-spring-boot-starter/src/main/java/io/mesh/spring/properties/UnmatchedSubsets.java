package io.mesh.spring.properties;

import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SubsetConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * Warns of a subset without one of the listed instances of all services it is set for: more likely a slip than a plan. It
 * does not stop the start, since instances may be added at run time.
 */
final class UnmatchedSubsets {

    private static final Log LOG = LogFactory.getLog("io.mesh");

    private UnmatchedSubsets() {}

    /**
     * Warns of one, unless no instance is listed to judge by, or instances of it may yet be discovered.
     *
     * @param map where it stands, such as {@code mesh.services.orders.load-balancer.subsets}
     * @param name of the subset
     * @param written a property of it
     * @param services whose subset it is
     */
    static void warn(
            ConfigurationPropertyName map, String name, ConfigurationProperty written, List<ServiceConfig> services) {
        List<ServiceInstance> listed = services.stream()
                .flatMap(service -> service.instances().stream())
                .toList();
        if (listed.isEmpty() || services.stream().anyMatch(service -> service.discovery() != null)) {
            return;
        }
        SubsetConfig subset = services.get(0).loadBalancer().subsets().get(name);
        if (subset != null && listed.stream().noneMatch(subset::includes)) {
            LOG.warn(Subsets.place(map, name, written) + " is a subset without instances"
                    + Wording.place(written.getOrigin()) + ": " + reason(subset, listed) + " Calls that name it "
                    + (subset.fallback() ? "go to other instances" : "are rejected")
                    + (subset.percent() == null ? "." : ", and its share goes to other instances."));
        }
    }

    private static String reason(SubsetConfig subset, List<ServiceInstance> instances) {
        Map<String, String> wanted = new TreeMap<>(subset.metadata());
        for (Map.Entry<String, String> entry : wanted.entrySet()) {
            List<String> there = instances.stream()
                    .map(instance -> instance.metadata().get(entry.getKey()))
                    .filter(Objects::nonNull)
                    .distinct()
                    .sorted()
                    .toList();
            if (there.isEmpty()) {
                return "no instance has '" + entry.getKey() + "' in its metadata.";
            }
            if (!there.contains(entry.getValue())) {
                return "no instance has " + entry.getKey() + ": " + entry.getValue() + " in its metadata, but "
                        + entry.getKey() + ": " + String.join(", ", there) + ".";
            }
        }
        return "no instance has all of "
                + wanted.entrySet().stream()
                        .map(entry -> entry.getKey() + ": " + entry.getValue())
                        .collect(Collectors.joining(", "))
                + " in its metadata.";
    }
}
