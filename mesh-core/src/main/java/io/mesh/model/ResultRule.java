package io.mesh.model;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which results are not what was wanted, although nothing was thrown.
 *
 * @param <T> the type of the results judged
 * @param type results of other types, and null, never match
 * @param test says of a result of that type whether it matches; must be thread-safe
 */
public record ResultRule<T>(Class<T> type, Predicate<? super T> test) {

    /**
     * Whether the result is one this rule is about. What the predicate throws is thrown.
     *
     * @param result any result, or null
     * @return true if it is of the type and the predicate holds
     */
    public boolean matches(@Nullable Object result) {
        return type.isInstance(result) && test.test(type.cast(result));
    }
}
