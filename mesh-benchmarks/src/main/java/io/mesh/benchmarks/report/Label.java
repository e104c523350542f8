package io.mesh.benchmarks.report;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The names of benchmarks as people write them: {@code finaglePeakEwma} is "Finagle, peak ewma". */
final class Label {

    private static final String WORDS = "(?<=[a-z0-9])(?=[A-Z])";

    private static final Map<String, String> LIBRARIES = Map.ofEntries(
            Map.entry("bare", "bare call"),
            Map.entry("floor", "floor"),
            Map.entry("mesh", "Mesh"),
            Map.entry("resilience4j", "Resilience4j"),
            Map.entry("failsafe", "Failsafe"),
            Map.entry("smallRye", "SmallRye"),
            Map.entry("sentinel", "Sentinel"),
            Map.entry("springCloud", "Spring Cloud LoadBalancer"),
            Map.entry("spring", "Spring"),
            Map.entry("armeria", "Armeria"),
            Map.entry("grpc", "gRPC"),
            Map.entry("finagle", "Finagle"));

    private Label() {}

    static String of(Measurement measurement) {
        return of(measurement.method())
                + measurement.params().entrySet().stream()
                        .map(param -> ", " + param.getKey() + " " + param.getValue())
                        .collect(Collectors.joining());
    }

    static String of(String method) {
        return Stream.of(method.split("And(?=[A-Z])", -1)).map(Label::part).collect(Collectors.joining(" + "));
    }

    private static String part(String method) {
        String name = method.substring(0, 1).toLowerCase(Locale.ROOT) + method.substring(1);
        String library = LIBRARIES.keySet().stream()
                .filter(name::startsWith)
                .max((a, b) -> Integer.compare(a.length(), b.length()))
                .orElse("");
        String rest = String.join(" ", name.substring(library.length()).split(WORDS))
                .toLowerCase(Locale.ROOT)
                .strip();
        return Stream.of(LIBRARIES.getOrDefault(library, ""), rest)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining(", "));
    }
}
