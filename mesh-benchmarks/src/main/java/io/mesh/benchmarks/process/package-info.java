/** What a process costs that has Mesh in it: heap and start. */
@NullMarked
package io.mesh.benchmarks.process;

import org.jspecify.annotations.NullMarked;
