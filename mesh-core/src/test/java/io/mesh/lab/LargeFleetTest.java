package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Ten thousand instances, of which a thousand a minute are replaced; the list is renewed every five seconds. */
class LargeFleetTest {

    private static final int INSTANCES = 10_000;
    private static final int CHURN_A_MINUTE = INSTANCES / 10;
    private static final int SECONDS = 60;
    private static final int PER_SECOND = 1_000;

    /**
     * What became of the calls.
     *
     * @param toTheGone calls that went to an instance that was no longer there
     * @param most calls that any instance received
     */
    private record Outcome(double success, long toTheGone, long most, int known) {}

    private static final Runs<Map<LoadBalancerStrategy, Outcome>> OUTCOMES = Runs.ofEachStrategy(LargeFleetTest::run);

    private static Outcome run(LoadBalancerStrategy strategy) {
        Simulation simulation = new Simulation(17);
        Cluster cluster = new Cluster(simulation);
        Behaviour usual = Behaviour.normal(0.03, 0.003);
        List<ServiceInstance> all = cluster.add(INSTANCES, usual);
        List<ServiceInstance> registered = new ArrayList<>(all);
        var proxy = Clients.mesh(simulation, s -> s.instances(all).strategy(strategy));
        long[] toTheGone = new long[1];
        Network counted = instance -> {
            if (cluster.backend(instance.id()).isStopped()) {
                toTheGone[0]++;
            }
            return cluster.send(instance);
        };
        Load load = new Load(simulation, Clients.through(proxy, counted)).poisson(PER_SECOND, SECONDS);
        RandomGenerator random = simulation.random("churn");
        int[] started = new int[1];
        simulation.every(Duration.ofMinutes(1).dividedBy(CHURN_A_MINUTE), SECONDS, () -> {
            int index = random.nextInt(INSTANCES);
            cluster.backend(registered.get(index).id()).stop();
            registered.set(index, cluster.add("new" + started[0]++, usual));
        });
        simulation.every(
                Duration.ofSeconds(5), SECONDS, () -> proxy.loadBalancer().replace(List.copyOf(registered)));
        simulation.run(SECONDS + 10);
        long most = cluster.backends().values().stream()
                .mapToLong(backend -> backend.received().total())
                .max()
                .orElseThrow();
        return new Outcome(
                load.success(),
                toTheGone[0],
                most,
                proxy.loadBalancer().instances().size());
    }

    @Test
    void noCallIsLostAndFewGoToWhatIsGone() {
        assertThat(OUTCOMES.get()).allSatisfy((strategy, outcome) -> {
            assertThat(outcome.success).as("%s", strategy).isEqualTo(1);
            assertThat(outcome.toTheGone).as("%s", strategy).isLessThan(600);
            assertThat(outcome.known).isEqualTo(INSTANCES);
        });
    }

    static void describe(Page page) {
        Table table = new Table("strategy", "success", "calls to the gone", "most calls of an instance, 6 on average");
        OUTCOMES.get()
                .forEach((strategy, outcome) -> table.row(
                        "`" + strategy + "`",
                        Table.percent(outcome.success),
                        Table.count(outcome.toTheGone),
                        Table.count(outcome.most)));
        page.section("A large fleet").text("""
                        Ten thousand instances, of which a thousand a minute are replaced at random; the list is renewed every
                        five seconds, so on average 42 of those it names are gone. 1,000 calls a second for a minute, defaults
                        without `retry`. Asserted: no call fails, and fewer than 1 % meet an instance that is gone.""").table(table);
    }
}
