/**
 * What all policies share: the shapes of a call, composition, and which failures a setting means.
 *
 * <p>Start at {@link io.mesh.policy.Policy}.
 */
@NullMarked
package io.mesh.policy;

import org.jspecify.annotations.NullMarked;
