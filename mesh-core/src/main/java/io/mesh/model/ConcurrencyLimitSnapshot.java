package io.mesh.model;

/**
 * What a concurrency limit looked like at one moment.
 *
 * @param limit how many calls may run at once
 * @param inFlight how many run; more than {@code limit} for a while after the limit has been lowered
 * @param waiting how many wait for a place
 * @param rejected how many found no place, since the limit was made
 */
public record ConcurrencyLimitSnapshot(int limit, int inFlight, int waiting, long rejected) {}
