package io.mesh.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the hedging of a service looked like at one moment; counts since it was switched on.
 *
 * @param sent hedges whose work has begun
 * @param won how many of them had the result of their call
 * @param denied hedges that were due and not sent, for want of budget or of a thread
 * @param delay after which a hedge is sent now, or null while too few latencies are known for a percentile
 */
public record HedgeSnapshot(
        long sent, long won, long denied, @Nullable Duration delay) {}
