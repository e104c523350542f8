package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One of three zones no longer answers for half a minute: packets are lost, so each call to it hangs. */
class ZoneLossTest {

    private static final int SECONDS = 110;
    private static final int LOST = 20;
    private static final int BACK = 50;
    private static final int PER_SECOND = 500;

    /**
     * What became of the calls.
     *
     * @param settled success from the third second of the loss on
     * @param shed seconds from the loss until the zone gets less than 1 % of the calls
     * @param refilled seconds from its return until it gets more than half of its share
     */
    private record Outcome(double success, double whileLost, double settled, int shed, int refilled) {}

    private static final Runs<Map<LoadBalancerStrategy, Outcome>> OUTCOMES = Runs.ofEachStrategy(ZoneLossTest::run);

    private static Outcome run(LoadBalancerStrategy strategy) {
        Simulation simulation = new Simulation(11);
        Cluster cluster = new Cluster(simulation);
        Behaviour usual = Behaviour.normal(0.03, 0.003);
        List<ServiceInstance> all = cluster.add(12, usual);
        for (int i = 0; i < 4; i++) {
            cluster.backend("i" + i).behave(usual.butBetween(LOST, BACK, Behaviour.steady(600)));
        }
        var retry = RetryConfig.builder().attemptTimeout(Duration.ofMillis(500)).build();
        var proxy = Clients.mesh(
                simulation, s -> s.instances(all).strategy(strategy).retry(retry));
        Load load = new Load(simulation, Clients.through(proxy, cluster)).poisson(PER_SECOND, SECONDS);
        simulation.run(SECONDS + 10);
        int shed = LOST;
        while (shareOfZone(cluster, shed) >= 0.01) {
            shed++;
        }
        int refilled = BACK;
        while (refilled < SECONDS && shareOfZone(cluster, refilled) <= 1.0 / 6) {
            refilled++;
        }
        return new Outcome(
                load.success(),
                load.successBetween(LOST, BACK),
                load.successBetween(LOST + 3, BACK),
                shed - LOST,
                refilled - BACK);
    }

    private static double shareOfZone(Cluster cluster, int second) {
        long zone = 0;
        for (int i = 0; i < 4; i++) {
            zone += cluster.backend("i" + i).received().in(second);
        }
        return (double) zone / cluster.receivedBetween(second, second + 1);
    }

    @Test
    void theZoneIsLeftWithinThreeSecondsAndTakenBackWithinTheOpenTimeAndTwoSeconds() {
        assertThat(OUTCOMES.get()).allSatisfy((strategy, outcome) -> {
            assertThat(outcome.shed).as("%s", strategy).isLessThanOrEqualTo(3);
            assertThat(outcome.refilled).as("%s", strategy).isLessThanOrEqualTo(32);
        });
    }

    @Test
    void hardlyACallIsLost() {
        assertThat(OUTCOMES.get()).allSatisfy((strategy, outcome) -> {
            assertThat(outcome.success).as("%s", strategy).isGreaterThanOrEqualTo(0.999);
            assertThat(outcome.settled).as("%s", strategy).isGreaterThanOrEqualTo(0.9999);
        });
    }

    static void describe(Page page) {
        Table table = new Table("strategy", "success", "while lost", "left after", "taken back after");
        OUTCOMES.get()
                .forEach((strategy, outcome) -> table.row(
                        "`" + strategy + "`",
                        Table.percent(outcome.success),
                        Table.percent(outcome.whileLost),
                        outcome.shed + " s",
                        outcome.refilled + " s"));
        page.section("Zone loss").text("""
                        One of three zones, four of twelve instances, is cut off for half a minute: whoever calls it waits and
                        hears nothing. 500 calls a second, defaults with `retry: {attempt-timeout: 500ms}`. Left means that
                        the zone gets less than 1 % of the calls of a second, taken back that it gets half of its share; an
                        open breaker waits 30 s. Asserted: left within 3 s, taken back within 32 s, 99.9 % success over all
                        and 99.99 % from the third second of the loss on.""").table(table);
    }
}
