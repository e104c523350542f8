package io.mesh.policy;

import org.jspecify.annotations.Nullable;

/**
 * Work with a result that may throw a checked exception.
 *
 * @param <T> the result
 * @param <E> what it may throw; for a lambda one checked type is inferred exactly, two become their common
 *     supertype, none becomes {@code RuntimeException}
 */
@FunctionalInterface
public interface CheckedSupplier<T extends @Nullable Object, E extends Throwable> {

    /**
     * Does the work.
     *
     * @return the result
     * @throws E if the work fails
     */
    T get() throws E;
}
