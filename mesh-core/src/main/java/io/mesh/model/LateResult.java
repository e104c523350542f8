package io.mesh.model;

/** What becomes of a result that a blocking call returns after its time limit, the interrupt notwithstanding. */
public enum LateResult {
    /** The caller gets it, so that finished work is not repeated; circuit breakers count a timeout; the default. */
    RETURN,
    /** It is closed if it is {@code AutoCloseable}, and the caller gets a {@link CallTimeoutException}. */
    FAIL
}
