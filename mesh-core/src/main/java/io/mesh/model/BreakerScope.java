package io.mesh.model;

/** What one circuit breaker of a service watches. */
public enum BreakerScope {
    /** Each instance has a breaker of its own, so that a failing one is passed over; the default. */
    INSTANCE,
    /** One breaker for the whole service. */
    SERVICE
}
