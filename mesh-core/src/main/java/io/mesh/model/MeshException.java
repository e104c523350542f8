package io.mesh.model;

import org.jspecify.annotations.Nullable;

/**
 * What Mesh itself has to say about a call, as opposed to the failures of the call, which reach the
 * caller as they were thrown.
 */
public abstract sealed class MeshException extends RuntimeException
        permits RejectedCallException, RetriesExhaustedException, CallTimeoutException {

    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception without walking the stack unless asked to.
     *
     * @param message the sentence, or null if a subclass builds it when asked for
     * @param stackTrace whether to walk the stack
     */
    MeshException(@Nullable String message, boolean stackTrace) {
        this(message, null, stackTrace);
    }

    /**
     * Makes the exception without walking the stack unless asked to.
     *
     * @param message the sentence, or null if a subclass builds it when asked for
     * @param cause what it comes from, or null
     * @param stackTrace whether to walk the stack
     */
    MeshException(@Nullable String message, @Nullable Throwable cause, boolean stackTrace) {
        super(message, cause, true, stackTrace);
    }
}
