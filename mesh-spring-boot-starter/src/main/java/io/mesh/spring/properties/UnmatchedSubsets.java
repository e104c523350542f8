package io.mesh.spring.properties;

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
 * Warns of a service's own subset that none of its listed instances is of: more likely a slip than a plan. It does not stop
 * the start, since instances may be added at run time. An inherited subset is meant for other services, too.
 */
final class UnmatchedSubsets {

    private static final Log LOG = LogFactory.getLog("io.mesh");

    private UnmatchedSubsets() {}

    static void warn(
            ConfigurationPropertyName map,
            Map<String, ConfigurationProperty> own,
            Map<String, SubsetConfig> subsets,
            List<ServiceInstance> instances) {
        own.forEach((name, written) -> {
            SubsetConfig subset = subsets.get(name);
            if (subset != null && instances.stream().noneMatch(subset::includes)) {
                LOG.warn(Subsets.place(map, name, written) + " is a subset without instances"
                        + Wording.place(written.getOrigin()) + ": " + reason(subset, instances) + " Calls that name it "
                        + (subset.fallback() ? "go to other instances" : "are rejected")
                        + (subset.percent() == null ? "." : ", and its share goes to other instances."));
            }
        });
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
