package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ZoneConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
     * @param before which share the zone had of the calls
     * @param settled success from the third second of the loss on
     * @param shed seconds from the loss until the zone gets less than 1 % of the calls
     * @param refilled seconds from its return until it gets more than half of that share
     */
    private record Outcome(double before, double success, double whileLost, double settled, int shed, int refilled) {}

    private static final Runs<Map<LoadBalancerStrategy, Outcome>> OUTCOMES =
            Runs.ofEachStrategy(strategy -> run(strategy, null));

    /** With the client in the zone that is lost. */
    private static final Runs<Map<LoadBalancerStrategy, Outcome>> OF_ITS_OWN =
            Runs.ofEachStrategy(strategy -> run(strategy, ZoneConfig.of("zone0")));

    private static Outcome run(LoadBalancerStrategy strategy, @Nullable ZoneConfig zone) {
        Simulation simulation = new Simulation(11);
        Cluster cluster = new Cluster(simulation);
        Behaviour usual = Behaviour.normal(0.03, 0.003);
        List<ServiceInstance> all = new ArrayList<>();
        for (ServiceInstance instance : cluster.add(12, usual)) {
            all.add(instance.withMetadata(Map.of("zone", "zone" + all.size() / 4)));
        }
        for (int i = 0; i < 4; i++) {
            cluster.backend("i" + i).behave(usual.butBetween(LOST, BACK, Behaviour.steady(600)));
        }
        var retry = RetryConfig.builder().attemptTimeout(Duration.ofMillis(500)).build();
        var proxy = Clients.mesh(simulation, s -> s.instances(all)
                .loadBalancer(LoadBalancerConfig.builder()
                        .strategy(strategy)
                        .zone(zone)
                        .build())
                .retry(retry));
        Load load = new Load(simulation, Clients.through(proxy, cluster)).poisson(PER_SECOND, SECONDS);
        simulation.run(SECONDS + 10);
        double before = shareOfZone(cluster, LOST - 1);
        int shed = LOST;
        while (shareOfZone(cluster, shed) >= 0.01) {
            shed++;
        }
        int refilled = BACK;
        while (refilled < SECONDS && shareOfZone(cluster, refilled) <= before / 2) {
            refilled++;
        }
        return new Outcome(
                before,
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

    @Test
    void aClientWhoseOwnZoneIsLostCallsTheOthersAndComesBack() {
        assertThat(OF_ITS_OWN.get()).allSatisfy((strategy, outcome) -> {
            assertThat(outcome.before).as("%s", strategy).isEqualTo(1);
            assertThat(outcome.shed).as("%s", strategy).isLessThanOrEqualTo(3);
            assertThat(outcome.refilled).as("%s", strategy).isLessThanOrEqualTo(32);
            assertThat(outcome.success).as("%s", strategy).isGreaterThanOrEqualTo(0.999);
            assertThat(outcome.settled).as("%s", strategy).isGreaterThanOrEqualTo(0.9999);
        });
    }

    private static Table table(Map<LoadBalancerStrategy, Outcome> outcomes) {
        Table table = new Table("strategy", "success", "while lost", "left after", "taken back after");
        outcomes.forEach((strategy, outcome) -> table.row(
                "`" + strategy + "`",
                Table.percent(outcome.success),
                Table.percent(outcome.whileLost),
                outcome.shed + " s",
                outcome.refilled + " s"));
        return table;
    }

    static void describe(Page page) {
        page.section("Zone loss")
                .text("""
                        One of three zones, four of twelve instances, is cut off for half a minute: whoever calls it waits and
                        hears nothing. 500 calls a second, defaults with `retry: {attempt-timeout: 500ms}`. Left means that
                        the zone gets less than 1 % of the calls of a second, taken back that it gets half of its share; an
                        open breaker waits 30 s. Asserted: left within 3 s, taken back within 32 s, 99.9 % success over all
                        and 99.99 % from the third second of the loss on.""")
                .table(table(OUTCOMES.get()))
                .text("""
                        The same for a client in that zone which keeps its calls there (`zone`), all of them before the loss;
                        the same is asserted.""")
                .table(table(OF_ITS_OWN.get()));
    }
}
