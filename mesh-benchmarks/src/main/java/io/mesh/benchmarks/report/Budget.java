package io.mesh.benchmarks.report;

import java.util.Optional;

/**
 * One line of the budget and what was measured.
 *
 * @param path what is called
 * @param rule the limit in words
 * @param cost what was measured
 * @param limit what it may be, computed from the same run
 * @param bytes allocated, or NaN if the budget does not speak of it
 */
record Budget(String path, String rule, Cost cost, Cost limit, double bytes) {

    private static final double TOO_NOISY = 0.25;
    private static final double NOTHING = 0.5; // the profiler shares out what the run itself allocates

    /**
     * A time or a size with its error.
     *
     * @param value in the unit of the limit
     * @param error half of the confidence interval; 0 if it is exact
     */
    record Cost(double value, double error) {

        static final Cost UNKNOWN = exactly(Double.NaN);

        static Cost of(Optional<Measurement> measured) {
            return measured.map(m -> new Cost(m.nanos(), Double.isNaN(m.error()) ? 0 : m.error()))
                    .orElse(UNKNOWN);
        }

        static Cost exactly(double value) {
            return new Cost(value, 0);
        }

        Cost plus(Cost other) {
            return new Cost(value + other.value, Math.hypot(error, other.error));
        }

        Cost minus(Cost other) {
            return new Cost(value - other.value, Math.hypot(error, other.error));
        }

        Cost times(double factor) {
            return new Cost(value * factor, error * factor);
        }
    }

    /** An error too large for a verdict is said, not used as an excuse. */
    String verdict() {
        if (Double.isNaN(cost.value()) || Double.isNaN(limit.value())) {
            return "not measured";
        }
        if (bytes > NOTHING) {
            return "**missed**: allocates";
        }
        double error = Math.hypot(cost.error(), limit.error());
        double over = cost.value() - limit.value();
        if (Math.abs(over) <= error && error > TOO_NOISY * limit.value()) {
            return "too noisy to tell";
        }
        if (over <= 0) {
            return "met";
        }
        return over <= error ? "within the error" : "**missed**";
    }
}
