package io.mesh.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.discovery.ServiceDiscovery;
import io.mesh.spring.autoconfigure.MeshRunner;
import io.mesh.spring.properties.MeshConfigMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/**
 * Every block of code in the documentation compiles, every block of configuration starts, every link leads
 * somewhere. A block that declares no class is compiled as the body of a method that may throw anything.
 */
class DocumentationTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    private static final Pattern DECLARES_A_TYPE = Pattern.compile("(?m)^(public |final )*(class|record|interface) ");

    private static final String IMPORTS = """
            import io.mesh.annotation.*; import io.mesh.circuitbreaker.*; import io.mesh.discovery.*;
            import io.mesh.event.*;
            import io.mesh.limit.*; import io.mesh.loadbalancer.*; import io.mesh.model.*; import io.mesh.policy.*; import io.mesh.proxy.*;
            import io.mesh.retry.*; import io.mesh.spring.inject.*; import io.mesh.time.*;
            import java.io.*; import java.time.*; import java.util.*; import java.util.concurrent.*;
            import java.util.function.Supplier; import org.springframework.stereotype.Component;
            import org.springframework.web.client.RestClient;
            """;

    /** What the examples call. */
    private static final String SURROUNDINGS = """
            interface Http { String get(String uri) throws IOException; }
            abstract class Block {
                Http http;
                abstract String charge(String order) throws IOException;
                abstract CompletableFuture<String> chargeAsync(String order);
                abstract String read(String what) throws IOException;
                abstract void audit(String what);
                void run() throws Exception {
                    %s
                }
            }
            """;

    private record Block(Path page, int number, String code) {

        @Override
        public String toString() {
            return page.getFileName() + ", block " + number;
        }
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            return Stream.concat(
                            Stream.of(ROOT.resolve("README.md")),
                            docs.filter(page -> page.toString().endsWith(".md")).sorted())
                    .toList();
        }
    }

    private static List<Block> blocks(String language) throws IOException {
        List<Block> blocks = new ArrayList<>();
        for (Path page : pages()) {
            int number = 0;
            for (MatchResult block :
                    BLOCK.matcher(Files.readString(page)).results().toList()) {
                number++;
                if (block.group(1).equals(language)) {
                    blocks.add(new Block(page, number, block.group(2)));
                }
            }
        }
        assertThat(blocks).isNotEmpty();
        return blocks;
    }

    static List<Block> code() throws IOException {
        return blocks("java");
    }

    static List<Block> configuration() throws IOException {
        return blocks("yaml");
    }

    @ParameterizedTest
    @MethodSource("code")
    void everyBlockOfCodeCompiles(Block block, @TempDir Path classes) {
        String source = IMPORTS
                + (DECLARES_A_TYPE.matcher(block.code).find() ? block.code : SURROUNDINGS.formatted(block.code));
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Documentation.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        StringWriter messages = new StringWriter();

        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        List.of("-proc:none", "-parameters", "-d", classes.toString(), "-classpath", classPath),
                        null,
                        List.of(file))
                .call();

        assertThat(compiled).as("%s%n%s", messages, source).isTrue();
    }

    @ParameterizedTest
    @MethodSource("configuration")
    void everyBlockOfConfigurationStarts(Block block) throws IOException {
        List<PropertySource<?>> sources = new YamlPropertySourceLoader()
                .load("documentation", new ByteArrayResource(block.code.getBytes(StandardCharsets.UTF_8)));

        MeshRunner.runner() // the pages tell of Spring Cloud, too, which is not here
                .withBean(
                        MeshConfigMapper.SPRING_CLOUD,
                        ServiceDiscovery.Factory.class,
                        () -> (service, config) -> ServiceDiscovery.fixed(List.of()))
                .withInitializer(context -> {
                    ConfigurableEnvironment environment = context.getEnvironment();
                    sources.forEach(environment.getPropertySources()::addFirst);
                })
                .run(context -> assertThat(context.getStartupFailure()).isNull());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyLinkToAPageLeadsSomewhere(Path page) throws IOException {
        List<String> links = LINK.matcher(Files.readString(page))
                .results()
                .map(link -> link.group(1))
                .toList();

        assertThat(links)
                .allSatisfy(link ->
                        assertThat(page.resolveSibling(link).normalize()).exists());
    }
}
