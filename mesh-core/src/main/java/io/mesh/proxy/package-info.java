/**
 * The mesh as its users meet it: services by name, each called through a proxy that picks an instance, asks
 * its circuit breaker, and makes a failed call again where that is allowed.
 *
 * <p>Start at {@link io.mesh.proxy.Mesh}. One call, from pick to result, is {@code SyncCall}.
 */
@NullMarked
package io.mesh.proxy;

import org.jspecify.annotations.NullMarked;
