package io.mesh.policy;

import org.jspecify.annotations.Nullable;

/**
 * Work on something, with a result, that may throw a checked exception.
 *
 * @param <A> what the work is given
 * @param <T> the result
 * @param <E> what it may throw
 */
@FunctionalInterface
public interface CheckedFunction<A, T extends @Nullable Object, E extends Throwable> {

    /**
     * Does the work.
     *
     * @param argument what the work is given
     * @return the result
     * @throws E if the work fails
     */
    T apply(A argument) throws E;
}
