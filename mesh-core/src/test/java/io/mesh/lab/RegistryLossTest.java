package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.discovery.ServiceDiscovery;
import io.mesh.model.DiscoveryConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The registry is away for a minute, in which three of ten instances crash and three others are started. */
class RegistryLossTest {

    private static final int SECONDS = 120;
    private static final int GONE = 20;
    private static final int CRASH = 30;
    private static final int BACK = 80;
    private static final int PER_SECOND = 500;

    /**
     * What became of the calls.
     *
     * @param toTheDead calls that went to an instance that had crashed
     */
    private record Outcome(double success, long toTheDead, double newShare) {}

    /** Is asked every five seconds. While it is ill it knows of nobody at first, and then does not answer at all. */
    private record Registry(Simulation simulation, List<ServiceInstance> registered) implements ServiceDiscovery {

        @Override
        public void start(Listener listener) {
            simulation.every(Duration.ofSeconds(5), SECONDS, () -> {
                double now = simulation.seconds();
                if (now < GONE || now >= BACK) {
                    listener.found(List.copyOf(registered));
                } else if (now < CRASH) {
                    listener.found(List.of());
                } else {
                    listener.failed(new Failure("the registry is away"));
                }
            });
            listener.found(List.copyOf(registered));
        }

        @Override
        public void close() {}
    }

    private static final Runs<Map<LoadBalancerStrategy, Outcome>> OUTCOMES = Runs.ofEachStrategy(RegistryLossTest::run);

    private static Outcome run(LoadBalancerStrategy strategy) {
        Simulation simulation = new Simulation(13);
        Cluster cluster = new Cluster(simulation);
        Behaviour usual = Behaviour.normal(0.03, 0.003);
        List<ServiceInstance> all = cluster.add(10, usual);
        List<ServiceInstance> registered = new ArrayList<>(all);
        var proxy =
                Clients.mesh(simulation, (service, config) -> new Registry(simulation, registered), s -> s.discovery(
                                DiscoveryConfig.named("registry", "orders"))
                        .strategy(strategy));
        Load load = new Load(simulation, Clients.through(proxy, cluster)).poisson(PER_SECOND, SECONDS);
        simulation.at(CRASH, () -> {
            for (int i = 0; i < 3; i++) {
                cluster.backend("i" + i).stop();
                registered.set(i, cluster.add("new" + i, usual));
            }
        });
        simulation.run(SECONDS + 10);
        long dead = 0;
        long fresh = 0;
        for (int i = 0; i < 3; i++) {
            dead += cluster.backend("i" + i).received().between(CRASH, SECONDS);
            fresh += cluster.backend("new" + i).received().between(BACK + 2, SECONDS);
        }
        return new Outcome(load.success(), dead, (double) fresh / cluster.receivedBetween(BACK + 2, SECONDS));
    }

    @Test
    void theDeadGetNoCallsButTheFewThatEjectThemAndTrialsAndHardlyACallIsLost() {
        assertThat(OUTCOMES.get()).allSatisfy((strategy, outcome) -> {
            assertThat(outcome.success).as("%s", strategy).isGreaterThanOrEqualTo(0.9999);
            assertThat(outcome.toTheDead).as("%s", strategy).isLessThanOrEqualTo(3 * 8);
        });
    }

    @Test
    void theNewOnesGetTheirShareOnceTheRegistryAnswersAgain() {
        assertThat(OUTCOMES.get())
                .allSatisfy((strategy, outcome) ->
                        assertThat(outcome.newShare).as("%s", strategy).isBetween(0.27, 0.33));
    }

    static void describe(Page page) {
        Table table = new Table("strategy", "success", "calls to the dead", "share of the new ones afterwards");
        OUTCOMES.get()
                .forEach((strategy, outcome) -> table.row(
                        "`" + strategy + "`",
                        Table.percent(outcome.success),
                        Table.count(outcome.toTheDead),
                        Table.percent(outcome.newShare)));
        page.section("Registry loss").text("""
                        The registry says for ten seconds that there is nobody, and then nothing for fifty, so the list stays as it
                        was. Ten seconds into that, three of
                        ten instances crash, and three others are started that nobody hears of. 500 calls a second, defaults
                        without `retry`: what was refused goes to two other instances at most, so a call fails only if it
                        meets all three that are dead before their breakers have opened. Asserted: 99.99 % success; the dead
                        get no more than eight calls each in those fifty seconds, those that open the breaker and a few trials;
                        and the new ones have their 30 % as soon as the registry is back.""").table(table);
    }
}
