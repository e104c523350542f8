package io.mesh.proxy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.OutlierConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which instances do worse than the others: the two rules of Envoy's outlier detection, by the calls of one interval.
 *
 * <ol>
 * <li>Success rate: further below the mean than so many standard deviations.
 * <li>Failure percentage: so large that it needs no comparison.
 * </ol>
 *
 * <p>Each rule looks only at instances with enough calls, and at nothing if there are too few of them. Neither finds one
 * with fewer failures than {@code minimumFailurePercentage}.
 */
final class Outliers {

    private static final double ALL = 100;

    /** What is as low as all others is not below their mean, however that was rounded. */
    private static final double ROUNDING = 1e-9;

    private Outliers() {}

    /**
     * The calls of one instance that ended in the interval.
     *
     * @param breaker of the instance
     */
    record Calls(CircuitBreaker breaker, long succeeded, long failed) {

        long all() {
            return succeeded + failed;
        }

        double successRate() {
            return ALL * succeeded / all();
        }

        double failurePercentage() {
            return ALL * failed / all();
        }
    }

    /** Each with the reason, for people. */
    static Map<CircuitBreaker, String> among(List<Calls> instances, OutlierConfig config) {
        Map<CircuitBreaker, String> outliers = new LinkedHashMap<>();
        bySuccessRate(instances, config, outliers);
        byFailurePercentage(instances, config, outliers);
        return outliers;
    }

    private static void bySuccessRate(
            List<Calls> instances, OutlierConfig config, Map<CircuitBreaker, String> outliers) {
        List<Calls> compared = withCalls(instances, config.successRateMinimumCalls());
        if (compared.size() < config.minimumInstances()) {
            return;
        }
        double mean =
                compared.stream().mapToDouble(Calls::successRate).average().orElse(ALL);
        double variance = compared.stream()
                .mapToDouble(calls -> Math.pow(calls.successRate() - mean, 2))
                .average()
                .orElse(0);
        double threshold = mean - config.successRateStdevFactor() * Math.sqrt(variance) - ROUNDING;
        for (Calls calls : compared) {
            if (calls.successRate() < threshold && calls.failurePercentage() >= config.minimumFailurePercentage()) {
                outliers.put(
                        calls.breaker(),
                        String.format(
                                Locale.ROOT,
                                "%.1f %% of %d calls succeeded, but %.1f %% on the mean of %d instances",
                                calls.successRate(),
                                calls.all(),
                                mean,
                                compared.size()));
            }
        }
    }

    private static void byFailurePercentage(
            List<Calls> instances, OutlierConfig config, Map<CircuitBreaker, String> outliers) {
        List<Calls> compared = withCalls(instances, config.failurePercentageMinimumCalls());
        if (compared.size() < config.minimumInstances()) {
            return;
        }
        double threshold = Math.max(config.failurePercentageThreshold(), config.minimumFailurePercentage());
        for (Calls calls : compared) {
            if (calls.failurePercentage() >= threshold) {
                outliers.putIfAbsent(
                        calls.breaker(),
                        String.format(
                                Locale.ROOT, "%.1f %% of %d calls failed", calls.failurePercentage(), calls.all()));
            }
        }
    }

    private static List<Calls> withCalls(List<Calls> instances, int atLeast) {
        List<Calls> enough = new ArrayList<>();
        for (Calls calls : instances) {
            if (calls.all() >= atLeast) {
                enough.add(calls);
            }
        }
        return enough;
    }
}
