package io.mesh.benchmarks.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The machine, as far as it explains figures. */
final class Machine {

    private static final Path CPU = Path.of("/proc/cpuinfo");

    private Machine() {}

    static String description(List<Integer> jdks) {
        return Runtime.getRuntime().availableProcessors() + " cores" + cpu() + ", " + System.getProperty("os.name")
                + " (" + System.getProperty("os.arch") + "), JDK "
                + jdks.stream().map(String::valueOf).collect(Collectors.joining(" and JDK "));
    }

    private static String cpu() {
        if (!Files.isReadable(CPU)) {
            return "";
        }
        try (Stream<String> lines = Files.lines(CPU)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> " of " + line.substring(line.indexOf(':') + 1).strip())
                    .orElse("");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
