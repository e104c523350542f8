package io.mesh.spring.properties;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * The names that stand under {@code mesh.services} and its like, with where they were first seen.
 *
 * <p>An environment variable cannot say {@code order-history}: {@code MESH_SERVICES_ORDERHISTORY_...} and
 * {@code MESH_SERVICES_ORDER_HISTORY_...} both reach that service, but look like services {@code orderhistory}
 * and {@code order}. Such ghosts are left out where another source has the real name.
 */
final class ConfiguredNames {

    private ConfiguredNames() {}

    /**
     * The names under a map.
     *
     * @param environment has the sources
     * @param map name of the map, such as {@code mesh.services}
     * @return one property of each, whose name begins with the entry's own
     */
    static Map<String, ConfigurationProperty> under(Environment environment, ConfigurationPropertyName map) {
        Map<String, ConfigurationProperty> names = new LinkedHashMap<>();
        List<ConfigurationProperty> variables = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource iterable) {
                boolean fromVariables = source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
                iterable.stream().filter(map::isAncestorOf).forEach(name -> {
                    ConfigurationProperty property = iterable.getConfigurationProperty(name);
                    if (property != null && fromVariables) {
                        variables.add(property);
                    } else if (property != null) {
                        names.putIfAbsent(entry(property, map), property);
                    }
                });
            }
        }
        Collection<String> real = List.copyOf(names.keySet());
        for (ConfigurationProperty variable : variables) {
            if (reached(variable.getName(), map.getNumberOfElements(), real) == null) {
                names.putIfAbsent(entry(variable, map), variable);
            }
        }
        return names;
    }

    private static String entry(ConfigurationProperty property, ConfigurationPropertyName map) {
        return property.getName().getElement(map.getNumberOfElements(), Form.ORIGINAL);
    }

    /** The name an environment variable reaches when read without its separators, or null. */
    private static @Nullable String reached(ConfigurationPropertyName variable, int from, Collection<String> names) {
        StringBuilder read = new StringBuilder();
        for (int next = from; next < variable.getNumberOfElements(); next++) {
            read.append(variable.getElement(next, Form.UNIFORM));
            for (String name : names) {
                if (name.replace("-", "").contentEquals(read)) {
                    return name;
                }
            }
        }
        return null;
    }
}
