package io.mesh.circuitbreaker;

import org.jspecify.annotations.Nullable;

/**
 * What a call that a breaker let through reports its outcome to, exactly once, whatever happened.
 *
 * <p>The permit of a trial call reports once: a second report is told apart and changes nothing. The permit
 * of a call through a closed circuit is shared by all such calls, so that it costs no allocation; there, two
 * reports count as two calls. A report that comes after its circuit has changed its state is late: it adds to
 * the lifetime totals and changes nothing else.
 *
 * <p>No method throws. Thread-safe.
 */
public sealed interface Permit permits Passing, TimedPermit, Trial, WatchedPermit, WouldBeRejected, WrappedPermit {

    /** The call ended well; no result is judged. */
    void success();

    /**
     * The call returned. Whether that is a success is said by
     * {@link io.mesh.model.CircuitBreakerConfig#recordFailureResult()}; a {@code java.net.http.HttpResponse}
     * with a status of 500 or more is a failure in any case.
     *
     * @param result what it returned, or null
     * @return whether that counts as a failure; false for a second report of a trial call
     */
    boolean result(@Nullable Object result);

    /**
     * The call threw. Whether that is a failure, an answer or no evidence is said by
     * {@link io.mesh.model.CircuitBreakerConfig}. If our own caller cancelled the call, {@link #release()} it
     * instead.
     *
     * @param failure what it threw, with or without the wrappers of futures
     * @return whether that counts as a failure; false for a second report of a trial call
     */
    boolean failure(Throwable failure);

    /** The call was not made after all, or was given up by its caller: no evidence, counted as ignored. */
    void release();
}
