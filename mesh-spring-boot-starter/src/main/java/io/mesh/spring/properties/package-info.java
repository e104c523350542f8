/**
 * What stands under {@code mesh} in the application's properties, from the text to the model.
 *
 * <p>{@link io.mesh.spring.properties.MeshProperties} lists the keys; {@code InheritedProperties} holds the
 * rule by which {@code mesh.defaults} is inherited; {@link io.mesh.spring.properties.MeshConfigMapper} makes
 * the model of it.
 */
@NullMarked
package io.mesh.spring.properties;

import org.jspecify.annotations.NullMarked;
