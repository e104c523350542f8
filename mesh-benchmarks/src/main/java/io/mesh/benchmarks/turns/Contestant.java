package io.mesh.benchmarks.turns;

import java.util.function.Supplier;

/**
 * One of those that take turns.
 *
 * @param name as its benchmark is called: {@code smallRyeAndArmeria}
 * @param call made again and again, by some threads at once; what it returns is summed, so that it cannot be dropped
 */
record Contestant(String name, Supplier<Integer> call) {}
