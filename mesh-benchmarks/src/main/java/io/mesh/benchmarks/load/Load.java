package io.mesh.benchmarks.load;

import io.mesh.benchmarks.report.Figures;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.HdrHistogram.Histogram;

/**
 * Puts each storefront under load: as much as it takes, for the throughput, and then half of what the slowest took, for
 * the latencies. They take turns, so that what else the machine does falls on all.
 */
public final class Load {

    private static final List<String> CLIENTS = List.of("bare", "mesh", "resilience4j");
    private static final int BACKENDS = 3;
    private static final int ROUNDS = 3;
    private static final int CLOSED_CONNECTIONS = 8;
    private static final int OPEN_CONNECTIONS = 64;
    private static final double SHARE_OF_SLOWEST = 0.5;

    private final Duration warmUp;
    private final Duration turn;
    private final Map<String, Double> figures = new LinkedHashMap<>();

    private Load(Duration warmUp, Duration turn) {
        this.warmUp = warmUp;
        this.turn = turn;
    }

    /** {@code <folder of results> [seconds of a turn]}. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Duration turn = Duration.ofSeconds(arguments.length > 1 ? Integer.parseInt(arguments[1]) : 15);
        Load load = new Load(turn.multipliedBy(2), turn);
        load.run();
        Figures.write(Path.of(arguments[0]), "load", load.figures);
    }

    private void run() throws IOException, InterruptedException {
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Backend> backends = new ArrayList<>();
        List<RunningStorefront> storefronts = new ArrayList<>();
        try {
            for (int i = 1; i <= BACKENDS; i++) {
                backends.add(new Backend("inventory-" + i, threads));
            }
            for (String client : CLIENTS) {
                storefronts.add(new RunningStorefront(client, backends));
            }
            for (RunningStorefront storefront : storefronts) {
                new Generator(storefront.port()).closedLoop(CLOSED_CONNECTIONS, warmUp);
            }
            double slowest = closedLoop(storefronts);
            openLoop(storefronts, slowest * SHARE_OF_SLOWEST);
        } finally {
            storefronts.forEach(RunningStorefront::close);
            backends.forEach(Backend::close);
            threads.shutdown();
        }
    }

    /** The throughput of the slowest, in requests a second. */
    private double closedLoop(List<RunningStorefront> storefronts) throws IOException, InterruptedException {
        Map<String, Histogram> latencies = new LinkedHashMap<>();
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (RunningStorefront storefront : storefronts) {
                long before = storefront.allocated();
                Histogram some = new Generator(storefront.port()).closedLoop(CLOSED_CONNECTIONS, turn);
                bytes.merge(storefront.client(), storefront.allocated() - before, Long::sum);
                add(latencies, storefront, some);
            }
            Collections.rotate(storefronts, 1);
        }
        double slowest = Double.MAX_VALUE;
        for (Map.Entry<String, Histogram> entry : latencies.entrySet()) {
            String name = "load." + entry.getKey();
            long requests = entry.getValue().getTotalCount();
            double rate = (double) requests / turn.multipliedBy(ROUNDS).toSeconds();
            figures.put(name + ".rate", rate);
            figures.put(name + ".bytes", (double) bytes.getOrDefault(entry.getKey(), 0L) / requests);
            percentiles(name + ".closed", entry.getValue());
            slowest = Math.min(slowest, rate);
        }
        return slowest;
    }

    private void openLoop(List<RunningStorefront> storefronts, double perSecond)
            throws IOException, InterruptedException {
        Map<String, Histogram> latencies = new LinkedHashMap<>();
        for (RunningStorefront storefront : storefronts) { // pools grow to what many connections need
            new Generator(storefront.port()).openLoop(OPEN_CONNECTIONS, perSecond, turn);
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (RunningStorefront storefront : storefronts) {
                add(
                        latencies,
                        storefront,
                        new Generator(storefront.port()).openLoop(OPEN_CONNECTIONS, perSecond, turn));
            }
            Collections.rotate(storefronts, 1);
        }
        figures.put("load.open.rate", perSecond);
        latencies.forEach((client, some) -> percentiles("load." + client + ".open", some));
    }

    private static void add(Map<String, Histogram> latencies, RunningStorefront storefront, Histogram some) {
        latencies.merge(storefront.client(), some, (sum, more) -> {
            sum.add(more);
            return sum;
        });
    }

    /** In microseconds. */
    private void percentiles(String name, Histogram latencies) {
        figures.put(name + ".p50", latencies.getValueAtPercentile(50) / 1e3);
        figures.put(name + ".p99", latencies.getValueAtPercentile(99) / 1e3);
        figures.put(name + ".p999", latencies.getValueAtPercentile(99.9) / 1e3);
    }
}
