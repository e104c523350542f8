/**
 * The lab: what a mesh does to the traffic of a whole fleet, found out in virtual time.
 *
 * <p>{@code Simulation} is the clock and the queue of events, {@code Backend} a server, {@code Cluster} all servers of a
 * service and the network before them, {@code Load} those who call. Between them is the product itself, not a model of it.
 * Each experiment is one test class: it runs once, asserts, and describes what came out on the {@code Page} that
 * {@code LabPageTest} compares with {@code docs/lab}, or writes there.
 */
@NullMarked
package io.mesh.lab;

import org.jspecify.annotations.NullMarked;
