package io.mesh.spring.properties;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.core.env.Environment;

/**
 * One group of properties with what it inherits.
 *
 * <ol>
 * <li>All sources are asked for the group's own keys before any is asked for a default, so a default never
 *     beats a specific value, wherever the two stand.
 * <li>Inheritance is key by key. A list is one key: it is replaced whole.
 * <li>What is found keeps the name and the origin it was written with, so an error names the right line.
 * </ol>
 */
final class InheritedProperties {

    private final ConfigurationPropertyName group;
    private final List<ConfigurationPropertySource> sources;
    private final PlaceholdersResolver placeholders;
    private final Binder binder;
    private final BindHandler rules;

    /**
     * A group.
     *
     * @param environment has the sources
     * @param group name of the group, such as {@code mesh.services.orders}
     * @param stated keys of this group that are not properties, asked after those that are, or null
     * @param defaults name of the group whose keys are inherited, or null
     */
    InheritedProperties(
            Environment environment,
            ConfigurationPropertyName group,
            @Nullable ConfigurationPropertySource stated,
            @Nullable ConfigurationPropertyName defaults) {
        this.group = group;
        this.sources = new ArrayList<>();
        Iterable<ConfigurationPropertySource> all = ConfigurationPropertySources.get(environment);
        all.forEach(sources::add);
        if (stated != null) {
            sources.add(stated);
        }
        if (defaults != null) {
            for (ConfigurationPropertySource source : all) {
                sources.add(new Shown(source, defaults, group));
            }
        }
        this.placeholders = Placeholders.strict(environment);
        this.binder = new Binder(sources, placeholders);
        this.rules = new DurationsHaveUnits(placeholders);
    }

    ConfigurationPropertyName group() {
        return group;
    }

    /** The whole group as an object; what is not set has the object's own defaults. */
    <T> T bind(Class<T> type) {
        return binder.bindOrCreate(group, Bindable.of(type), rules);
    }

    /** One value, or another if nobody has set it. */
    <T> T value(ConfigurationPropertyName key, T otherwise, Class<T> type) {
        return binder.bind(key, Bindable.of(type), rules).orElse(otherwise);
    }

    /** The property that decides a key, or null if nobody has set it. */
    @Nullable
    ConfigurationProperty find(ConfigurationPropertyName key) {
        ConfigurationPropertyName first = key.append("[0]");
        for (ConfigurationPropertySource source : sources) {
            ConfigurationProperty property = source.getConfigurationProperty(key);
            if (property == null) {
                property = source.getConfigurationProperty(first);
            }
            if (property != null) {
                return property;
            }
        }
        return null;
    }

    /** The elements of the list that decides a key; none if that is written as one value. */
    List<ConfigurationProperty> elements(ConfigurationPropertyName key) {
        for (ConfigurationPropertySource source : sources) {
            List<ConfigurationProperty> elements = new ArrayList<>();
            ConfigurationProperty element = source.getConfigurationProperty(key.append("[0]"));
            while (element != null) {
                elements.add(element);
                element = source.getConfigurationProperty(key.append("[" + elements.size() + "]"));
            }
            if (!elements.isEmpty()) {
                return elements;
            }
        }
        return List.of();
    }

    /** The text of a property with its placeholders resolved. */
    String text(ConfigurationProperty property) {
        return String.valueOf(placeholders.resolvePlaceholders(property.getValue()))
                .trim();
    }

    /** Whether a key is set, and by nothing weaker than what sets the other. */
    boolean isAtLeastAsStrong(ConfigurationPropertyName key, ConfigurationPropertyName other) {
        int place = place(key);
        return place < sources.size() && place <= place(other);
    }

    /** Where in the row of sources a key is set, the strongest first. */
    private int place(ConfigurationPropertyName key) {
        int place = 0;
        while (place < sources.size() && !isSet(sources.get(place), key)) {
            place++;
        }
        return place;
    }

    private static boolean isSet(ConfigurationPropertySource source, ConfigurationPropertyName key) {
        return source.getConfigurationProperty(key) != null
                || source.containsDescendantOf(key) == ConfigurationPropertyState.PRESENT; // a list
    }

    /** The keys of one group, shown as those of another. It need not list them: nothing inherited is a map. */
    private record Shown(
            ConfigurationPropertySource source, ConfigurationPropertyName from, ConfigurationPropertyName as)
            implements ConfigurationPropertySource {

        @Override
        public @Nullable ConfigurationProperty getConfigurationProperty(ConfigurationPropertyName name) {
            ConfigurationPropertyName inherited = inherited(name);
            return inherited == null ? null : source.getConfigurationProperty(inherited);
        }

        @Override
        public ConfigurationPropertyState containsDescendantOf(ConfigurationPropertyName name) {
            if (as.equals(name) || name.isAncestorOf(as)) {
                return source.containsDescendantOf(from);
            }
            ConfigurationPropertyName inherited = inherited(name);
            return inherited == null ? ConfigurationPropertyState.ABSENT : source.containsDescendantOf(inherited);
        }

        /** The key that is shown as this one, or null if there is none: nobody stops a variable of such a name. */
        private @Nullable ConfigurationPropertyName inherited(ConfigurationPropertyName name) {
            if (!as.isAncestorOf(name)) {
                return null;
            }
            // parsed anew: a part of a name that was put together by append() cannot be taken (Boot 4.1.2)
            ConfigurationPropertyName written =
                    from.append(ConfigurationPropertyName.of(name.toString()).subName(as.getNumberOfElements()));
            return Schema.isInherited(written) ? written : null;
        }
    }
}
