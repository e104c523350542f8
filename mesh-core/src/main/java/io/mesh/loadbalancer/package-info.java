/**
 * Load balancing: which instance gets the next call.
 *
 * <p>Start at {@link io.mesh.loadbalancer.LoadBalancer}. All types here are thread-safe; a pick takes no lock.
 */
@NullMarked
package io.mesh.loadbalancer;

import org.jspecify.annotations.NullMarked;
