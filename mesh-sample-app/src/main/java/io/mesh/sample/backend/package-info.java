/**
 * The services that the shop calls, played by HTTP servers in the same JVM so that the sample needs nothing else.
 *
 * <p>The storefront knows nothing of them but their addresses. Each has a switch, see
 * {@link io.mesh.sample.backend.BackendMode}.
 */
@NullMarked
package io.mesh.sample.backend;

import org.jspecify.annotations.NullMarked;
