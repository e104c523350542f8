package io.mesh.loadbalancer;

/** How a call of an instance has ended, for strategies that watch calls. */
public enum CallOutcome {
    /** It was answered; also by an exception that the circuit breaker counts as an answer. */
    SUCCESS,
    /** It failed, as the circuit breaker sees it. */
    FAILURE,
    /** It tells nothing of the instance: it was cancelled, lost the race against a hedge, or failed in an ignored way. */
    ABANDONED
}
