/** A small shop that calls real backends over HTTP through Mesh; {@link io.mesh.sample.ShopApplication} starts it. */
@NullMarked
package io.mesh.sample;

import org.jspecify.annotations.NullMarked;
