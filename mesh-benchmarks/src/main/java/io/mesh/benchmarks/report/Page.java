package io.mesh.benchmarks.report;

import com.alibaba.csp.sentinel.SphU;
import com.linecorp.armeria.client.endpoint.EndpointGroup;
import com.twitter.finagle.loadbalancer.LoadBalancerFactory;
import dev.failsafe.Failsafe;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.grpc.util.MultiChildLoadBalancer;
import io.smallrye.faulttolerance.api.TypedGuard;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.springframework.boot.SpringApplication;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.core.retry.RetryTemplate;

/**
 * Writes {@code performance.md} and {@code performance.svg} from what was measured. The words stand in the resource
 * {@code performance.md}; the figures go to its places, such as {@code {{budgets}}}.
 */
public final class Page {

    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-zA-Z0-9:.-]+)}}");
    private static final String NOTHING = "Not measured.\n";

    private final Results results;
    private final Figures figures;
    private final LocalDate date;

    Page(Results results, Figures figures, LocalDate date) {
        this.results = results;
        this.figures = figures;
        this.date = date;
    }

    /** {@code <folder of results> <folder of the page>}. */
    public static void main(String[] arguments) throws IOException {
        Path from = Path.of(arguments[0]);
        Path to = Path.of(arguments[1]);
        Page page = new Page(Results.in(from), Figures.in(from), newest(from));
        try (InputStream template = Page.class.getResourceAsStream("/performance.md")) {
            byte[] words = Objects.requireNonNull(template, "performance.md").readAllBytes();
            Files.writeString(to.resolve("performance.md"), page.filled(new String(words, StandardCharsets.UTF_8)));
        }
        Files.writeString(to.resolve("performance.svg"), new Plot(page.results, page.jdk()).svg());
    }

    private static LocalDate newest(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            FileTime newest = FileTime.fromMillis(0);
            for (Path file : files.toList()) {
                FileTime time = Files.getLastModifiedTime(file);
                newest = time.compareTo(newest) > 0 ? time : newest;
            }
            return LocalDate.ofInstant(newest.toInstant(), ZoneOffset.UTC);
        }
    }

    private int jdk() {
        return results.jdks().stream().min(Comparator.naturalOrder()).orElse(0);
    }

    String filled(String template) {
        Matcher places = PLACE.matcher(template);
        return places.replaceAll(
                place -> Matcher.quoteReplacement(figuresFor(place.group(1)).stripTrailing()));
    }

    private String figuresFor(String place) {
        String[] parts = place.split(":", -1);
        return switch (parts[0]) {
            case "date" -> date.toString();
            case "machine" -> Machine.description(results.jdks());
            case "versions" -> versions();
            case "budgets" -> budgets();
            case "table" -> table(parts[1], parts[2]);
            case "figure" -> figure(parts[1]);
            case "load" -> load();
            case "turns" -> turns(parts[1]);
            default -> throw new IllegalArgumentException("No figures for {{" + place + "}}.");
        };
    }

    private String table(String benchmark, String reference) {
        boolean measured = results.all().stream().anyMatch(m -> m.benchmark().equals(benchmark));
        return measured ? new Table(results, benchmark, reference).markdown() : NOTHING;
    }

    private String figure(String name) {
        OptionalDouble value = figures.find(name);
        return value.isPresent() ? String.format(Locale.ROOT, "%,.0f", value.getAsDouble()) : "not measured";
    }

    /** The median of each contestant, and between which two values half of the rounds were. */
    private String turns(String rows) {
        Pattern contestant = Pattern.compile("turns\\.(" + rows + "-[a-z-]+)\\.(\\w+)\\.p50");
        Map<String, List<String>> table = new TreeMap<>();
        for (String name : figures.names()) {
            Matcher matcher = contestant.matcher(name);
            if (matcher.matches() && !matcher.group(2).equals("compared")) {
                table.computeIfAbsent(matcher.group(1), row -> new ArrayList<>())
                        .add(matcher.group(2));
            }
        }
        if (table.isEmpty()) {
            return NOTHING;
        }
        StringBuilder markdown = new StringBuilder("| | | median, ns | half of the rounds, ns |\n|---|---|---|---|\n");
        table.forEach((row, contestants) -> contestants.stream()
                .sorted(Comparator.comparingDouble(name -> turn(row, name, "p50")))
                .forEach(name -> markdown.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %s | %s to %s |%n",
                        row.substring(rows.length() + 1).replace('-', ' '),
                        Label.of(name),
                        Table.time(turn(row, name, "p50")),
                        Table.time(turn(row, name, "p25")),
                        Table.time(turn(row, name, "p75"))))));
        return markdown.toString();
    }

    private double turn(String row, String contestant, String quantile) {
        return figures.find("turns." + row + "." + contestant + "." + quantile).orElse(Double.NaN);
    }

    private String load() {
        StringBuilder table = new StringBuilder("| | requests/s | B/request | closed loop, µs: 50 % | 99 % | 99.9 % "
                + "| open loop at " + figure("load.open.rate") + "/s, µs: 50 % | 99 % | 99.9 % |\n"
                + "|---|---|---|---|---|---|---|---|---|\n");
        for (String client : List.of("bare", "mesh", "resilience4j")) {
            String cells = Stream.of(
                            "rate",
                            "bytes",
                            "closed.p50",
                            "closed.p99",
                            "closed.p999",
                            "open.p50",
                            "open.p99",
                            "open.p999")
                    .map(name -> figure("load." + client + "." + name))
                    .collect(Collectors.joining(" | "));
            String label =
                    client.equals("resilience4j") ? "Resilience4j + Spring Cloud LoadBalancer" : Label.of(client);
            table.append("| ").append(label).append(" | ").append(cells).append(" |\n");
        }
        return table.toString();
    }

    private String budgets() {
        List<Budget> budgets = Budgets.of(results, figures, jdk());
        return "| path | budget | limit | measured | B | |\n|---|---|---|---|---|---|\n"
                + budgets.stream()
                        .map(b -> String.format(
                                Locale.ROOT,
                                "| %s | %s | %s | %s | %s | %s |",
                                b.path(),
                                b.rule(),
                                Table.time(b.limit().value()),
                                Table.time(b.cost().value(), b.cost().error()),
                                Double.isNaN(b.bytes()) ? "" : String.format(Locale.ROOT, "%.0f", b.bytes()),
                                b.verdict()))
                        .collect(Collectors.joining("\n"));
    }

    /** The names of the jars say the versions. */
    private static String versions() {
        return Stream.of(
                        Benchmark.class,
                        CircuitBreaker.class,
                        Failsafe.class,
                        TypedGuard.class,
                        SphU.class,
                        RetryTemplate.class,
                        SpringApplication.class,
                        RoundRobinLoadBalancer.class,
                        EndpointGroup.class,
                        MultiChildLoadBalancer.class,
                        LoadBalancerFactory.class)
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
                .map(url -> Path.of(URI.create(url.toString())).getFileName().toString())
                .map(jar -> jar.replaceFirst("\\.jar$", ""))
                .collect(Collectors.joining(", "));
    }
}
