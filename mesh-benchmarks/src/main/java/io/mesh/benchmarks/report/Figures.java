package io.mesh.benchmarks.report;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What was measured otherwise than by JMH: values by name, such as {@code heap.instance} in bytes. */
public final class Figures {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Double> values;

    Figures(Map<String, Double> values) {
        this.values = Map.copyOf(values);
    }

    /** All that was written into a folder. */
    static Figures in(Path folder) throws IOException {
        Map<String, Double> values = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(file -> file.getFileName().toString().startsWith("figures-"))
                    .sorted()
                    .toList()) {
                values.putAll(JSON.readValue(file.toFile(), new TypeReference<Map<String, Double>>() {}));
            }
        }
        return new Figures(values);
    }

    /** Writes values into a folder, for the page to read. */
    public static void write(Path folder, String name, Map<String, Double> values) throws IOException {
        Files.createDirectories(folder);
        JSON.writerWithDefaultPrettyPrinter()
                .writeValue(folder.resolve("figures-" + name + ".json").toFile(), new TreeMap<>(values));
    }

    Set<String> names() {
        return values.keySet();
    }

    OptionalDouble find(String name) {
        Double value = values.get(name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
