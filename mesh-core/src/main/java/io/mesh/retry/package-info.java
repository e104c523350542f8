/**
 * Retrying: make a failed call again, not at once and not for ever.
 *
 * <p>Start at {@link io.mesh.retry.RetryPolicy}; every decision is in {@link io.mesh.retry.Attempts}.
 */
@NullMarked
package io.mesh.retry;

import org.jspecify.annotations.NullMarked;
