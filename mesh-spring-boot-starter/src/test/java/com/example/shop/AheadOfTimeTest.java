package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplicationAotProcessor;
import org.springframework.context.aot.AbstractAotProcessor.Settings;

/** Does what the build plugin's process-aot does, and then starts what it has generated. */
class AheadOfTimeTest {

    @Test
    void anApplicationProcessedAheadOfTimeWorks(@TempDir Path directory) throws Exception {
        Path sources = directory.resolve("sources");
        Path classes = directory.resolve("classes");
        new SpringApplicationAotProcessor(
                        ShopApplication.class,
                        Settings.builder()
                                .sourceOutput(sources)
                                .resourceOutput(classes)
                                .classOutput(classes)
                                .groupId("com.example")
                                .artifactId("shop")
                                .build(),
                        new String[] {"--spring.main.web-application-type=none"})
                .process();
        compile(sources, classes);

        String output = run(classes, directory.resolve("output.txt"));

        assertThat(output)
                .contains("Starting AOT-processed ShopApplication")
                .contains("answer: localhost:8081")
                .contains("answer: 7 refused 3 times")
                .doesNotContain("Not applied");
    }

    private static void compile(Path sources, Path classes) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "-proc:none", "-nowarn", "-cp", classes + File.pathSeparator + classPath(), "-d", classes.toString()));
        try (Stream<Path> files = Files.walk(sources)) {
            files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
        }
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(new String[0]));
        assertThat(result).isZero();
    }

    private static String run(Path classes, Path output) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Dspring.aot.enabled=true",
                        "-Dspring.devtools.restart.enabled=false", // generated code has to share a class loader with
                        // Boot
                        "-cp",
                        classes + File.pathSeparator + classPath(),
                        ShopApplication.class.getName(),
                        "--spring.main.web-application-type=none")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(output);
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }
}
