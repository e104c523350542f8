package io.mesh.policy;

import org.jspecify.annotations.Nullable;

/**
 * Work on something, with a result, that can be interrupted, beside one more checked exception that is
 * inferred exactly.
 *
 * @param <A> what the work is given
 * @param <T> the result
 * @param <E> what it may throw besides
 */
@FunctionalInterface
public interface InterruptibleFunction<A, T extends @Nullable Object, E extends Throwable>
        extends CheckedFunction<A, T, Throwable> {

    @Override
    T apply(A argument) throws E, InterruptedException;
}
