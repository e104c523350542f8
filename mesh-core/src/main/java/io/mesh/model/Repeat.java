package io.mesh.model;

/** Which failed calls of a service may be made again; how is told by {@link RetryConfig}. */
public enum Repeat {
    /** Only calls that surely did not reach the instance. */
    NOT_SENT,
    /** Those, and calls that {@link CallOptions} or an integration knows to be idempotent; the default. */
    IDEMPOTENT,
    /** Every call, except those that {@link CallOptions} says are not idempotent. */
    ANY
}
