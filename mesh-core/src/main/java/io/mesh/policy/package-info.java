/**
 * What all policies share: the shapes of a call, composition, which failures a setting means, and how long a call may take.
 *
 * <p>Start at {@link io.mesh.policy.Policy}.
 */
@NullMarked
package io.mesh.policy;

import org.jspecify.annotations.NullMarked;
