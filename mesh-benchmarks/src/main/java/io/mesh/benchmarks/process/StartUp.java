package io.mesh.benchmarks.process;

import io.mesh.benchmarks.report.Figures;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The time from the start of a JVM until an empty Boot application has started, with the starter on its class path and
 * without. Both take turns, so that what else the machine does falls on both.
 */
public final class StartUp {

    private static final int RUNS = 20;
    private static final int WARM_UP = 2; // files get into the cache
    private static final double NANOS_IN_MILLI = 1e6;

    private StartUp() {}

    /**
     * {@code <file with the run-time class path of the starter> <the starter's jar> <folder of results>}.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        String dependencies = Files.readString(Path.of(arguments[0])).strip();
        String application = "target/classes";
        String with = String.join(File.pathSeparator, application, arguments[1], dependencies);
        String without = Stream.concat(
                        Stream.of(application),
                        Stream.of(dependencies.split(File.pathSeparator))
                                .filter(element -> !element.contains("mesh-core")))
                .collect(Collectors.joining(File.pathSeparator));

        List<Start> starts = new ArrayList<>();
        List<Start> startsWithout = new ArrayList<>();
        for (int run = -WARM_UP; run < RUNS; run++) {
            Start slow = start(with);
            Start fast = start(without);
            if (run >= 0) {
                starts.add(slow);
                startsWithout.add(fast);
            }
        }
        double millis = median(starts, Start::millis);
        double millisWithout = median(startsWithout, Start::millis);
        double cpuMillis = median(starts, Start::cpuMillis);
        double cpuMillisWithout = median(startsWithout, Start::cpuMillis);
        Figures.write(
                Path.of(arguments[2]),
                "start",
                Map.of(
                        "start.with", millis,
                        "start.without", millisWithout,
                        "start.added", millis - millisWithout,
                        "start.cpu.with", cpuMillis,
                        "start.cpu.without", cpuMillisWithout,
                        "start.cpu.added", cpuMillis - cpuMillisWithout));
    }

    /** How long a start took, and how long processors worked for it, the compilers of the JVM included. */
    private record Start(double millis, double cpuMillis) {}

    private static Start start(String classPath) throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        long begun = System.nanoTime();
        Process process = new ProcessBuilder(java, "-cp", classPath, EmptyApplication.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String line = output.readLine();
            while (line != null && !line.equals(EmptyApplication.STARTED)) {
                line = output.readLine();
            }
            double millis = (System.nanoTime() - begun) / NANOS_IN_MILLI;
            String cpuNanos = output.readLine();
            if (cpuNanos == null) {
                throw new IllegalStateException("The application did not start.");
            }
            process.waitFor();
            return new Start(millis, Long.parseLong(cpuNanos) / NANOS_IN_MILLI);
        }
    }

    private static double median(List<Start> starts, ToDoubleFunction<Start> figure) {
        List<Double> sorted =
                starts.stream().mapToDouble(figure).sorted().boxed().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
