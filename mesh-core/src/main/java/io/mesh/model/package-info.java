/**
 * Data only: settings, snapshots and exceptions. Immutable, compared by value, validated when made.
 *
 * <p>Start at {@link io.mesh.model.MeshConfig}, which holds everything a mesh can be told.
 *
 * @serial exclude
 */
@NullMarked
package io.mesh.model;

import org.jspecify.annotations.NullMarked;
