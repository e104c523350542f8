package io.mesh.spring.properties;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.origin.Origin;

/**
 * Settings that are stated in the source code: on an annotation. Properties are stronger, key by key,
 * {@code mesh.defaults} are weaker.
 *
 * @param place where they are stated, for messages: {@code @WithRetry on PaymentClient.charge}
 * @param values by the name of the record component, in camel case; one in a group is {@code window.calls}
 */
public record StatedSettings(String place, Map<String, Object> values) {

    private static final StatedSettings NONE = new StatedSettings("", Map.of());

    /** Copies the values. */
    public StatedSettings {
        values = Map.copyOf(values);
    }

    /**
     * No settings, stated nowhere.
     *
     * @return always the same object
     */
    public static StatedSettings none() {
        return NONE;
    }

    /** {@return whether nothing is stated} */
    public boolean isEmpty() {
        return values.isEmpty();
    }

    /** These settings as keys of a group; null if there are none. */
    @Nullable
    ConfigurationPropertySource under(ConfigurationPropertyName group) {
        if (isEmpty()) {
            return null;
        }
        Map<ConfigurationPropertyName, ConfigurationProperty> properties = new HashMap<>();
        values.forEach((component, value) -> {
            ConfigurationPropertyName name = key(group, component);
            properties.put(name, new ConfigurationProperty(name, value, new Place(component, place)));
        });
        return new Source(properties);
    }

    private static ConfigurationPropertyName key(ConfigurationPropertyName group, String component) {
        ConfigurationPropertyName key = group;
        for (String part : component.split("\\.", -1)) {
            key = key.append(Schema.key(part));
        }
        return key;
    }

    /** An attribute of an annotation. */
    record Place(String component, String annotation) implements Origin {

        String subject() {
            return component + " of " + annotation;
        }

        @Override
        public String toString() {
            return annotation;
        }
    }

    private record Source(Map<ConfigurationPropertyName, ConfigurationProperty> properties)
            implements ConfigurationPropertySource {

        @Override
        public @Nullable ConfigurationProperty getConfigurationProperty(ConfigurationPropertyName name) {
            return properties.get(name);
        }

        @Override
        public ConfigurationPropertyState containsDescendantOf(ConfigurationPropertyName name) {
            return properties.keySet().stream().anyMatch(name::isAncestorOf)
                    ? ConfigurationPropertyState.PRESENT
                    : ConfigurationPropertyState.ABSENT;
        }
    }
}
