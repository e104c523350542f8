package io.mesh.policy;

/**
 * Work without a result that may throw a checked exception.
 *
 * @param <E> what it may throw
 */
@FunctionalInterface
public interface CheckedRunnable<E extends Throwable> {

    /**
     * Does the work.
     *
     * @throws E if the work fails
     */
    void run() throws E;
}
