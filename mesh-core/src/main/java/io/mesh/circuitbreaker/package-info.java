/**
 * Circuit breaking: stop calling what keeps failing, try again later.
 *
 * <p>Start at {@link io.mesh.circuitbreaker.CircuitBreaker}; the state diagram is in {@code Period}. All
 * types here are thread-safe and take no lock.
 */
@NullMarked
package io.mesh.circuitbreaker;

import org.jspecify.annotations.NullMarked;
