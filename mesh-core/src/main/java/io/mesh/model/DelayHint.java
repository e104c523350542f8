package io.mesh.model;

import java.time.Duration;
import java.util.Optional;

/**
 * A failure (or a result) that says when to try again: a response with {@code Retry-After}, an open
 * circuit. Implement it on an exception or on a result type to be heard by a retry policy.
 */
public interface DelayHint {

    /**
     * How long not to try again, counted from now.
     *
     * @return the time to wait; empty, zero or negative if there is nothing to say
     */
    Optional<Duration> retryAfter();
}
