package io.mesh.benchmarks.report;

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

    private static final double NOTHING = 0.5; // the profiler shares out what the run itself allocates

    /**
     * A time or a size with its error.
     *
     * @param value in the unit of the limit
     * @param error half of the confidence interval; 0 if it is exact
     */
    record Cost(double value, double error) {

        static Cost of(Measurement measurement) {
            return new Cost(measurement.nanos(), Double.isNaN(measurement.error()) ? 0 : measurement.error());
        }

        Cost minus(Cost other) {
            return new Cost(value - other.value, Math.hypot(error, other.error));
        }

        Cost plus(Cost other) {
            return new Cost(value + other.value, Math.hypot(error, other.error));
        }

        Cost times(double factor) {
            return new Cost(value * factor, error * factor);
        }
    }

    String verdict() {
        if (bytes > NOTHING) {
            return "**missed**: allocates";
        }
        if (cost.value() <= limit.value()) {
            return "met";
        }
        boolean near = cost.value() - cost.error() <= limit.value() + limit.error();
        return near ? "within the error" : "**missed**";
    }
}
