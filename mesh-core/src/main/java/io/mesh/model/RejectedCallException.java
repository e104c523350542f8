package io.mesh.model;

/**
 * Mesh did not let a call through: the work was not begun, at least not by the layer that says so.
 *
 * <p>It is no evidence against anybody: an outer circuit breaker ignores it, and it is not retried unless
 * {@link RetryConfig#retryOn()} names it or one of its subtypes.
 */
public abstract sealed class RejectedCallException extends MeshException
        permits CircuitOpenException, ConcurrencyLimitException, NoHealthyInstanceException {

    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception; the sentence is built when asked for.
     *
     * @param stackTrace whether to walk the stack, which costs far more than the rejection itself
     */
    RejectedCallException(boolean stackTrace) {
        super(null, stackTrace);
    }

    /** {@return the sentence for people, built by this call} */
    @Override
    public abstract String getMessage();
}
