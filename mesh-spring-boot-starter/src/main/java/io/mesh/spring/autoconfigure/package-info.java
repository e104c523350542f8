/** What Spring Boot finds: conditions and wiring only. */
@NullMarked
package io.mesh.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
