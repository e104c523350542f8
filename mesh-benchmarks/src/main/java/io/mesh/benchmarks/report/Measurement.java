package io.mesh.benchmarks.report;

import java.util.Map;

/**
 * What JMH measured of one benchmark.
 *
 * @param benchmark simple name of its class
 * @param method its method
 * @param params in their order, empty if there are none
 * @param threads how many ran it at once, on shared state
 * @param jdk feature version
 * @param nanos per operation, on average
 * @param error half of the 99.9 % confidence interval; NaN if there was one iteration only
 * @param bytes allocated per operation
 */
record Measurement(
        String benchmark,
        String method,
        Map<String, String> params,
        int threads,
        int jdk,
        double nanos,
        double error,
        double bytes) {

    boolean isMesh() {
        return method.startsWith("mesh");
    }

    boolean isFloor() {
        return method.startsWith("floor") || method.equals("bare") || benchmark.equals("FloorBenchmark");
    }
}
