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
 * shorter iterations and leaves out what takes long to set up, so its figures are rough.
 */
public final class Measure {

    private static final TimeValue WARM_UP = TimeValue.milliseconds(600);
    private static final TimeValue TURN = TimeValue.milliseconds(500);
    private static final TimeValue MOMENT = TimeValue.milliseconds(400);

    private Measure() {}

    /** {@code all|<path> [threads] [file] [forks]}; the JSON goes to the file. */
    public static void main(String[] arguments) throws RunnerException, IOException {
        boolean all = arguments[0].equals("all");
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        Path file =
                Path.of(arguments.length > 2 ? arguments[2] : "target/quick/" + arguments[0] + "-" + threads + ".json");
        int forks = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 1;
        Files.createDirectories(file.toAbsolutePath().getParent());

        ChainedOptionsBuilder options = new OptionsBuilder()
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .threads(threads)
                .forks(forks)
                .jvmArgsAppend("-Xms1g", "-Xmx1g")
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(!all) // one failure must not cost hours
                .resultFormat(ResultFormatType.JSON)
                .result(file.toString());
        options.include("\\.FloorBenchmark\\.").include("\\." + benchmarks(arguments[0]) + "Benchmark\\.");
        if (all) {
            options.warmupTime(WARM_UP).measurementTime(TURN).measurementIterations(5);
        } else {
            options.warmupTime(MOMENT)
                    .warmupIterations(2)
                    .measurementTime(MOMENT)
                    .measurementIterations(3);
        }
        if (threads > 1) { // they meet at what they share, however long the list and however deep the stack is
            options.param("count", "100").param("deeper", "0");
        } else {
            options.param("count", all ? new String[] {"3", "10000"} : new String[] {"100"});
        }
        new Runner(options.build()).run();
    }

    private static String benchmarks(String path) {
        return switch (path) {
            case "all" -> "\\w+";
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
