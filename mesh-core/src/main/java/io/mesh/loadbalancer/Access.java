package io.mesh.loadbalancer;

/** Whether an endpoint may be picked. */
enum Access {
    /** By the strategy, like any other. */
    FREE,
    /** If it is due for a trial, or nobody else is left. */
    RESTRICTED,
    /** Not at all: drained, or unhealthy. */
    KEPT_OUT
}
