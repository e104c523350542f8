package io.mesh.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs benchmarks: {@code all}, for the page, or those of one path, for a quick look. A quick look has
 * shorter iterations and leaves out what takes long to set up, so its figures are rough, and those of peers too high.
 */
public final class Measure {

    /** Iterations. The long chains of calls of peers and proxies are still being compiled after 3 s. */
    static final int LONG_WARM_UP = 10;

    private static final TimeValue WARM_UP = TimeValue.milliseconds(600);
    private static final TimeValue TURN = TimeValue.milliseconds(500);
    private static final TimeValue MOMENT = TimeValue.milliseconds(400);

    private static final String FLOOR = "\\.FloorBenchmark\\.";
    private static final String OURS = "Benchmark\\.(mesh|floor|bare)";

    /** Ours without a budget: one fork is enough. */
    private static final String FREE = "(PickBenchmark\\.(floor|mesh\\w+Counted|meshPeakEwma|meshConsistentHash)"
            + "|WholeCallBenchmark\\.(floor|bare|meshPeakEwma)|AnnotatedBeanBenchmark\\.(mesh|floor|bare))";

    private Measure() {}

    /**
     * {@code all|<path> [threads] [folder] [budgets]}; the JSON goes into the folder. What has a budget is measured in two
     * forks if this JDK is held to them; one that is not has fewer sizes.
     */
    public static void main(String[] arguments) throws RunnerException, IOException {
        String path = arguments[0];
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        Path folder = Path.of(arguments.length > 2 ? arguments[2] : "target/quick");
        boolean budgets = arguments.length > 3;
        Files.createDirectories(folder.toAbsolutePath());
        String file = "jmh-" + Runtime.version().feature() + "-" + threads + "-" + path;

        String benchmarks = "\\." + benchmarks(path, threads);
        if (path.equals("all")) {
            ChainedOptionsBuilder ours = sized(threads, budgets)
                    .include(FLOOR)
                    .include(benchmarks + OURS)
                    .forks(1);
            if (budgets && threads == 1) {
                ours.exclude(FREE).forks(2);
                run(sized(threads, budgets).include(FREE).forks(1), folder.resolve(file + "-free-ours.json"));
            }
            run(ours, folder.resolve(file + "-ours.json"));
            ChainedOptionsBuilder peers = sized(threads, budgets)
                    .include(benchmarks + "Benchmark\\.")
                    .exclude(FLOOR)
                    .exclude(OURS)
                    .warmupIterations(LONG_WARM_UP)
                    .forks(1);
            run(peers, folder.resolve(file + "-peers.json"));
        } else {
            ChainedOptionsBuilder quick = options(threads)
                    .include(FLOOR)
                    .include(benchmarks + "Benchmark\\.")
                    .warmupTime(MOMENT)
                    .warmupIterations(2)
                    .measurementTime(MOMENT)
                    .measurementIterations(3)
                    .forks(1)
                    .param("count", "100");
            run(quick, folder.resolve(file + ".json"));
        }
    }

    private static ChainedOptionsBuilder sized(int threads, boolean budgets) {
        String[] counts = threads > 1 ? new String[] {"100"} : new String[] {"3", "10000"};
        return settled(threads)
                .param("count", budgets ? counts : new String[] {counts[counts.length - 1]})
                .param("deeper", budgets ? new String[] {"0", "64"} : new String[] {"0"});
    }

    static ChainedOptionsBuilder settled(int threads) {
        return options(threads)
                .warmupTime(WARM_UP)
                .measurementTime(TURN)
                .measurementIterations(5)
                .shouldFailOnError(false); // one failure must not cost an hour; the page says what is missing
    }

    private static ChainedOptionsBuilder options(int threads) {
        return new OptionsBuilder()
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .threads(threads)
                .jvmArgsAppend("-Xms1g", "-Xmx1g", "-XX:+UseG1GC")
                .addProfiler(GCProfiler.class)
                .resultFormat(ResultFormatType.JSON);
    }

    private static void run(ChainedOptionsBuilder options, Path file) throws RunnerException {
        new Runner(options.result(file.toString()).build()).run();
    }

    private static String benchmarks(String path, int threads) {
        return switch (path) {
            case "all" ->
                threads == 1 ? "\\w+" : "(BreakerClosed|Pick|WholeCall)"; // where threads share what is written
            case "breaker" -> "Breaker(Closed|Open)";
            case "retry" -> "Retry";
            case "pick" -> "(Pick|LeastConnections)";
            case "call" -> "WholeCall";
            case "bean" -> "AnnotatedBean";
            default ->
                throw new IllegalArgumentException(
                        "The path must be all, breaker, retry, pick, call or bean, but is " + path);
        };
    }
}
