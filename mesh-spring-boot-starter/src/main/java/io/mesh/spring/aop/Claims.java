package io.mesh.spring.aop;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which method has claimed which name with which settings, so that two that do not agree are told.
 *
 * @param <C> a record of settings
 */
final class Claims<C extends Record> {

    private final String kind;
    private final String group;
    private final Map<String, Claim<C>> byName = new ConcurrentHashMap<>();

    /**
     * No claims yet.
     *
     * @param kind what is claimed, in words
     * @param group key under {@code mesh} where such settings stand
     */
    Claims(String kind, String group) {
        this.kind = kind;
        this.group = group;
    }

    private record Claim<C>(AnnotatedMethod method, boolean given, C settings) {}

    /**
     * Claims a name for a method.
     *
     * @throws InvalidGuardException if another method has it with other settings, or if a method of another
     *     class happens to make the same default name
     */
    void claim(AnnotatedMethod method, Attributes.Name name, C settings) {
        Claim<C> first = byName.putIfAbsent(name.text(), new Claim<>(method, name.given(), settings));
        if (first == null || first.method().equals(method)) {
            return;
        }
        String both = first.method().signature() + " and " + method.signature();
        if (!first.settings().equals(settings)) {
            throw new InvalidGuardException(
                    both + " claim the " + kind + " '" + name.text() + "' with different settings: "
                            + difference(first.settings(), settings) + ".",
                    "Give one of them another name, or put the settings of both under mesh." + group + "." + name.text()
                            + ".");
        }
        if (!name.given() && !first.given() && isAccident(first.method(), method)) {
            throw new InvalidGuardException(
                    both + " both have the default name '" + name.text() + "' and would share one " + kind + ".",
                    "Name one of them, or give both the same name if they are to share.");
        }
    }

    /** Refuses settings that stand on an annotation if code has made something else of that name. */
    void requireSame(AnnotatedMethod method, String name, @Nullable C existing, C wanted) {
        if (existing != null && !existing.equals(wanted)) {
            throw new InvalidGuardException(
                    method.signature() + " claims the " + kind + " '" + name + "', but the Mesh bean has it with other"
                            + " settings: " + difference(existing, wanted) + ".",
                    "Remove the settings from the annotation, or choose another name.");
        }
    }

    /** Methods of one inheritance line share a name because they inherit the annotation. */
    private static boolean isAccident(AnnotatedMethod a, AnnotatedMethod b) {
        return a.annotations().noneMatch(mine -> b.annotations()
                .anyMatch(other -> Objects.equals(owner(mine.getSource()), owner(other.getSource()))));
    }

    private static @Nullable Object owner(@Nullable Object source) {
        return source instanceof Method annotated ? annotated.getDeclaringClass() : source;
    }

    private static String difference(Record first, Record second) {
        StringJoiner differences = new StringJoiner("; ");
        for (RecordComponent component : first.getClass().getRecordComponents()) {
            try {
                Object one = component.getAccessor().invoke(first);
                Object other = component.getAccessor().invoke(second);
                if (!Objects.equals(one, other)) {
                    differences.add(component.getName() + " " + one + " against " + other);
                }
            } catch (IllegalAccessException | InvocationTargetException notReadable) {
                throw new IllegalStateException(notReadable);
            }
        }
        return differences.toString();
    }
}
