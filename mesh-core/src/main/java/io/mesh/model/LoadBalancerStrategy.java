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
    LEAST_CONNECTIONS,
    /**
     * Of two different ones drawn at random the one with fewer calls in flight for its weight: nearly as even as
     * {@link #LEAST_CONNECTIONS}, and of the same cost at any number of instances.
     */
    POWER_OF_TWO,
    /**
     * Of two different ones drawn at random the one that is likely to answer sooner: the peak of its latency of late,
     * forgotten over ten seconds, times its calls in flight, for its weight. Measures each call, so it reads a clock.
     */
    PEAK_EWMA,
    /**
     * The one that the {@linkplain CallOptions#hashKey() key} of the call belongs to, the same for the same key as long
     * as it is available; keys are shared in proportion to weight. A call without a key goes to any, in proportion to
     * weight.
     */
    CONSISTENT_HASH
}
