/** Makes a page of what was measured. */
@NullMarked
package io.mesh.benchmarks.report;

import org.jspecify.annotations.NullMarked;
