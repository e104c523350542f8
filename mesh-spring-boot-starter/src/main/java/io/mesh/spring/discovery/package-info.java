/**
 * Discovery by what the application has: the {@code DiscoveryClient} of Spring Cloud, whatever registry is behind it.
 */
@NullMarked
package io.mesh.spring.discovery;

import org.jspecify.annotations.NullMarked;
