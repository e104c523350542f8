/**
 * Discovery: where the instances of a service are, told again whenever it changes.
 *
 * <p>Start at {@link io.mesh.discovery.ServiceDiscovery}. What is looked up again and again (DNS, a file, a registry that
 * has to be asked) is a {@link io.mesh.discovery.PollingDiscovery}, on threads of its own. How long an old or an empty list
 * is believed is not decided here, but once for all sources, by whoever listens.
 */
@NullMarked
package io.mesh.discovery;

import org.jspecify.annotations.NullMarked;
