package io.mesh.model;

/** How one of the available instances of a service is chosen. */
public enum LoadBalancerStrategy {
    /** One after the other, from a random start. Ignores weights, but for 0. */
    ROUND_ROBIN,
    /** Any, each equally likely. Ignores weights, but for 0. */
    RANDOM,
    /** In turn and in proportion to weight, the picks of a heavy instance spread out over the period. */
    WEIGHTED,
    /**
     * The one with the fewest calls in flight for its weight; ties are shared in proportion to weight, those of idle
     * instances in turn. Counts the calls of this process only. The default.
     */
    LEAST_CONNECTIONS
}
