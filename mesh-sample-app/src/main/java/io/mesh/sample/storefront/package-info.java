/**
 * What the shop's customers reach: plain Spring MVC over clients of the services.
 *
 * <p>Mesh is used in three places: {@link io.mesh.sample.storefront.Inventory} and
 * {@link io.mesh.sample.storefront.Payments} call services through a proxy, which picks an instance;
 * {@link io.mesh.sample.storefront.Recommendations} guards a single address by annotations.
 */
@NullMarked
package io.mesh.sample.storefront;

import org.jspecify.annotations.NullMarked;
