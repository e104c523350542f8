package io.mesh.policy;

/**
 * Work on something, without a result, that may throw a checked exception.
 *
 * @param <A> what the work is given
 * @param <E> what it may throw
 */
@FunctionalInterface
public interface CheckedConsumer<A, E extends Throwable> {

    /**
     * Does the work.
     *
     * @param argument what the work is given
     * @throws E if the work fails
     */
    void accept(A argument) throws E;
}
