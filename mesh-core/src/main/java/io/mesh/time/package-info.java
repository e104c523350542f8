/**
 * Time, as it comes into the mesh: read, waited for by a thread, waited for by no thread. Tests move all
 * three by hand with {@link io.mesh.time.ManualClock}.
 */
@NullMarked
package io.mesh.time;

import org.jspecify.annotations.NullMarked;
