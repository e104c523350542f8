/**
 * Whole requests: a storefront like that of the sample calls three backends, guarded by Mesh, by Resilience4j with Spring
 * Cloud LoadBalancer, or by nothing.
 */
@NullMarked
package io.mesh.benchmarks.load;

import org.jspecify.annotations.NullMarked;
