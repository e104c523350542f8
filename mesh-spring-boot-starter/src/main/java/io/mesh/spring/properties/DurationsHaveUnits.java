package io.mesh.spring.properties;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.PlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/** Refuses {@code open-timeout: 30}: Boot reads it as milliseconds, its writer meant seconds. */
final class DurationsHaveUnits implements BindHandler {

    private static final Pattern NUMBER = Pattern.compile("\\+?[0-9]+");

    private final PlaceholdersResolver placeholders;

    DurationsHaveUnits(PlaceholdersResolver placeholders) {
        this.placeholders = placeholders;
    }

    @Override
    public @Nullable Object onSuccess(
            ConfigurationPropertyName name, Bindable<?> target, BindContext context, Object result) {
        ConfigurationProperty property = context.getConfigurationProperty();
        if (result instanceof Duration duration && !duration.isZero() && property != null) {
            String written = String.valueOf(placeholders.resolvePlaceholders(property.getValue()))
                    .trim();
            if (NUMBER.matcher(written).matches()) {
                throw new InvalidMeshPropertyException(
                        List.of(Wording.statement(property) + ", but must be a duration with a unit: write " + written
                                + "s or " + written + "ms."),
                        "Add the unit.");
            }
        }
        return result;
    }
}
