/**
 * What happens in a mesh, told in order to whoever listens.
 */
@NullMarked
package io.mesh.event;

import org.jspecify.annotations.NullMarked;
