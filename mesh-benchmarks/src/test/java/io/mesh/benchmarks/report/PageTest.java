package io.mesh.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PageTest {

    private static final Measurement ADD = measured("FloorBenchmark", "atomicAdd", 2.0, 0.1, 0);
    private static final Measurement BARE = measured("BreakerClosedBenchmark", "bare", 0.4, 0.1, 0);
    private static final Measurement PEER = measured("BreakerClosedBenchmark", "resilience4jLockFree", 40.0, 2.0, 208);

    @Test
    void aBudgetIsMetUpToItsLimit() {
        assertThat(budgets(mesh(4.4, 0.1, 0))).contains("| met |");
    }

    @Test
    void aBudgetIsMissedBeyondItsLimitAndTheError() {
        assertThat(budgets(mesh(6.0, 0.1, 0))).contains("| **missed** |");
    }

    @Test
    void aBudgetIsNeitherMetNorMissedWithinTheError() {
        assertThat(budgets(mesh(5.0, 0.8, 0))).contains("| within the error |");
    }

    @Test
    void anErrorTooLargeIsNoExcuse() {
        assertThat(budgets(mesh(6.0, 3.0, 0))).contains("| too noisy to tell |");
        assertThat(budgets(mesh(4.0, 3.0, 0))).contains("| too noisy to tell |");
    }

    @Test
    void aBudgetWhoseBenchmarkFailedIsShownAsNotMeasured() {
        assertThat(budgets(BARE)).contains("| not measured |");
        assertThat(filled("{{budgets}}", BARE).lines().filter(line -> line.contains("| not measured |")))
                .hasSizeGreaterThan(20);
    }

    @Test
    void aPeerThatCountsIsComparedWithOursThatIsCounted() {
        Results results = new Results(List.of(
                ADD,
                measured("PickBenchmark", "meshRoundRobin", 4.0, 0.1, 0),
                measured("PickBenchmark", "meshRoundRobinCounted", 10.0, 0.1, 0),
                measured("PickBenchmark", "grpcRoundRobin", 8.0, 0.1, 0),
                measured("PickBenchmark", "finagleRoundRobin", 30.0, 0.1, 0)));

        String table = new Page(results, new Figures(Map.of()), LocalDate.of(2026, 11, 24))
                .filled("{{table:PickBenchmark:meshRoundRobin}}");

        assertThat(table).contains("| gRPC, round robin | 8.0 ± 0.1 | 0 | 4.0 | 2.0 |");
        assertThat(table).contains("| Finagle, round robin | 30.0 ± 0.1 | 0 | 15.0 | 3.0 |");
    }

    @Test
    void whatAllocatesMissesItsBudgetHoweverFastItIs() {
        assertThat(budgets(mesh(1.0, 0.1, 24))).contains("allocates");
    }

    @Test
    void peersAreComparedWithMeshAndWithTheUnit() {
        String table = filled("{{table:BreakerClosedBenchmark:mesh}}", mesh(4.0, 0.1, 0));

        assertThat(table.lines().toList())
                .containsExactly(
                        "|  | JDK 17, 1 thread, ns | B | adds | × Mesh |",
                        "|---|---|---|---|---|",
                        "| bare call | 0.4 ± 0.1 | 0 | 0.2 |  |",
                        "| Mesh | 4.0 ± 0.1 | 0 | 2.0 |  |",
                        "| Resilience4j, lock free | 40.0 ± 2.0 | 208 | 20.0 | 10.0 |");
    }

    @Test
    void whatWasNotMeasuredIsSaid() {
        assertThat(filled("{{table:PickBenchmark:mesh}}\n{{figure:start.added}}", BARE))
                .isEqualTo("Not measured.\nnot measured");
    }

    @Test
    void namesAreWrittenAsPeopleWriteThem() {
        assertThat(List.of("bare", "meshRoundRobin", "resilience4jAndSpringCloudCached", "finaglePeakEwma"))
                .extracting(Label::of)
                .containsExactly(
                        "bare call",
                        "Mesh, round robin",
                        "Resilience4j + Spring Cloud LoadBalancer, cached",
                        "Finagle, peak ewma");
    }

    @Test
    void whatTookTurnsIsShownFromTheFastestOn() {
        assertThat(filled("{{turns:call}}", turns())).endsWith("""
                        | round robin | floor, calls in flight | 25.0 | 20.0 to 30.0 |
                        | round robin | Mesh | 80.0 | 70.0 to 90.0 |
                        | round robin | SmallRye + Armeria | 480 | 470 to 490 |""");
        assertThat(filled("{{turns:bean}}", turns())).isEqualTo("Not measured.");
    }

    @Test
    void aBudgetOfWhatTookTurnsIsHeldToTheMedianOfTheRounds() {
        assertThat(filled("{{budgets}}", turns()))
                .contains(
                        "| Whole call, two threads, round robin, % of the best peer | ≤ a third | 33.3 | 17.0 ± 0.5 |");
    }

    private static Figures turns() {
        Map<String, Double> values = new HashMap<>();
        Map.of("mesh", 80.0, "floorCallsInFlight", 25.0, "smallRyeAndArmeria", 480.0)
                .forEach((name, median) -> {
                    double half = name.startsWith("floor") ? 5 : 10;
                    values.put("turns.call-round-robin." + name + ".p25", median - half);
                    values.put("turns.call-round-robin." + name + ".p50", median);
                    values.put("turns.call-round-robin." + name + ".p75", median + half);
                });
        values.put("turns.call-round-robin.compared.low", 16.5);
        values.put("turns.call-round-robin.compared.p50", 17.0);
        values.put("turns.call-round-robin.compared.high", 17.5);
        return new Figures(values);
    }

    private static String filled(String template, Figures figures) {
        return new Page(new Results(List.of(ADD)), figures, LocalDate.of(2026, 11, 24)).filled(template);
    }

    private static String budgets(Measurement mesh) {
        return filled("{{budgets}}", mesh)
                .lines()
                .filter(line -> line.startsWith("| Breaker closed, success |"))
                .findFirst()
                .orElseThrow();
    }

    private static String filled(String template, Measurement mesh) {
        Results results = new Results(List.of(ADD, BARE, mesh, PEER));
        return new Page(results, new Figures(Map.of()), LocalDate.of(2026, 11, 24)).filled(template);
    }

    private static Measurement mesh(double nanos, double error, double bytes) {
        return measured("BreakerClosedBenchmark", "mesh", nanos, error, bytes);
    }

    private static Measurement measured(String benchmark, String method, double nanos, double error, double bytes) {
        return new Measurement(benchmark, method, Map.of(), 1, 17, nanos, error, bytes);
    }
}
