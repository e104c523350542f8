package io.mesh.spring.properties;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.io.Resource;

/** How properties, their values and where they stand are put into words. */
final class Wording {

    private static final Pattern ISO_DURATION = Pattern.compile("\\bPT[0-9HMS.-]+");

    private Wording() {}

    /** {@code mesh.services.orders.retry.max-attempts is 0 (application.yml, line 12)}. */
    static String statement(ConfigurationProperty property) {
        if (property.getOrigin() instanceof StatedSettings.Place place) {
            return place.subject() + " is " + value(property.getValue());
        }
        return property.getName() + " is " + value(property.getValue()) + place(property.getOrigin());
    }

    static String value(@Nullable Object value) {
        if (value instanceof Duration duration) {
            return text(duration);
        }
        if (value instanceof Class<?> type) {
            return type.getName();
        }
        if (value instanceof Object[] several) {
            return Arrays.stream(several).map(Wording::value).collect(Collectors.joining(", "));
        }
        if (value == null) {
            return "not set";
        }
        return value instanceof CharSequence text && text.isEmpty() ? "empty" : value.toString();
    }

    /** Where something stands, in parentheses after a blank, or nothing if that is unknown. */
    static String place(@Nullable Origin origin) {
        if (origin == null) {
            return "";
        }
        if (origin instanceof PropertySourceOrigin source && source.getOrigin() != null) {
            return place(source.getOrigin());
        }
        if (origin instanceof TextResourceOrigin text && text.getResource() != null && text.getLocation() != null) {
            return " (" + file(text.getResource()) + ", line "
                    + (text.getLocation().getLine() + 1) + ")";
        }
        return " (" + origin + ")";
    }

    private static String file(Resource resource) {
        String description = resource.getDescription(); // class path resource [application.yml]
        int open = description.indexOf('[');
        int close = description.indexOf(']', open + 1);
        return open >= 0 && close > open ? description.substring(open + 1, close) : description;
    }

    /** A rule of the model, with durations as they are written in properties. */
    static String rule(String rule) {
        return ISO_DURATION.matcher(rule).replaceAll(found -> {
            try {
                return text(Duration.parse(found.group()));
            } catch (DateTimeParseException notOne) {
                return found.group();
            }
        });
    }

    private static String text(Duration duration) {
        if (duration.isZero()) {
            return "0s";
        }
        long millis = duration.toMillis();
        if (!Duration.ofMillis(millis).equals(duration)) {
            return duration.toString();
        }
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
