package io.mesh.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The main figures as bars on a logarithmic scale. The colours are of a middle lightness, since the page behind may be
 * light or dark.
 */
final class Plot {

    private static final int WIDTH = 860;
    private static final int LEFT = 300;
    private static final int RIGHT = 80;
    private static final int ROW = 18;
    private static final int GROUP = 34;
    private static final int HEAD = 20;
    private static final int FOOT = 40;
    private static final double LEAST = 0.1;

    private static final String INK = "#7d8590";
    private static final String MESH = "#2f81f7";
    private static final String FLOOR = "#57ab5a";
    private static final String PEER = "#a1887f";

    private record Group(String title, String benchmark, Map<String, String> params, List<String> methods) {}

    private static final List<Group> GROUPS = List.of(
            new Group(
                    "Circuit breaker closed, the call succeeds",
                    "BreakerClosedBenchmark",
                    Map.of(),
                    List.of("bare", "mesh", "failsafePermit", "resilience4j", "smallRye", "failsafe", "sentinel")),
            new Group(
                    "Circuit breaker open, the call is rejected",
                    "BreakerOpenBenchmark",
                    Map.of("deeper", "0"),
                    List.of(
                            "floorException",
                            "mesh",
                            "resilience4jStackless",
                            "resilience4j",
                            "failsafe",
                            "smallRye",
                            "sentinel")),
            new Group(
                    "Retry, the first attempt succeeds",
                    "RetryBenchmark",
                    Map.of(),
                    List.of("bare", "mesh", "resilience4j", "springTemplateInvoke", "failsafe", "smallRye")),
            new Group(
                    "Pick one of 10,000 instances",
                    "PickBenchmark",
                    Map.of("count", "10000"),
                    List.of(
                            "floorRoundRobin",
                            "meshRoundRobin",
                            "meshWeighted",
                            "grpcRoundRobin",
                            "armeriaWeighted",
                            "springCloudRoundRobin",
                            "springCloudClient")),
            new Group(
                    "The same, counted as one more in flight and given back",
                    "PickBenchmark",
                    Map.of("count", "10000"),
                    List.of(
                            "meshRoundRobinCounted",
                            "meshLeastConnectionsCounted",
                            "finagleRoundRobin",
                            "finagleTwoChoices",
                            "finagleHeap")),
            new Group(
                    "Whole call of one of three instances: pick, breaker, retry",
                    "WholeCallBenchmark",
                    Map.of(),
                    List.of(
                            "bare",
                            "meshRoundRobin",
                            "meshLeastConnections",
                            "failsafeAndArmeria",
                            "resilience4jAndSpringCloud",
                            "smallRyeAndArmeria")),
            new Group(
                    "Spring bean, the method is annotated",
                    "AnnotatedBeanBenchmark",
                    Map.of(),
                    List.of(
                            "floorInterceptor",
                            "meshRetry",
                            "springRetryable",
                            "resilience4jRetry",
                            "meshBoth",
                            "resilience4jBoth")));

    private final Results results;
    private final int jdk;

    Plot(Results results, int jdk) {
        this.results = results;
        this.jdk = jdk;
    }

    String svg() {
        double most = GROUPS.stream()
                .flatMap(group -> bars(group).stream())
                .mapToDouble(Measurement::nanos)
                .max()
                .orElse(1);
        int decades = (int) Math.ceil(Math.log10(most / LEAST));
        StringBuilder body = new StringBuilder();
        body.append(
                text(WIDTH - 4, HEAD - 2, "end", "normal", "ns a call, one thread, JDK " + jdk + "; less is better"));
        int y = HEAD;
        for (Group group : GROUPS) {
            List<Measurement> bars = bars(group);
            if (bars.isEmpty()) {
                continue;
            }
            body.append(text(LEFT, y + GROUP - 12, "start", "bold", group.title()));
            y += GROUP;
            for (Measurement bar : bars) {
                body.append(bar(bar, y, decades));
                y += ROW;
            }
        }
        return head(y + FOOT) + axis(y, decades) + body + "</svg>\n";
    }

    private List<Measurement> bars(Group group) {
        List<Measurement> bars = new ArrayList<>();
        for (String method : group.methods()) {
            Optional<Measurement> found = results.find(group.benchmark(), method, group.params(), jdk, 1);
            found.ifPresent(bars::add);
        }
        return bars;
    }

    private static String head(int height) {
        return String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" role="img" \
                font-family="system-ui, sans-serif" font-size="12">
                <title>What a call costs in Mesh and in its peers, in nanoseconds, on a logarithmic scale</title>
                """, WIDTH, height, WIDTH);
    }

    private static String axis(int bottom, int decades) {
        StringBuilder axis = new StringBuilder();
        for (int decade = 0; decade <= decades; decade++) {
            double nanos = LEAST * Math.pow(10, decade);
            int x = x(nanos, decades);
            axis.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-opacity=\"0.3\"/>%n",
                    x,
                    HEAD + 4,
                    x,
                    bottom + 6,
                    INK));
            axis.append(text(
                    x,
                    bottom + 22,
                    "middle",
                    "normal",
                    nanos < 1 ? "0.1" : String.format(Locale.ROOT, "%,.0f", nanos)));
        }
        return axis + text(WIDTH - 4, bottom + 22, "end", "normal", "ns");
    }

    private static String bar(Measurement bar, int y, int decades) {
        String colour = bar.isMesh() ? MESH : bar.isFloor() ? FLOOR : PEER;
        int end = Math.max(LEFT + 2, x(bar.nanos(), decades));
        String weight = bar.isMesh() ? "bold" : "normal";
        return text(LEFT - 8, y + 12, "end", weight, Label.of(bar.method()))
                + String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" rx=\"2\" fill=\"%s\"/>%n",
                        LEFT,
                        y + 2,
                        end - LEFT,
                        colour)
                + text(end + 5, y + 12, "start", weight, Table.time(bar.nanos()));
    }

    private static int x(double nanos, int decades) {
        double share = Math.log10(Math.max(nanos, LEAST) / LEAST) / decades;
        return LEFT + (int) Math.round(share * (WIDTH - LEFT - RIGHT));
    }

    private static String text(int x, int y, String anchor, String weight, String text) {
        return String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" font-weight=\"%s\" fill=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                weight,
                INK,
                text);
    }
}
