package io.mesh.spring.properties;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches unless {@code mesh.enabled} is false.
 *
 * <p>A value that is neither true nor false stops the start. Boot's own conditions take it for false, so one
 * wrong letter would turn off every policy without a word.
 */
public final class OnMeshEnabled extends SpringBootCondition {

    private static final ConfigurationPropertyName ENABLED = ConfigurationPropertyName.of("mesh.enabled");
    private static final Set<String> TRUE = Set.of("true", "on", "yes", "1"); // as Boot reads booleans
    private static final Set<String> FALSE = Set.of("false", "off", "no", "0");

    /** Made by Spring. */
    public OnMeshEnabled() {}

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        String off = turnedOff(context.getEnvironment());
        return off != null ? ConditionOutcome.noMatch(off) : ConditionOutcome.match("mesh.enabled is not false");
    }

    /**
     * What has turned the mesh off.
     *
     * @param environment has the properties
     * @return for example {@code mesh.enabled is false (application.yml, line 2)}; null if the mesh is on
     */
    public static @Nullable String turnedOff(Environment environment) {
        ConfigurationProperty property = property(environment);
        if (property == null) {
            return null;
        }
        InvalidMeshPropertyException unresolved = Placeholders.refusal(property, environment);
        if (unresolved != null) {
            throw unresolved;
        }
        String value = String.valueOf(Placeholders.strict(environment).resolvePlaceholders(property.getValue()))
                .trim()
                .toLowerCase(Locale.ROOT);
        if (!TRUE.contains(value) && !FALSE.contains(value)) {
            throw new InvalidMeshPropertyException(
                    List.of(Wording.statement(property) + ", but must be true or false."),
                    Nearest.mend(value, List.of("true", "false")));
        }
        return FALSE.contains(value) ? Wording.statement(property) : null;
    }

    private static @Nullable ConfigurationProperty property(Environment environment) {
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            ConfigurationProperty property = source.getConfigurationProperty(ENABLED);
            if (property != null) {
                return property;
            }
        }
        return null;
    }
}
