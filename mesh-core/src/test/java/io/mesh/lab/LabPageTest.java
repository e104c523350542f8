package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of the lab says what the experiments find; with {@code -Dlab.write} it is written anew. */
class LabPageTest {

    private static final Path FOLDER = Path.of("..", "docs", "lab");

    private static Map<String, String> files() {
        Page page = new Page().title("The lab").text("""
                        What does a mesh do to the traffic of a whole fleet? The lab finds out in virtual time: backends,
                        network and callers are simulated, what is between them is the product itself, its `Mesh`,
                        `ServiceProxy`, `LoadBalancer`, circuit breakers, retries and budgets. All runs on one thread from one
                        seed, so every figure here is exact and comes out again; each build repeats the experiments, asserts
                        what they promise and compares this page with what they find.""").text("""
                        Write this page anew, in about half a minute:""").text("""
                        ```sh
                        ./mvnw -pl mesh-core test -Dtest=LabPageTest -Dlab.write
                        ```""").text("""
                        One run is repeated against real HTTP servers and agrees, see
                        [Against real servers](#against-real-servers). Simulated time costs nothing: what Mesh itself takes is
                        measured in [Performance](../performance.md).""");
        BeyondRoundRobinTest.describe(page);
        RetryStormTest.describe(page);
        RandomErrorsTest.describe(page);
        HedgingTest.describe(page);
        RollingDeployTest.describe(page);
        ZoneLossTest.describe(page);
        RegistryLossTest.describe(page);
        LargeFleetTest.describe(page);
        RealServersTest.describe(page);
        return page.files();
    }

    @Test
    void thePageSaysWhatTheExperimentsFind() throws IOException {
        Map<String, String> files = files();
        if (System.getProperty("lab.write") != null) {
            write(files);
        }

        assertThat(namesIn(FOLDER)).containsExactlyInAnyOrderElementsOf(files.keySet());
        for (Map.Entry<String, String> file : files.entrySet()) {
            assertThat(Files.readString(FOLDER.resolve(file.getKey())).replace("\r\n", "\n"))
                    .as(
                            "%s; if the new figures are right: ./mvnw -pl mesh-core test -Dtest=LabPageTest -Dlab.write",
                            file.getKey())
                    .isEqualTo(file.getValue());
        }
    }

    private static void write(Map<String, String> files) throws IOException {
        Files.createDirectories(FOLDER);
        for (String name : namesIn(FOLDER)) {
            Files.delete(FOLDER.resolve(name));
        }
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(FOLDER.resolve(file.getKey()), file.getValue());
        }
    }

    private static Iterable<String> namesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
