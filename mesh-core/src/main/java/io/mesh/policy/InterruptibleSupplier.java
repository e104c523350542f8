package io.mesh.policy;

import org.jspecify.annotations.Nullable;

/**
 * Work with a result that can be interrupted, beside one more checked exception that is inferred exactly:
 * {@code HttpClient.send} throws {@code IOException} and {@code InterruptedException}.
 *
 * @param <T> the result
 * @param <E> what it may throw besides
 */
@FunctionalInterface
public interface InterruptibleSupplier<T extends @Nullable Object, E extends Throwable>
        extends CheckedSupplier<T, Throwable> {

    @Override
    T get() throws E, InterruptedException;
}
