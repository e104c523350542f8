package io.mesh.model;

/**
 * What a retry budget looked like at one moment.
 *
 * @param balance how many retries could still be paid for, 0 or more; not all of them in one second
 * @param retries how many were paid for within the last {@code ttl}
 * @param denied how many were not made for want of budget, since the budget was made
 */
public record RetryBudgetSnapshot(long balance, long retries, long denied) {}
