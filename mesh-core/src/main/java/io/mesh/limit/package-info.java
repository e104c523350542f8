/**
 * Concurrency limits: how many calls may run at once, fixed or found from how long calls take.
 *
 * <p>Start at {@link io.mesh.limit.ConcurrencyLimit}; how a limit finds its own size is in {@code AdaptiveSize}. All types
 * here are thread-safe and take no lock.
 */
@NullMarked
package io.mesh.limit;

import org.jspecify.annotations.NullMarked;
