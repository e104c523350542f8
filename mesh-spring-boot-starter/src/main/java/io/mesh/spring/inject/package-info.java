/** A bean for every configured service, asked for by {@link io.mesh.spring.inject.MeshService}. */
@NullMarked
package io.mesh.spring.inject;

import org.jspecify.annotations.NullMarked;
