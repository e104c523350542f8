package io.mesh.benchmarks.turns;

import io.mesh.benchmarks.AnnotatedBeanBenchmark;
import io.mesh.benchmarks.WholeCallBenchmark;
import io.mesh.benchmarks.report.Figures;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Measures one row in turns, in a process of its own, so that each strategy is the only one that its process compiles.
 * The figures are {@code turns.<row>.<contestant>.<p25, p50 or p75>} in ns, and {@code turns.<row>.compared.<low, p50 or
 * high>} of what is told of each round, where low and high bound the median with 99.9 % confidence: for whole calls how
 * many percent of the best peer's time ours took, for annotated methods how many nanoseconds
 * ours took more than the floor.
 */
public final class Turns {

    private static final int WARM_UP = 250;
    private static final int ROUNDS = 250;

    private Turns() {}

    /** {@code <row> <folder of results>}; a row is {@code call-<strategy>} or {@code bean-<annotation>}. */
    public static void main(String[] arguments) throws Exception {
        String row = arguments[0];
        boolean call = row.startsWith("call-");
        List<Contestant> contestants =
                call ? calls(row.substring("call-".length())) : beans(row.substring("bean-".length()));
        Rounds rounds = new Rounds(contestants, call ? 2 : 1);
        double[][] nanos = rounds.run(WARM_UP, ROUNDS);
        Map<String, Double> figures =
                figures(contestants, nanos, call ? percentOfBestPeer(nanos) : nanosOverFloor(nanos));
        System.out.println(row + " " + figures + " (" + rounds.sink() + ")");
        Map<String, Double> named = new TreeMap<>();
        figures.forEach((name, value) -> named.put("turns." + row + "." + name, value));
        Figures.write(Path.of(arguments[1]), "turns-" + row, named);
        System.exit(0); // peers keep threads
    }

    private static Map<String, Double> figures(List<Contestant> contestants, double[][] nanos, double[] compared) {
        Map<String, Double> figures = new TreeMap<>();
        for (int i = 0; i < nanos.length; i++) {
            Distribution times = Distribution.of(nanos[i]);
            String name = contestants.get(i).name();
            figures.put(name + ".p25", times.quantile(0.25));
            figures.put(name + ".p50", times.quantile(0.5));
            figures.put(name + ".p75", times.quantile(0.75));
        }
        Distribution comparison = Distribution.of(compared);
        figures.put("compared.low", comparison.medianAtLeast());
        figures.put("compared.p50", comparison.quantile(0.5));
        figures.put("compared.high", comparison.medianAtMost());
        return figures;
    }

    /** How many percent the first takes of the best from the third on. */
    static double[] percentOfBestPeer(double[][] nanos) {
        double[] best = Arrays.stream(nanos)
                .skip(2)
                .min(Comparator.comparingDouble(times -> Distribution.of(times).quantile(0.5)))
                .orElseThrow();
        return IntStream.range(0, best.length)
                .mapToDouble(round -> 100 * nanos[0][round] / best[round])
                .toArray();
    }

    /** How many nanoseconds more the first takes than the second. */
    static double[] nanosOverFloor(double[][] nanos) {
        return IntStream.range(0, nanos[0].length)
                .mapToDouble(round -> nanos[0][round] - nanos[1][round])
                .toArray();
    }

    private static List<Contestant> calls(String strategy) {
        WholeCallBenchmark benchmark = new WholeCallBenchmark();
        WholeCallBenchmark.Backend backend = new WholeCallBenchmark.Backend();
        WholeCallBenchmark.Services mesh = new WholeCallBenchmark.Services();
        WholeCallBenchmark.SharedWords words = new WholeCallBenchmark.SharedWords();
        WholeCallBenchmark.SmallRyeArmeria smallRye = new WholeCallBenchmark.SmallRyeArmeria();
        smallRye.decorate(backend);
        WholeCallBenchmark.FailsafeArmeria failsafe = new WholeCallBenchmark.FailsafeArmeria();
        failsafe.decorate(backend);
        WholeCallBenchmark.Resilience4jSpringCloud resilience4j = new WholeCallBenchmark.Resilience4jSpringCloud();
        resilience4j.decorate(backend);
        Contestant ours =
                switch (strategy) {
                    case "round-robin" -> new Contestant("mesh", () -> benchmark.meshRoundRobin(mesh, backend));
                    case "random" -> new Contestant("mesh", () -> benchmark.meshRandom(mesh, backend));
                    case "weighted" -> new Contestant("mesh", () -> benchmark.meshWeighted(mesh, backend));
                    case "least-connections" ->
                        new Contestant("mesh", () -> benchmark.meshLeastConnections(mesh, backend));
                    case "power-of-two" -> new Contestant("mesh", () -> benchmark.meshPowerOfTwo(mesh, backend));
                    default -> throw new IllegalArgumentException("No strategy " + strategy);
                };
        Contestant floor =
                switch (strategy) {
                    case "least-connections" ->
                        new Contestant(
                                "floorFewestCallsInFlight", () -> benchmark.floorFewestCallsInFlight(words, backend));
                    default -> new Contestant("floorCallsInFlight", () -> benchmark.floorCallsInFlight(words, backend));
                };
        return List.of(
                ours,
                floor,
                new Contestant("smallRyeAndArmeria", () -> benchmark.smallRyeAndArmeria(smallRye)),
                new Contestant("failsafeAndArmeria", () -> benchmark.failsafeAndArmeria(failsafe)),
                new Contestant("resilience4jAndSpringCloud", () -> benchmark.resilience4jAndSpringCloud(resilience4j)));
    }

    private static List<Contestant> beans(String annotation) {
        AnnotatedBeanBenchmark benchmark = new AnnotatedBeanBenchmark();
        AnnotatedBeanBenchmark.Application application = new AnnotatedBeanBenchmark.Application();
        application.start();
        Contestant ours =
                switch (annotation) {
                    case "circuit-breaker" -> new Contestant("mesh", () -> benchmark.meshCircuitBreaker(application));
                    case "retry" -> new Contestant("mesh", () -> benchmark.meshRetry(application));
                    case "both" -> new Contestant("mesh", () -> benchmark.meshBoth(application));
                    default -> throw new IllegalArgumentException("No annotation " + annotation);
                };
        Contestant floor =
                switch (annotation) {
                    case "circuit-breaker" ->
                        new Contestant("floorInterceptor", () -> benchmark.floorInterceptor(application));
                    default ->
                        new Contestant(
                                "floorInterceptorWithClone", () -> benchmark.floorInterceptorWithClone(application));
                };
        return List.of(ours, floor);
    }
}
