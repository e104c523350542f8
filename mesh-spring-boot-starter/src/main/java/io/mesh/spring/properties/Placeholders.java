package io.mesh.spring.properties;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.PlaceholdersResolver;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.util.PlaceholderResolutionException;
import org.springframework.util.PropertyPlaceholderHelper;

/** Resolves {@code ${...}} in values. Boot leaves alone what it cannot resolve; here that is refused. */
final class Placeholders {

    private static final Pattern INSTANCE = Pattern.compile("\\.instances(\\[\\d+](\\.host)?)?$");
    private static final PropertyPlaceholderHelper STRICT = new PropertyPlaceholderHelper("${", "}", ":", '\\', false);

    private Placeholders() {}

    /** Throws {@link PlaceholderResolutionException} for a placeholder that has neither property nor default. */
    static PlaceholdersResolver strict(Environment environment) {
        return new PropertySourcesPlaceholdersResolver(
                ((ConfigurableEnvironment) environment).getPropertySources(), STRICT);
    }

    /** Why the placeholders of a property cannot be resolved, or null if they can. */
    static @Nullable InvalidMeshPropertyException refusal(ConfigurationProperty property, Environment environment) {
        try {
            strict(environment).resolvePlaceholders(property.getValue());
            return null;
        } catch (PlaceholderResolutionException unresolvable) {
            return refusal(property, unresolvable);
        }
    }

    static InvalidMeshPropertyException refusal(
            ConfigurationProperty property, PlaceholderResolutionException unresolvable) {
        String missing = unresolvable.getPlaceholder();
        return new InvalidMeshPropertyException(
                List.of(Wording.statement(property) + ", but there is no property " + missing + "."),
                "Set " + missing + ", or give a default: ${" + missing + ":" + example(property) + "}.");
    }

    private static String example(ConfigurationProperty property) {
        return INSTANCE.matcher(property.getName().toString()).find() ? "localhost" : "default";
    }
}
