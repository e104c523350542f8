package io.mesh.model;

/** What active health checks have found out about an instance. */
public enum HealthVerdict {
    /** No verdict yet: too few checks have ended. */
    UNKNOWN,
    /** Enough checks in a row have passed. */
    HEALTHY,
    /** Enough checks in a row have failed. */
    UNHEALTHY
}
