package io.mesh.spring.properties;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Refuses keys of which Boot leaves characters out without a word: {@code io/version} as a key of metadata becomes
 * {@code ioversion}, which no instance has that is found elsewhere. The environment and the system properties belong to
 * the machine, too.
 */
final class LostCharacters {

    private static final Pattern IN_BRACKETS = Pattern.compile("\\[[^\\]]*]");
    private static final Pattern LOST = Pattern.compile("[^A-Za-z0-9._-]");
    private static final String METADATA = ".metadata.";

    private LostCharacters() {}

    static void refuse(Environment environment) {
        if (environment instanceof ConfigurableEnvironment configurable) {
            for (PropertySource<?> source : configurable.getPropertySources()) {
                if (source instanceof EnumerablePropertySource<?> enumerable && !isOfTheMachine(source)) {
                    refuse(enumerable);
                }
            }
        }
    }

    private static boolean isOfTheMachine(PropertySource<?> source) {
        return source.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME)
                || source.getName().equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
    }

    private static void refuse(EnumerablePropertySource<?> source) {
        for (String key : source.getPropertyNames()) {
            if (key.startsWith("mesh.")) {
                Matcher lost = LOST.matcher(IN_BRACKETS.matcher(key).replaceAll(""));
                if (lost.find()) {
                    throw refusal(key, lost.group(), OriginLookup.getOrigin(source, key));
                }
            }
        }
    }

    private static InvalidMeshPropertyException refusal(String key, String lost, @Nullable Origin origin) {
        return new InvalidMeshPropertyException(
                List.of(key + " has '" + lost + "' outside of brackets" + Wording.place(origin)
                        + ", which would be left out."),
                "Write that part in brackets, and in YAML in quotes: \"[" + part(key, lost) + "]\".");
    }

    /** What should stand in brackets: all of a key of metadata, which may have dots, or the element. */
    private static String part(String key, String lost) {
        int metadata = key.lastIndexOf(METADATA);
        if (metadata >= 0) {
            return key.substring(metadata + METADATA.length());
        }
        int at = key.indexOf(lost);
        int end = key.indexOf('.', at);
        return key.substring(key.lastIndexOf('.', at) + 1, end < 0 ? key.length() : end);
    }
}
