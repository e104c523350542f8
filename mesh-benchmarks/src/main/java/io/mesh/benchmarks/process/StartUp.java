package io.mesh.benchmarks.process;

import io.mesh.benchmarks.report.Figures;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The time from the start of a JVM until an empty Boot application has started, with the starter on its class path and
 * without. Both take turns, so that what else the machine does falls on both.
 */
public final class StartUp {

    private static final int RUNS = 20;
    private static final int WARM_UP = 2; // files get into the cache

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

        List<Double> withMillis = new ArrayList<>();
        List<Double> withoutMillis = new ArrayList<>();
        for (int run = -WARM_UP; run < RUNS; run++) {
            double slow = start(with);
            double fast = start(without);
            if (run >= 0) {
                withMillis.add(slow);
                withoutMillis.add(fast);
            }
        }
        Figures.write(
                Path.of(arguments[2]),
                "start",
                Map.of(
                        "start.with", median(withMillis),
                        "start.without", median(withoutMillis),
                        "start.added", median(withMillis) - median(withoutMillis)));
    }

    private static double start(String classPath) throws IOException, InterruptedException {
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
            if (line == null) {
                throw new IllegalStateException("The application did not start.");
            }
        }
        double millis = (double) (System.nanoTime() - begun) / TimeUnit.MILLISECONDS.toNanos(1);
        process.waitFor();
        return millis;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
