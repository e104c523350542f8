/**
 * Annotations that ask for a policy around a method. They need nothing of Spring; the starter applies them.
 */
@NullMarked
package io.mesh.annotation;

import org.jspecify.annotations.NullMarked;
