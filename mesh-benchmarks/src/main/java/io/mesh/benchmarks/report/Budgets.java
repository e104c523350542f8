package io.mesh.benchmarks.report;

import io.mesh.benchmarks.report.Budget.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What each path may cost, in the unit of the same run, and what it does. Rows without a measurement are left out. */
final class Budgets {

    private static final List<String> STRATEGIES = List.of("RoundRobin", "Random", "Weighted", "LeastConnections");

    private final Results results;
    private final Figures figures;
    private final int jdk;
    private final List<Budget> rows = new ArrayList<>();

    private Budgets(Results results, Figures figures, int jdk) {
        this.results = results;
        this.figures = figures;
        this.jdk = jdk;
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
        for (String method : List.of("mesh", "meshPermit")) {
            String how = method.equals("mesh") ? "" : ", permit";
            over("BreakerClosedBenchmark", method, "bare", 2, "Breaker closed, success" + how, true);
        }
        for (String deeper : List.of("0", "64")) {
            rejection(deeper, "floorExceptionAndClock", "≤ a fresh stackless exception and a clock read");
        }
        rejection("0", "floorCountedRejection", "≤ the same, carrying what ours does, and counted");
        results.add(jdk, 2).ifPresent(add -> results.find("BreakerClosedBenchmark", "mesh", Map.of(), jdk, 2)
                .ifPresent(m -> rows.add(new Budget(
                        "Breaker closed, two threads",
                        "≤ 2 contended adds",
                        Cost.of(m),
                        Cost.of(add).times(2),
                        m.bytes()))));
    }

    private void rejection(String deeper, String floor, String rule) {
        Map<String, String> params = Map.of("deeper", deeper);
        results.find("BreakerOpenBenchmark", "mesh", params, jdk, 1)
                .ifPresent(m -> results.find("BreakerOpenBenchmark", floor, params, jdk, 1)
                        .ifPresent(limit -> rows.add(new Budget(
                                "Breaker open, rejection, " + deeper + " frames deeper",
                                rule,
                                Cost.of(m),
                                Cost.of(limit),
                                Double.NaN))));
    }

    private void retry() {
        over("RetryBenchmark", "mesh", "bare", 1, "Retry, first attempt succeeds", true);
    }

    private void pick() {
        for (String strategy : List.of("RoundRobin", "Random", "Weighted")) {
            for (String count : List.of("3", "10000")) {
                Map<String, String> params = Map.of("count", count);
                adds("PickBenchmark", "mesh" + strategy, params, 4, "Pick of " + count + ", " + words(strategy));
            }
        }
        for (String weights : List.of("equal", "unequal")) {
            results.find("LeastConnectionsBenchmark", "mesh", Map.of("instances", "1000", "weights", weights), jdk, 1)
                    .ifPresent(m -> rows.add(new Budget(
                            "Pick of 1000, all busy, least connections, " + weights + " weights",
                            "≤ 1.2 µs",
                            Cost.of(m),
                            new Cost(1_200, 0),
                            m.bytes())));
        }
    }

    private void wholeCall() {
        for (String strategy : STRATEGIES) {
            adds("WholeCallBenchmark", "mesh" + strategy, Map.of(), 10, "Whole call, " + words(strategy));
        }
        Optional<Measurement> best = results.of("WholeCallBenchmark", jdk, 2).stream()
                .filter(m -> !m.isMesh() && !m.isFloor())
                .min((a, b) -> Double.compare(a.nanos(), b.nanos()));
        for (String strategy : STRATEGIES) {
            results.find("WholeCallBenchmark", "mesh" + strategy, Map.of(), jdk, 2)
                    .ifPresent(m -> best.ifPresent(peer -> rows.add(new Budget(
                            "Whole call, two threads, " + words(strategy),
                            "≤ a third of the best peer",
                            Cost.of(m),
                            Cost.of(peer).times(1 / 3.0),
                            m.bytes()))));
        }
    }

    /** What it may allocate is not said: proxies do. */
    private void annotatedMethod() {
        for (String method : List.of("meshCircuitBreaker", "meshRetry", "meshBoth")) {
            String floor = method.equals("meshCircuitBreaker") ? "floorInterceptor" : "floorInterceptorWithClone";
            String path = "Annotated method, " + words(method.substring("mesh".length()));
            over("AnnotatedBeanBenchmark", method, floor, 10, path, false);
        }
    }

    private void process() {
        figures.find("heap.instance")
                .ifPresent(bytes -> rows.add(new Budget(
                        "Heap of an instance with its breaker, B",
                        "≤ 1,024",
                        new Cost(bytes, 0),
                        new Cost(1_024, 0),
                        Double.NaN)));
        figures.find("heap.service")
                .ifPresent(bytes -> rows.add(new Budget(
                        "Heap of a service without its instances, B",
                        "≤ 262,144",
                        new Cost(bytes, 0),
                        new Cost(262_144, 0),
                        Double.NaN)));
        figures.find("start.added")
                .ifPresent(millis -> rows.add(new Budget(
                        "Start of an empty application, added, ms",
                        "≤ 100",
                        new Cost(millis, 0),
                        new Cost(100, 0),
                        Double.NaN)));
    }

    /** So many adds more than the floor. */
    private void over(String benchmark, String method, String floor, int adds, String path, boolean noBytes) {
        Optional<Measurement> bare = results.find(benchmark, floor, Map.of(), jdk, 1);
        Optional<Measurement> add = results.add(jdk, 1);
        results.find(benchmark, method, Map.of(), jdk, 1)
                .ifPresent(m -> bare.ifPresent(b -> add.ifPresent(unit -> rows.add(new Budget(
                        path,
                        "≤ " + adds + (adds == 1 ? " add" : " adds") + " over " + Label.of(floor),
                        Cost.of(m).minus(Cost.of(b)),
                        Cost.of(unit).times(adds),
                        noBytes ? m.bytes() : Double.NaN)))));
    }

    private void adds(String benchmark, String method, Map<String, String> params, int adds, String path) {
        results.find(benchmark, method, params, jdk, 1).ifPresent(m -> results.add(jdk, 1)
                .ifPresent(unit -> rows.add(new Budget(
                        path, "≤ " + adds + " adds", Cost.of(m), Cost.of(unit).times(adds), m.bytes()))));
    }

    private static String words(String strategy) {
        return Label.of("mesh" + strategy).substring("Mesh, ".length());
    }
}
