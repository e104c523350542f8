package io.mesh.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What was measured, in the order of the files. */
final class Results {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Measurement> measurements;

    Results(List<Measurement> measurements) {
        this.measurements = List.copyOf(measurements);
    }

    /** All that JMH wrote into a folder. */
    static Results in(Path folder) throws IOException {
        List<Measurement> measurements = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(file -> file.getFileName().toString().startsWith("jmh-"))
                    .sorted()
                    .toList()) {
                for (JsonNode result : JSON.readTree(file.toFile())) {
                    measurements.add(measurement(result));
                }
            }
        }
        return new Results(measurements);
    }

    private static Measurement measurement(JsonNode result) {
        String name = result.get("benchmark").asText();
        int method = name.lastIndexOf('.');
        Map<String, String> params = new LinkedHashMap<>();
        result.path("params")
                .properties()
                .forEach(param -> params.put(param.getKey(), param.getValue().asText()));
        JsonNode time = result.get("primaryMetric");
        return new Measurement(
                name.substring(name.lastIndexOf('.', method - 1) + 1, method),
                name.substring(method + 1),
                params,
                result.get("threads").asInt(),
                Runtime.Version.parse(result.get("jdkVersion").asText()).feature(),
                time.get("score").asDouble(),
                time.get("scoreError").asDouble(Double.NaN),
                result.get("secondaryMetrics")
                        .path("gc.alloc.rate.norm")
                        .path("score")
                        .asDouble(Double.NaN));
    }

    List<Measurement> all() {
        return measurements;
    }

    List<Integer> jdks() {
        return measurements.stream().map(Measurement::jdk).distinct().sorted().toList();
    }

    List<Measurement> of(String benchmark, int jdk, int threads) {
        return measurements.stream()
                .filter(m -> m.benchmark().equals(benchmark) && m.jdk() == jdk && m.threads() == threads)
                .toList();
    }

    /** One measurement; the parameters may be given in part. */
    Optional<Measurement> find(String benchmark, String method, Map<String, String> params, int jdk, int threads) {
        return of(benchmark, jdk, threads).stream()
                .filter(m -> m.method().equals(method) && m.params().entrySet().containsAll(params.entrySet()))
                .findFirst();
    }

    /** The unit: an uncontended add, or with more threads a contended one. */
    Optional<Measurement> add(int jdk, int threads) {
        return find("FloorBenchmark", "atomicAdd", Map.of(), jdk, threads);
    }
}
