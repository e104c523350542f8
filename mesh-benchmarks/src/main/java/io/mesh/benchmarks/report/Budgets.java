package io.mesh.benchmarks.report;

import io.mesh.benchmarks.report.Budget.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** What each path may cost, in the unit of the same run, and what it does. */
final class Budgets {

    private static final List<String> STRATEGIES =
            List.of("RoundRobin", "Random", "Weighted", "LeastConnections", "PowerOfTwo");

    private static final List<String> WITHOUT_CLOCK =
            Stream.concat(STRATEGIES.stream(), Stream.of("ConsistentHash")).toList();

    private final Results results;
    private final Figures figures;
    private final int jdk;
    private final Cost add;
    private final List<Budget> rows = new ArrayList<>();

    private Budgets(Results results, Figures figures, int jdk) {
        this.results = results;
        this.figures = figures;
        this.jdk = jdk;
        this.add = Cost.of(results.add(jdk, 1));
    }

    static List<Budget> of(Results results, Figures figures, int jdk) {
        Budgets budgets = new Budgets(results, figures, jdk);
        budgets.breaker();
        budgets.retry();
        budgets.pick();
        budgets.wholeCall();
        budgets.annotatedMethod();
        budgets.process();
        return List.copyOf(budgets.rows);
    }

    private void breaker() {
        over("BreakerClosedBenchmark", "mesh", "bare", 2, "Breaker closed, success");
        over("BreakerClosedBenchmark", "meshPermit", "bare", 2, "Breaker closed, success, permit");
        over("BreakerClosedBenchmark", "meshCountWindow", "bare", 2, "Breaker closed, success, window of calls");
        timed("meshTimeWindow", 1, "Breaker closed, success, window of time");
        timed("meshSlowCalls", 2, "Breaker closed, success, slow calls");
        for (String deeper : List.of("0", "64")) {
            Map<String, String> params = Map.of("deeper", deeper);
            rows.add(new Budget(
                    "Breaker open, rejection, " + deeper + " frames deeper",
                    "≤ a fresh stackless exception and a clock read",
                    Cost.of(find("BreakerOpenBenchmark", "mesh", params, 1)),
                    Cost.of(find("BreakerOpenBenchmark", "floorExceptionAndClock", params, 1)),
                    Double.NaN));
        }
        row(
                "Breaker closed, two threads",
                "≤ 2 contended adds",
                find("BreakerClosedBenchmark", "mesh", Map.of(), 2),
                Cost.of(results.add(jdk, 2)).times(2));
    }

    /** Over the bare call and the clock readings that it needs. */
    private void timed(String method, int readings, String path) {
        Optional<Measurement> measured = find("BreakerClosedBenchmark", method, Map.of(), 1);
        Cost clock = Cost.of(find("FloorBenchmark", "clockRead", Map.of(), 1)).times(readings);
        rows.add(new Budget(
                path,
                "≤ " + readings + (readings == 1 ? " clock reading" : " clock readings") + " and 3 adds over bare call",
                Cost.of(measured).minus(Cost.of(find("BreakerClosedBenchmark", "bare", Map.of(), 1))),
                clock.plus(add.times(3)),
                bytes(measured)));
    }

    private void retry() {
        over("RetryBenchmark", "mesh", "bare", 1, "Retry, first attempt succeeds");
    }

    private void pick() {
        for (String strategy : List.of("RoundRobin", "Random", "Weighted", "PowerOfTwo")) {
            for (String count : List.of("3", "10000")) {
                row(
                        "Pick of " + count + ", " + words(strategy),
                        "≤ 4 adds",
                        find("PickBenchmark", "mesh" + strategy, Map.of("count", count), 1),
                        add.times(4));
            }
        }
        for (String weights : List.of("equal", "unequal")) {
            row(
                    "Pick of 1000, all busy, least connections, " + weights + " weights",
                    "≤ 1.2 µs",
                    find("LeastConnectionsBenchmark", "mesh", Map.of("instances", "1000", "weights", weights), 1),
                    Cost.exactly(1_200));
        }
    }

    private void wholeCall() {
        for (String strategy : WITHOUT_CLOCK) {
            row(
                    "Whole call, " + words(strategy),
                    "≤ 10 adds",
                    find("WholeCallBenchmark", "mesh" + strategy, Map.of(), 1),
                    add.times(10));
        }
        for (String strategy : STRATEGIES) {
            inTurns(
                    "Whole call, two threads, " + words(strategy) + ", % of the best peer",
                    "≤ a third",
                    "call-" + words(strategy).replace(' ', '-'),
                    Cost.exactly(100 / 3.0),
                    bytes(find("WholeCallBenchmark", "mesh" + strategy, Map.of(), 2)));
        }
    }

    /** What it may allocate is not said: proxies do. */
    private void annotatedMethod() {
        for (String annotation : List.of("circuit breaker", "retry", "both")) {
            String floor = annotation.equals("circuit breaker") ? "interceptor" : "interceptor with clone";
            inTurns(
                    "Annotated method, " + annotation,
                    "≤ 10 adds over " + floor,
                    "bean-" + annotation.replace(' ', '-'),
                    add.times(10),
                    Double.NaN);
        }
    }

    private void inTurns(String path, String rule, String row, Cost limit, double bytes) {
        String name = "turns." + row + ".compared.";
        OptionalDouble median = figures.find(name + "p50");
        Cost cost = median.isEmpty()
                ? Cost.UNKNOWN
                : new Cost(median.getAsDouble(), (figure(name + "high") - figure(name + "low")) / 2);
        rows.add(new Budget(path, rule, cost, limit, bytes));
    }

    private double figure(String name) {
        return figures.find(name).orElse(Double.NaN);
    }

    private void process() {
        figure("Heap of an instance with its breaker, B", "≤ 1,024", "heap.instance", 1_024);
        figure("Heap of a service without its instances, B", "≤ 262,144", "heap.service", 262_144);
        figure("Start of an empty application, added, ms", "≤ 100", "start.added", 100);
    }

    private void figure(String path, String rule, String name, double limit) {
        OptionalDouble found = figures.find(name);
        Cost cost = found.isPresent() ? Cost.exactly(found.getAsDouble()) : Cost.UNKNOWN;
        rows.add(new Budget(path, rule, cost, Cost.exactly(limit), Double.NaN));
    }

    /** So many adds more than the floor. */
    private void over(String benchmark, String method, String floor, int adds, String path) {
        Optional<Measurement> measured = find(benchmark, method, Map.of(), 1);
        rows.add(new Budget(
                path,
                "≤ " + adds + (adds == 1 ? " add" : " adds") + " over " + Label.of(floor),
                Cost.of(measured).minus(Cost.of(find(benchmark, floor, Map.of(), 1))),
                add.times(adds),
                bytes(measured)));
    }

    /** A path that must not allocate. */
    private void row(String path, String rule, Optional<Measurement> measured, Cost limit) {
        rows.add(new Budget(path, rule, Cost.of(measured), limit, bytes(measured)));
    }

    private Optional<Measurement> find(String benchmark, String method, Map<String, String> params, int threads) {
        return results.find(benchmark, method, params, jdk, threads);
    }

    private static double bytes(Optional<Measurement> measured) {
        return measured.map(Measurement::bytes).orElse(Double.NaN);
    }

    private static String words(String strategy) {
        return Label.of("mesh" + strategy).substring("Mesh, ".length());
    }
}
