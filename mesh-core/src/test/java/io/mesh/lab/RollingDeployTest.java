package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import io.mesh.proxy.ServiceProxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Ten instances are replaced one after the other while five clients call; each hears of it half a second late. */
class RollingDeployTest {

    private static final int CLIENTS = 5;
    private static final int INSTANCES = 10;
    private static final int SECONDS = 70;
    private static final double PER_SECOND = 200; // of each client
    private static final double STEP = 6;

    /** @param mostOfShare the highest load of an instance in any second, as a multiple of a fair share */
    private record Outcome(double success, double mostOfShare) {}

    private static final Runs<Map<LoadBalancerStrategy, Outcome>> OUTCOMES =
            Runs.ofEachStrategy(RollingDeployTest::run);

    private static Outcome run(LoadBalancerStrategy strategy) {
        Simulation simulation = new Simulation(5);
        Cluster cluster = new Cluster(simulation);
        Behaviour behaviour = Behaviour.normal(0.02, 0.002);
        List<ServiceInstance> list = new ArrayList<>(cluster.add(INSTANCES, behaviour));
        List<ServiceProxy> clients = new ArrayList<>();
        List<Load> loads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            List<ServiceInstance> atStart = List.copyOf(list);
            ServiceProxy proxy = Clients.mesh(
                    simulation, "mesh" + i, s -> s.instances(atStart).strategy(strategy));
            clients.add(proxy);
            loads.add(
                    new Load(simulation, Clients.through(proxy, cluster), "arrivals" + i).poisson(PER_SECOND, SECONDS));
        }
        for (int i = 0; i < INSTANCES; i++) {
            int index = i;
            simulation.at(STEP * (i + 1), () -> {
                cluster.backend("i" + index).stop();
                list.set(index, cluster.add("new" + index, behaviour));
                List<ServiceInstance> now = List.copyOf(list);
                for (ServiceProxy client : clients) {
                    simulation.schedule(() -> client.loadBalancer().replace(now), Simulation.nanos(0.5));
                }
            });
        }
        simulation.run(SECONDS + 10);
        double succeeded =
                loads.stream().mapToLong(load -> load.succeeded().total()).sum();
        double calls = loads.stream().mapToLong(Load::calls).sum();
        return new Outcome(succeeded / calls, mostOfShare(cluster));
    }

    private static double mostOfShare(Cluster cluster) {
        double fair = CLIENTS * PER_SECOND / INSTANCES;
        double most = 0;
        for (Backend backend : cluster.backends().values()) {
            for (int second = 0; second < SECONDS; second++) {
                most = Math.max(most, backend.received().in(second) / fair);
            }
        }
        return most;
    }

    @Test
    void noInstanceGetsMoreThanTwiceItsShareInAnySecond() {
        assertThat(OUTCOMES.get())
                .allSatisfy((strategy, outcome) ->
                        assertThat(outcome.mostOfShare).as("%s", strategy).isLessThanOrEqualTo(2));
    }

    @Test
    void noCallFails() {
        assertThat(OUTCOMES.get())
                .allSatisfy((strategy, outcome) ->
                        assertThat(outcome.success).as("%s", strategy).isEqualTo(1));
    }

    static void describe(Page page) {
        Table table = new Table("strategy", "success", "highest load");
        OUTCOMES.get()
                .forEach((strategy, outcome) -> table.row(
                        "`" + strategy + "`", Table.percent(outcome.success), Table.times(outcome.mostOfShare)));
        page.section("Rolling deploy").text("""
                        Ten instances are replaced one after the other, every six seconds, while five clients make 200 calls a
                        second each. The old one refuses connections half a second before the clients hear that the new one has
                        taken its place. Defaults, without `retry`. The highest load is that of any instance in any second,
                        as a multiple of its fair share. Asserted: at most 2×, and no call fails, since what was refused goes
                        to another instance at once.""").table(table);
    }
}
