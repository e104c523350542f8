package io.mesh.spring.properties;

import io.mesh.model.InvalidSettingException;
import io.mesh.model.SubsetConfig;
import io.mesh.spring.properties.MeshProperties.SubsetSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.Environment;

/**
 * The subsets of a load balancer, by name: its own, and those of the defaults. Each is taken whole, unlike all else, which
 * is inherited key by key: of two ways to tell its instances, a mixture would tell none.
 */
final class Subsets {

    private final Environment environment;
    private final ConfigurationPropertyName defaults;
    private final Map<String, ConfigurationProperty> own;
    private final Map<String, ConfigurationProperty> inherited;
    private final ConfigurationPropertyName map;

    private Subsets(Environment environment, ConfigurationPropertyName map, ConfigurationPropertyName defaults) {
        this.environment = environment;
        this.map = map;
        this.defaults = defaults;
        this.own = named(environment, map);
        this.inherited = map.equals(defaults) ? Map.of() : named(environment, defaults);
    }

    /**
     * Those of one load balancer.
     *
     * @param environment has the properties
     * @param map such as {@code mesh.services.orders.load-balancer.subsets}
     * @param defaults the map whose entries are inherited
     */
    static Subsets of(Environment environment, ConfigurationPropertyName map, ConfigurationPropertyName defaults) {
        return new Subsets(environment, map, defaults);
    }

    private static Map<String, ConfigurationProperty> named(Environment environment, ConfigurationPropertyName map) {
        Map<String, ConfigurationProperty> entries = ConfiguredNames.under(environment, map);
        entries.forEach((name, written) -> {
            if (!isInBrackets(map, written) && !MeshConfigMapper.isName(name)) {
                throw Refusal.subsetName(name, map, written);
            }
        });
        return entries;
    }

    private static boolean isInBrackets(ConfigurationPropertyName map, ConfigurationProperty written) {
        return written.getName().chop(map.getNumberOfElements() + 1).isLastElementIndexed();
    }

    /** The key of one, however the keys above it are spelt where it is written. */
    static ConfigurationPropertyName place(ConfigurationPropertyName map, String name, ConfigurationProperty written) {
        return map.append(isInBrackets(map, written) ? "[" + name + "]" : name);
    }

    /** The model made of them. */
    Map<String, SubsetConfig> config() {
        Map<String, SubsetConfig> config = new LinkedHashMap<>();
        Map<String, ConfigurationProperty> shares = new TreeMap<>();
        inherited.forEach((name, written) -> {
            if (!own.containsKey(name)) {
                config.put(name, subset(name, place(defaults, name, written), written, shares));
            }
        });
        own.forEach((name, written) -> config.put(name, subset(name, place(map, name, written), written, shares)));
        int sum = config.values().stream()
                .mapToInt(subset -> Objects.requireNonNullElse(subset.percent(), 0))
                .sum();
        if (sum > 100) {
            throw Refusal.tooManyPercent(sum, new ArrayList<>(shares.values()));
        }
        return config;
    }

    private SubsetConfig subset(
            String name,
            ConfigurationPropertyName place,
            ConfigurationProperty written,
            Map<String, ConfigurationProperty> shares) {
        InheritedProperties group = new InheritedProperties(environment, place, null, null);
        SubsetSettings settings = group.bind(SubsetSettings.class);
        if (settings.metadata().isEmpty()) {
            ConfigurationProperty replaced = own.containsKey(name) ? inherited.get(name) : null;
            throw Refusal.withoutMetadata(place, written, replaced == null ? null : place(defaults, name, replaced));
        }
        ConfigurationProperty share = group.find(place.append("percent"));
        if (share != null) {
            shares.put(name, share);
        }
        try {
            return new SubsetConfig(settings.metadata(), settings.percent(), settings.fallback());
        } catch (InvalidSettingException refused) {
            throw new Refusal(group).of(place, refused);
        }
    }
}
