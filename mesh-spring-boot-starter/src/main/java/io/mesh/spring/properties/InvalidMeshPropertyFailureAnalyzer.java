package io.mesh.spring.properties;

import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerStrategy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Explains a start that failed for a property of Mesh: a key that does not exist, a value that cannot be
 * read, one that the model refused.
 */
@Order(Ordered.HIGHEST_PRECEDENCE) // before Boot's own, which know no mend
final class InvalidMeshPropertyFailureAnalyzer implements FailureAnalyzer {

    private final @Nullable Environment environment;

    InvalidMeshPropertyFailureAnalyzer(@Nullable Environment environment) {
        this.environment = environment;
    }

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        InvalidMeshPropertyException refused = cause(failure, InvalidMeshPropertyException.class);
        if (refused != null) {
            return new FailureAnalysis(String.valueOf(refused.getMessage()), refused.mend(), failure);
        }
        UnboundConfigurationPropertiesException unbound = cause(failure, UnboundConfigurationPropertiesException.class);
        if (unbound != null) {
            return unknown(unbound, failure);
        }
        BindException unread = cause(failure, BindException.class);
        return unread != null && isOurs(unread.getName()) ? unread(unread, failure) : null;
    }

    private static @Nullable FailureAnalysis unknown(
            UnboundConfigurationPropertiesException unbound, Throwable failure) {
        if (!unbound.getUnboundProperties().stream().allMatch(property -> isOurs(property.getName()))) {
            return null;
        }
        return new FailureAnalysis(
                unbound.getUnboundProperties().stream()
                        .map(InvalidMeshPropertyFailureAnalyzer::unknown)
                        .collect(Collectors.joining("\n")),
                unbound.getUnboundProperties().stream()
                        .map(property -> Schema.isThere(property.getName())
                                ? "Set the whole list in one place."
                                : Schema.mend(property.getName()))
                        .distinct()
                        .collect(Collectors.joining("\n")),
                failure);
    }

    private static String unknown(ConfigurationProperty property) {
        return Schema.isThere(property.getName())
                ? Wording.statement(property) + ", but is part of a list that has a gap, or stands in another place:"
                        + " lists are not merged."
                : property.getName() + " is no setting of Mesh" + Wording.place(property.getOrigin())
                        + ". Its value is " + Wording.value(property.getValue()) + ".";
    }

    private FailureAnalysis unread(BindException unread, Throwable failure) {
        ConfigurationProperty property = unread.getProperty() != null ? unread.getProperty() : find(unread.getName());
        InvalidMeshPropertyException unresolved =
                property == null || environment == null ? null : Placeholders.refusal(property, environment);
        if (unresolved != null) {
            return new FailureAnalysis(String.valueOf(unresolved.getMessage()), unresolved.mend(), failure);
        }
        String description = property != null
                ? Wording.statement(property) + ", but " + rule(unread) + "."
                : unread.getName() + " cannot be read: " + rootMessage(unread);
        boolean refused = cause(unread, InvalidSettingException.class) != null; // the short form of an instance
        return new FailureAnalysis(
                description, refused ? "Correct the value." : mend(property, wanted(unread)), failure);
    }

    private static String mend(@Nullable ConfigurationProperty property, Class<?> wanted) {
        if (wanted.isRecord()) {
            return "Set one of its keys: " + String.join(", ", Schema.keysOf(wanted)) + ".";
        }
        if (wanted == LoadBalancerStrategy.class
                && property != null
                && Nearest.of(key(property.getValue()), constants(wanted)) == null) {
            return "Choose one of them; a strategy of your own is named by custom-strategy.";
        }
        return property == null ? "Correct the value." : Nearest.mend(key(property.getValue()), constants(wanted));
    }

    private static String key(@Nullable Object value) {
        return Schema.key(String.valueOf(value).trim()).replace('_', '-').toLowerCase(Locale.ROOT);
    }

    /** The values of an enum as they are written in properties; empty if it is none. */
    private static List<String> constants(Class<?> type) {
        Object[] constants = type.getEnumConstants();
        return constants == null
                ? List.of()
                : Arrays.stream(constants)
                        .map(constant ->
                                constant.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .toList();
    }

    /** The type that a value should have had, or each of the list's. */
    private static Class<?> wanted(BindException unread) {
        Class<?> element =
                unread.getTarget().getType().asCollection().getGeneric(0).resolve();
        return element != null ? element : unread.getTarget().getType().resolve(Object.class);
    }

    /** Boot does not tell the property if there is no way at all to convert it. */
    private @Nullable ConfigurationProperty find(ConfigurationPropertyName name) {
        if (environment != null) {
            for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
                ConfigurationProperty property = source.getConfigurationProperty(name);
                if (property != null) {
                    return property;
                }
            }
        }
        return null;
    }

    private static String rule(BindException unread) {
        InvalidSettingException refused = cause(unread, InvalidSettingException.class);
        if (refused != null) {
            return Wording.rule(refused.rule());
        }
        Class<?> wanted = wanted(unread);
        if (wanted == Duration.class) {
            return "must be a duration such as 500ms, 30s or 5m";
        }
        if (wanted == int.class || wanted == Integer.class) {
            return "must be a whole number";
        }
        if (wanted == double.class) {
            return "must be a number";
        }
        if (wanted == boolean.class) {
            return "must be true or false";
        }
        if (wanted == Class.class) {
            return "must name classes that are there";
        }
        if (wanted.isEnum()) {
            return "must be one of " + String.join(", ", constants(wanted));
        }
        if (wanted.isRecord()) {
            return "is a group of settings and has no value of its own";
        }
        if (wanted == Map.class) {
            return "has entries of its own, such as name: value, and no other value";
        }
        return "cannot be read: " + rootMessage(unread);
    }

    private static @Nullable String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root.getMessage();
    }

    private static boolean isOurs(ConfigurationPropertyName name) {
        return Schema.ROOT.equals(name) || Schema.ROOT.isAncestorOf(name);
    }

    private static <T extends Throwable> @Nullable T cause(Throwable failure, Class<T> type) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (type.isInstance(at)) {
                return type.cast(at);
            }
        }
        return null;
    }
}
