package io.mesh.spring.aop;

import io.mesh.model.InvalidSettingException;
import io.mesh.model.MeshConfig;
import io.mesh.spring.properties.StatedSettings;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotation.Adapt;

/** Reads the attributes of the annotations of one method; every textual one takes {@code ${...}}. */
final class Attributes {

    private final ConfigurableBeanFactory beans;
    private final AnnotatedMethod method;

    Attributes(ConfigurableBeanFactory beans, AnnotatedMethod method) {
        this.beans = beans;
        this.method = method;
    }

    /**
     * A name, given or made.
     *
     * @param text the name
     * @param given false if it was made of the names of class and method
     */
    record Name(String text, boolean given) {}

    /** A text with its placeholders resolved; empty if it is not given. */
    String text(MergedAnnotation<?> annotation, String attribute) {
        return resolved(annotation, attribute, annotation.getString(attribute));
    }

    /** The name of the policy. */
    Name name(MergedAnnotation<?> annotation) {
        String given = text(annotation, MergedAnnotation.VALUE);
        Name name = given.isEmpty() ? new Name(defaultName(annotation), false) : new Name(given, true);
        try {
            MeshConfig.requireName("name", name.text());
        } catch (InvalidSettingException refused) {
            throw new InvalidGuardException(
                    "'" + name.text() + "', the name in " + method.place(annotation)
                            + ", is not lower-case kebab, so that it could not stand in properties.",
                    "Give it a name such as @" + annotation.getType().getSimpleName() + "(\"payments\").");
        }
        return name;
    }

    /** What is given on the annotation, by attribute. */
    StatedSettings stated(MergedAnnotation<?> annotation) {
        Map<String, Object> values = new HashMap<>();
        annotation.asMap(Adapt.ANNOTATION_TO_MAP).forEach((attribute, value) -> {
            if (!attribute.equals(MergedAnnotation.VALUE) && !attribute.equals("fallback")) {
                collect(annotation, attribute, value, values);
            }
        });
        return values.isEmpty() ? StatedSettings.none() : new StatedSettings(method.place(annotation), values);
    }

    /** A group of attributes is an annotation in the annotation; its keys have its name in front. */
    private void collect(MergedAnnotation<?> annotation, String attribute, Object value, Map<String, Object> values) {
        if (value instanceof String text) {
            String resolved = resolved(annotation, attribute, text);
            if (!resolved.isEmpty()) {
                values.put(attribute, resolved);
            }
        } else if (value instanceof Class<?>[] types && types.length > 0) {
            values.put(attribute, types);
        } else if (value instanceof Map<?, ?> group) {
            group.forEach((inside, given) -> collect(annotation, attribute + "." + inside, given, values));
        }
    }

    private String resolved(MergedAnnotation<?> annotation, String attribute, String text) {
        try {
            String resolved = beans.resolveEmbeddedValue(text);
            return resolved == null ? "" : resolved.trim();
        } catch (IllegalArgumentException unresolvable) {
            throw new InvalidGuardException(
                    attribute + " of " + method.place(annotation) + " is \"" + text
                            + "\", but there is no such property: " + unresolvable.getMessage(),
                    "Set the property, or give a default: ${name:default}.");
        }
    }

    /** {@code payment-client-charge}, after the type whose source carries the annotation. */
    private String defaultName(MergedAnnotation<?> annotation) {
        Object source = Objects.requireNonNull(annotation.getSource());
        Class<?> owner = source instanceof Method annotated ? annotated.getDeclaringClass() : (Class<?>) source;
        return kebab(owner.getSimpleName()) + "-" + kebab(method.method().getName());
    }

    private static String kebab(String camel) {
        return camel.replaceAll("([a-z0-9])([A-Z])", "$1-$2")
                .replaceAll("([A-Z])([A-Z][a-z])", "$1-$2")
                .replaceAll("[_$]+", "-")
                .toLowerCase(Locale.ROOT);
    }
}
