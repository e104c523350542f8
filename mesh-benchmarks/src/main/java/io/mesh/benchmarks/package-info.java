/** What a call costs: each hot path of Mesh beside the bare call and the peers, in one run with the same settings. */
@NullMarked
package io.mesh.benchmarks;

import org.jspecify.annotations.NullMarked;
