package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.HedgeConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One answer in a hundred takes a second: "The Tail at Scale" (Dean and Barroso, 2013). */
class HedgingTest {

    private static final double SECONDS = 120;
    private static final double PER_SECOND = 500;

    private record Outcome(double p50, double p99, double p999, double slow, double extraLoad) {

        /** How many pages that need a hundred answers take longer than 100 ms. */
        double slowPages() {
            return 1 - StrictMath.pow(1 - slow, 100);
        }
    }

    private static final Outcome NONE = run(null);
    private static final Outcome AFTER_10_MS =
            run(HedgeConfig.builder().delay(Duration.ofMillis(10)).build());
    private static final Outcome DEFAULTS = run(HedgeConfig.defaults());
    private static final Outcome P98_2_PERCENT =
            run(HedgeConfig.builder().percentile(98).maxExtraLoad(2).build());
    private static final Outcome P98_HALF_PERCENT =
            run(HedgeConfig.builder().percentile(98).maxExtraLoad(0.5).build());

    private static Outcome run(@Nullable HedgeConfig hedge) {
        Simulation simulation = new Simulation(3);
        Cluster cluster = new Cluster(simulation);
        Behaviour usual = Behaviour.normal(0.005, 0.001);
        Behaviour behaviour =
                (at, random) -> (random.nextInt(100) == 0 ? Behaviour.steady(1) : usual).answer(at, random);
        List<ServiceInstance> all = cluster.add(10, behaviour);
        var proxy = Clients.mesh(simulation, s -> s.instances(all)
                .strategy(LoadBalancerStrategy.LEAST_CONNECTIONS)
                .hedge(hedge));
        Load load = new Load(simulation, Clients.through(proxy, cluster))
                .within(Duration.ofMillis(100))
                .poisson(PER_SECOND, SECONDS);
        simulation.run(SECONDS + 10);
        return new Outcome(
                load.percentile(0.5),
                load.percentile(0.99),
                load.percentile(0.999),
                1 - load.success(),
                (double) cluster.received() / load.calls() - 1);
    }

    @Test
    void aHedgeAfterTenMillisecondsTakesTheTailAway() {
        assertThat(NONE.p999).isGreaterThanOrEqualTo(1);
        assertThat(AFTER_10_MS.p999).isLessThan(0.074);
        assertThat(AFTER_10_MS.extraLoad).isLessThan(0.02);
    }

    @Test
    void aHedgeAfterAPercentileOfTheServicesOwnLatenciesTakesTheTailAwayToo() {
        assertThat(DEFAULTS.p999).isLessThan(0.074);
        assertThat(P98_2_PERCENT.p999).isLessThan(0.074);
    }

    @Test
    void theExtraLoadStaysWithinWhatIsConfiguredAndATenthOfThat() {
        assertThat(DEFAULTS.extraLoad).isLessThanOrEqualTo(0.05 * 1.1);
        assertThat(P98_2_PERCENT.extraLoad).isLessThanOrEqualTo(0.02 * 1.1);
        assertThat(P98_HALF_PERCENT.extraLoad).isLessThanOrEqualTo(0.005 * 1.1);
    }

    static void describe(Page page) {
        Table table = new Table("hedge", "p50", "p99", "p99.9", "slow pages", "extra load");
        row(table, "none", NONE);
        row(table, "after 10 ms", AFTER_10_MS);
        row(table, "defaults: after p95, at most 5 %", DEFAULTS);
        row(table, "after p98, at most 2 %", P98_2_PERCENT);
        row(table, "after p98, at most 0.5 %", P98_HALF_PERCENT);
        page.section("Hedging").text("""
                        Ten instances answer in 5 ms, but one answer in a hundred takes a second, as in "The Tail at Scale"
                        (Dean and Barroso, 2013: a hedge after 10 ms took p99.9 from 1,800 to 74 ms with 2 % more requests).
                        500 calls a second for two minutes. A slow page is one that needs a hundred such answers and takes
                        longer than 100 ms. Asserted: with hedges p99.9 is below 74 ms, and the extra load is at most what is
                        configured and a tenth of that; where that is less than what is slow, the rest stays slow.""").table(table);
    }

    private static void row(Table table, String name, Outcome outcome) {
        table.row(
                name,
                Table.millis(outcome.p50),
                Table.millis(outcome.p99),
                Table.millis(outcome.p999),
                Table.percent(outcome.slowPages()),
                Table.percent(outcome.extraLoad));
    }
}
