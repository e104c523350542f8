package io.mesh.benchmarks.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The figures of one benchmark as a Markdown table: the floor first, then Mesh, then the peers, the cheapest first. The
 * oldest JDK has all columns, the others have the times.
 */
final class Table {

    /** Finagle's balancers count, so they compare with ours that are counted. */
    private static final Map<String, String> SAME_AS = Map.of(
            "finagleRoundRobin", "meshRoundRobinCounted",
            "finagleHeap", "meshLeastConnectionsCounted",
            "finagleTwoChoices", "meshPowerOfTwoCounted",
            "finaglePeakEwma", "meshPeakEwmaCounted",
            "finagleAperture", "meshLeastConnectionsCounted",
            "armeriaSticky", "meshConsistentHash",
            "springRetryable", "meshRetry");

    private final Results results;
    private final String benchmark;
    private final String reference;

    /**
     * A table.
     *
     * @param reference method of ours that peers without an equivalent of their own are compared with
     */
    Table(Results results, String benchmark, String reference) {
        this.results = results;
        this.benchmark = benchmark;
        this.reference = reference;
    }

    String markdown() {
        List<Integer> jdks = results.jdks();
        List<String> head = new ArrayList<>(List.of(""));
        for (int jdk : jdks) {
            for (int threads = 1; threads <= 2; threads++) {
                if (results.of(benchmark, jdk, threads).isEmpty()) {
                    continue;
                }
                String column = "JDK " + jdk + ", " + (threads == 1 ? "1 thread" : threads + " threads") + ", ns";
                if (jdk == jdks.get(0)) {
                    head.addAll(threads == 1 ? List.of(column, "B", "adds", "× Mesh") : List.of(column, "× Mesh"));
                } else {
                    head.add(column);
                }
            }
        }
        StringBuilder table = new StringBuilder(row(head));
        table.append('|').append("---|".repeat(head.size())).append('\n');
        for (Measurement key : keys(jdks)) {
            List<String> cells = new ArrayList<>(List.of(Label.of(key)));
            for (int jdk : jdks) {
                for (int threads = 1; threads <= 2; threads++) {
                    if (!results.of(benchmark, jdk, threads).isEmpty()) {
                        cells.addAll(cells(key, jdk, threads, jdk == jdks.get(0)));
                    }
                }
            }
            table.append(row(cells));
        }
        return table.toString();
    }

    private static String row(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    /** One measurement for each row. */
    private List<Measurement> keys(List<Integer> jdks) {
        Set<String> seen = new LinkedHashSet<>();
        List<Measurement> keys = new ArrayList<>();
        for (int jdk : jdks) {
            for (int threads = 1; threads <= 2; threads++) {
                for (Measurement m : results.of(benchmark, jdk, threads)) {
                    if (seen.add(Label.of(m))) {
                        keys.add(m);
                    }
                }
            }
        }
        keys.sort(Comparator.comparing((Measurement m) -> m.params().toString().length())
                .thenComparing(m -> m.params().toString())
                .thenComparing(m -> m.isFloor() ? 0 : m.isMesh() ? 1 : 2)
                .thenComparing(Measurement::nanos));
        return keys;
    }

    private List<String> cells(Measurement key, int jdk, int threads, boolean full) {
        Optional<Measurement> found = results.find(benchmark, key.method(), key.params(), jdk, threads);
        if (found.isEmpty()) {
            return full ? (threads == 1 ? List.of("", "", "", "") : List.of("", "")) : List.of("");
        }
        Measurement m = found.get();
        String time = time(m.nanos(), m.error());
        if (!full) {
            return List.of(time);
        }
        String ratio = m.isMesh() || m.isFloor()
                ? ""
                : mesh(m).map(ours -> time(m.nanos() / ours.nanos())).orElse("");
        if (threads > 1) {
            return List.of(time, ratio);
        }
        String adds = results.add(jdk, threads)
                .map(add -> time(m.nanos() / add.nanos()))
                .orElse("");
        return List.of(time, String.format(Locale.ROOT, "%,.0f", m.bytes()), adds, ratio);
    }

    /** Ours that does the same as a peer's: as told above, of the same name behind the library's, or the reference. */
    private Optional<Measurement> mesh(Measurement peer) {
        Map<String, String> params = peer.params();
        String same = SAME_AS.get(peer.method());
        if (same != null) {
            return results.find(benchmark, same, params, peer.jdk(), peer.threads());
        }
        return results.of(benchmark, peer.jdk(), peer.threads()).stream()
                .filter(m -> m.isMesh() && m.params().equals(params))
                .filter(m -> m.method().length() > "mesh".length()
                        && peer.method().endsWith(m.method().substring("mesh".length())))
                .findFirst()
                .or(() -> results.find(benchmark, reference, params, peer.jdk(), peer.threads()));
    }

    static String time(double value, double error) {
        return time(value) + (error > 0 ? " ± " + time(error) : "");
    }

    /** Three digits at least, and never more than a tenth. */
    static String time(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
    }
}
