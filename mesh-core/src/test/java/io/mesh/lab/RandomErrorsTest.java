package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every instance fails a share of its calls at random: there is nothing a breaker could do about that. */
class RandomErrorsTest {

    private static final double SECONDS = 60;
    private static final double PER_SECOND = 100;
    private static final double[] SHARES = {0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6};

    private record Outcome(LoadBalancerStrategy strategy, int instances, double share, double success, long calls) {

        /** How much worse than no mesh at all, in standard deviations of chance; below 0: better. */
        double sigmasBelow() {
            double expected = 1 - share;
            return (expected - success) / Math.sqrt(expected * share / calls);
        }
    }

    private record Setting(
            LoadBalancerStrategy strategy,
            int instances,
            double share,
            @Nullable RetryConfig retry) {}

    private static final Runs<List<Outcome>> DEFAULTS = all(null, 3, 10);
    private static final Runs<List<Outcome>> RETRYING = all(RetryConfig.defaults(), 3);

    private static Runs<List<Outcome>> all(@Nullable RetryConfig retry, int... sizes) {
        List<Setting> all = new ArrayList<>();
        for (LoadBalancerStrategy strategy : LoadBalancerStrategy.values()) {
            for (int instances : sizes) {
                for (double share : SHARES) {
                    all.add(new Setting(strategy, instances, share, retry));
                }
            }
        }
        return Runs.of(all, RandomErrorsTest::run);
    }

    private static Outcome run(Setting setting) {
        Simulation simulation = new Simulation(1);
        Cluster cluster = new Cluster(simulation);
        List<ServiceInstance> all =
                cluster.add(setting.instances, Behaviour.normal(0.02, 0.002).failing(setting.share, 0.005));
        var proxy = Clients.mesh(
                simulation, s -> s.instances(all).strategy(setting.strategy).retry(setting.retry));
        Load load = new Load(simulation, Clients.through(proxy, cluster)).poisson(PER_SECOND, SECONDS);
        simulation.run(SECONDS + 30);
        return new Outcome(setting.strategy, setting.instances, setting.share, load.success(), load.calls());
    }

    @Test
    void successIsNeverBelowThatOfNoMeshByMoreThanThreeStandardDeviations() {
        assertThat(DEFAULTS.get())
                .allSatisfy(outcome -> assertThat(outcome.sigmasBelow()).isLessThanOrEqualTo(3));
        assertThat(RETRYING.get())
                .allSatisfy(outcome -> assertThat(outcome.sigmasBelow()).isLessThanOrEqualTo(3));
    }

    private static double least(List<Outcome> outcomes, double share, int instances) {
        return outcomes.stream()
                .filter(outcome -> outcome.share == share && outcome.instances == instances)
                .mapToDouble(Outcome::success)
                .min()
                .orElseThrow();
    }

    static void describe(Page page) {
        Table table = new Table(
                "errors", "no mesh", "defaults, 3 instances", "defaults, 10 instances", "`retry: {}`, 3 instances");
        for (double share : SHARES) {
            table.row(
                    Table.percent(share),
                    Table.percent(1 - share),
                    Table.percent(least(DEFAULTS.get(), share, 3)),
                    Table.percent(least(DEFAULTS.get(), share, 10)),
                    Table.percent(least(RETRYING.get(), share, 3)));
        }
        page.section("Random errors on every instance").text("""
                        Each instance fails a share of its calls at random. No instance is worse than another, so keeping one
                        out helps nobody, and a breaker that opens on bad luck only loses calls. 100 calls a second for a
                        minute; the least success of any strategy. Asserted: never more than three standard deviations below
                        that of no mesh at all. With retries the budget is what limits the gain: from 20 % on there is more to
                        repeat than it pays for.""").table(table);
    }
}
