package io.mesh.spring.aop;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The guards of the methods of one class. A proxy asks with the same object every time, and finding that costs less
 * than comparing methods by what they declare.
 *
 * <p>Thread-safe without a lock.
 */
final class MethodGuards {

    private static final int MOST_SEEN = 8; // more take longer than to compare methods

    private final Map<Method, Guard> declared = new ConcurrentHashMap<>();
    private volatile Seen[] seen = {}; // one that is lost when two are added at once is seen again

    /** The guard of a method, or null if it is not known yet. */
    @SuppressWarnings("ReferenceEquality") // that is the point
    @Nullable
    Guard get(Method method) {
        for (Seen one : seen) {
            if (one.method == method) {
                return one.guard;
            }
        }
        Guard guard = declared.get(method);
        if (guard != null) {
            remember(method, guard);
        }
        return guard;
    }

    @SuppressWarnings("ReferenceEquality")
    private void remember(Method method, Guard guard) {
        Seen[] before = seen;
        boolean isSeen = Arrays.stream(before).anyMatch(one -> one.method == method); // by another thread, just now
        if (!isSeen && before.length < MOST_SEEN) {
            Seen[] after = Arrays.copyOf(before, before.length + 1);
            after[before.length] = new Seen(method, guard);
            seen = after;
        }
    }

    /** Makes a guard known, unless one is by now. Returns the one that is known from now on. */
    Guard add(Method method, Guard guard) {
        Guard earlier = declared.putIfAbsent(method, guard);
        return earlier == null ? guard : earlier;
    }

    private record Seen(Method method, Guard guard) {}
}
