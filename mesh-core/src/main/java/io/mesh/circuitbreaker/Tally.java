package io.mesh.circuitbreaker;

/**
 * What a circuit breaker has counted up to a moment.
 *
 * @param stay number of its stay in a state: the same in two tallies if the state has not changed in between
 * @param closed whether the circuit is closed
 * @param succeeded calls that ended well since the breaker was made
 * @param failed calls that failed since the breaker was made
 */
public record Tally(long stay, boolean closed, long succeeded, long failed) {}
