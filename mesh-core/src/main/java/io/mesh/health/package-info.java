/**
 * Active health checks: asks instances whether they are well, on threads and connections of its own. Nothing here knows
 * load balancers or circuit breakers, so no check ever passes through the mesh.
 */
@NullMarked
package io.mesh.health;

import org.jspecify.annotations.NullMarked;
