package io.mesh.model;

import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The rules that more than one record has, stated positively. */
final class Check {

    private Check() {}

    /** Settings come from callers that no null check of a compiler has seen. */
    static void present(String component, @Nullable Object value) {
        if (value == null) {
            throw new InvalidSettingException(component, null, "must be given");
        }
    }

    static void atLeast(String component, int value, int least) {
        if (value < least) {
            throw new InvalidSettingException(component, value, "must be " + least + " or more");
        }
    }

    static void positive(String component, Duration value) {
        present(component, value);
        if (value.isNegative() || value.isZero()) {
            throw new InvalidSettingException(component, value, "must be longer than 0");
        }
    }

    static void notNegative(String component, long value) {
        if (value < 0) {
            throw new InvalidSettingException(component, value, "must be 0 or more");
        }
    }

    static void notNegative(String component, Duration value) {
        present(component, value);
        if (value.isNegative()) {
            throw new InvalidSettingException(component, value, "must be 0 or longer");
        }
    }

    static void throwables(String component, Collection<? extends Class<?>> types) {
        present(component, types);
        for (Class<?> type : types) {
            if (!Throwable.class.isAssignableFrom(Objects.requireNonNull(type, component))) {
                throw new InvalidSettingException(component, type.getName(), "must name classes of throwables");
            }
        }
    }

    /** Text that goes into addresses, headers and log lines. */
    static void printable(String component, String value) {
        present(component, value);
        if (value.isBlank()) {
            throw new InvalidSettingException(component, "'" + value + "'", "must not be blank");
        }
        noControl(component, value);
    }

    static void noControl(String component, String value) {
        if (value.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidSettingException(
                    component, "'" + visible(value) + "'", "must not contain control characters");
        }
    }

    private static String visible(String value) {
        StringBuilder visible = new StringBuilder();
        value.chars().forEach(c -> {
            if (Character.isISOControl(c)) {
                visible.append(String.format("\\u%04x", c));
            } else {
                visible.append((char) c);
            }
        });
        return visible.toString();
    }
}
