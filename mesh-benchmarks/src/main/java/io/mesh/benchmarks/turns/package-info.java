/** Measures in turns what benchmarks one after the other cannot tell apart on a machine that is shared. */
@NullMarked
package io.mesh.benchmarks.turns;

import org.jspecify.annotations.NullMarked;
