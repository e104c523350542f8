package io.mesh.lab;

import static io.mesh.model.LoadBalancerStrategy.CONSISTENT_HASH;
import static io.mesh.model.LoadBalancerStrategy.LEAST_CONNECTIONS;
import static io.mesh.model.LoadBalancerStrategy.PEAK_EWMA;
import static io.mesh.model.LoadBalancerStrategy.POWER_OF_TWO;
import static io.mesh.model.LoadBalancerStrategy.RANDOM;
import static io.mesh.model.LoadBalancerStrategy.ROUND_ROBIN;
import static io.mesh.model.LoadBalancerStrategy.WEIGHTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One of eleven instances is slow for half a minute, or fails at once: "Beyond Round Robin: Load Balancing for Latency"
 * (Linkerd, 2016).
 */
class BeyondRoundRobinTest {

    private static final int INSTANCES = 11;
    private static final String BAD = "i3";
    private static final int SECONDS = 60;
    private static final int PER_SECOND = 1_000;
    private static final int FROM = 15;
    private static final int TO = 45;
    private static final Duration IN_TIME = Duration.ofSeconds(1);
    private static final double FOR_EVER = Double.POSITIVE_INFINITY;
    private static final double CANCELLED = 1;
    private static final Duration PENALTY = Duration.ofSeconds(1);
    private static final Behaviour USUAL = Behaviour.normal(0.167, 0.005);
    private static final Behaviour SLOW = Behaviour.steady(2);
    private static final Behaviour BLACK_HOLE = Behaviour.failing(0.001);
    private static final RetryConfig RETRY = RetryConfig.defaults();
    private static final RetryConfig RETRY_AFTER_400_MS =
            RetryConfig.builder().attemptTimeout(Duration.ofMillis(400)).build();

    /** Those that do not look at the load of an instance. */
    private static final Set<LoadBalancerStrategy> BLIND = EnumSet.of(ROUND_ROBIN, RANDOM, WEIGHTED, CONSISTENT_HASH);

    /** @param share of the calls that went to the bad instance while it was bad */
    private record Outcome(double success, double share, double p99, double p999, Load load) {

        static Outcome of(Cluster cluster, Load load) {
            double share =
                    (double) cluster.backend(BAD).received().between(FROM, TO) / cluster.receivedBetween(FROM, TO);
            return new Outcome(load.success(), share, load.percentile(0.99), load.percentile(0.999), load);
        }
    }

    /** What becomes of the calls under one strategy: alone, and in a mesh. */
    private record Outcomes(
            Outcome slow,
            Outcome slowCancelled,
            Outcome blackHole,
            Outcome blackHoleWithPenalty,
            Outcome meshSlow,
            Outcome meshSlowWithTimeout,
            Outcome meshBlackHole,
            Outcome meshBlackHoleWithTimeout) {

        static Outcomes of(LoadBalancerStrategy strategy) {
            return new Outcomes(
                    alone(strategy, SLOW, FOR_EVER, Duration.ZERO),
                    alone(strategy, SLOW, CANCELLED, Duration.ZERO),
                    alone(strategy, BLACK_HOLE, CANCELLED, Duration.ZERO),
                    alone(strategy, BLACK_HOLE, CANCELLED, PENALTY),
                    inMesh(strategy, SLOW, RETRY),
                    inMesh(strategy, SLOW, RETRY_AFTER_400_MS),
                    inMesh(strategy, BLACK_HOLE, RETRY),
                    inMesh(strategy, BLACK_HOLE, RETRY_AFTER_400_MS));
        }
    }

    private static final Runs<Map<LoadBalancerStrategy, Outcomes>> OUTCOMES = Runs.ofEachStrategy(Outcomes::of);

    private static Outcomes of(LoadBalancerStrategy strategy) {
        return Objects.requireNonNull(OUTCOMES.get().get(strategy));
    }

    private static Outcome alone(LoadBalancerStrategy strategy, Behaviour bad, double patience, Duration penalty) {
        Simulation simulation = new Simulation(1);
        Cluster cluster = new Cluster(simulation, patience);
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder().strategy(strategy).build())
                .instances(instances(cluster, bad))
                .ticker(simulation)
                .random(simulation.random("mesh"))
                .failurePenalty(penalty)
                .build();
        return run(simulation, cluster, Clients.through(balancer, cluster));
    }

    private static Outcome inMesh(LoadBalancerStrategy strategy, Behaviour bad, RetryConfig retry) {
        Simulation simulation = new Simulation(1);
        Cluster cluster = new Cluster(simulation, CANCELLED);
        List<ServiceInstance> instances = instances(cluster, bad);
        var proxy = Clients.mesh(
                simulation, s -> s.instances(instances).strategy(strategy).retry(retry));
        return run(simulation, cluster, Clients.through(proxy, cluster));
    }

    private static List<ServiceInstance> instances(Cluster cluster, Behaviour bad) {
        List<ServiceInstance> instances = cluster.add(INSTANCES, USUAL);
        cluster.backend(BAD).behave(USUAL.butBetween(FROM, TO, bad));
        return instances;
    }

    private static Outcome run(Simulation simulation, Cluster cluster, Client client) {
        Load load = new Load(simulation, client).within(IN_TIME).poisson(PER_SECOND, SECONDS);
        simulation.run(SECONDS + 10);
        return Outcome.of(cluster, load);
    }

    @ParameterizedTest
    @EnumSource(LoadBalancerStrategy.class)
    void withASlowInstanceAStrategyAloneDoesAsPublishedOrBetter(LoadBalancerStrategy strategy) {
        Outcomes outcomes = of(strategy);

        if (BLIND.contains(strategy)) {
            assertThat(outcomes.slow.success).isBetween(0.94, 0.965);
            assertThat(outcomes.slowCancelled.success).isBetween(0.94, 0.965);
        } else {
            boolean byLatency = strategy == PEAK_EWMA;
            assertThat(outcomes.slow.success).isGreaterThanOrEqualTo(byLatency ? 0.999 : 0.994);
            assertThat(outcomes.slowCancelled.success).isGreaterThanOrEqualTo(byLatency ? 0.998 : 0.990);
            assertThat(outcomes.slow.p99).isLessThan(0.2);
            assertThat(outcomes.slow.p999).isLessThan(byLatency ? 0.2 : 2.1);
        }
    }

    @ParameterizedTest
    @EnumSource(LoadBalancerStrategy.class)
    void withThePenaltyAnInstanceThatFailsAtOnceDrawsNoMoreThanItsShare(LoadBalancerStrategy strategy) {
        double share = of(strategy).blackHoleWithPenalty.share;

        if (BLIND.contains(strategy)) {
            assertThat(share).isBetween(0.08, 0.10);
        } else {
            assertThat(share).isLessThan(strategy == PEAK_EWMA ? 0.005 : 0.025);
        }
    }

    @Test
    void withoutThePenaltyAnInstanceThatFailsAtOnceDrawsFarMoreThanItsShare() {
        assertThat(of(LEAST_CONNECTIONS).blackHole.share).isGreaterThan(0.5);
        assertThat(of(POWER_OF_TWO).blackHole.share).isBetween(0.16, 0.20);
    }

    @ParameterizedTest
    @EnumSource(LoadBalancerStrategy.class)
    void inAMeshEveryStrategyDoesWell(LoadBalancerStrategy strategy) {
        Outcomes outcomes = of(strategy);

        assertThat(outcomes.meshSlow.success).isGreaterThanOrEqualTo(0.998);
        assertThat(outcomes.meshBlackHole.success).isGreaterThanOrEqualTo(0.999);
        assertThat(outcomes.meshSlowWithTimeout.success).isGreaterThanOrEqualTo(0.999);
        assertThat(outcomes.meshBlackHoleWithTimeout.success).isGreaterThanOrEqualTo(0.999);
    }

    static void describe(Page page) {
        page.section("Beyond round robin")
                .text("""
                        Eleven instances answer in 167 ms (σ 5 ms), 1,000 calls a second arrive for a minute, and for half of
                        it one instance takes 2 s, or is a black hole that fails within a millisecond. This is Linkerd's
                        experiment of 2016. A call is a success if its answer comes within a second; the share is that of the
                        bad instance while it is bad.""")
                .text("""
                        **The strategy alone**, without breakers, retries and failure penalty. Published for 1 s: round robin
                        95 %, least loaded 99 %, peak EWMA 99.9 %.""")
                .table(aloneTable())
                .text("""
                        **The black hole.** Failing fast looks like being idle: without the failure penalty exact least
                        connections sends most calls into it. Mesh's penalty is on by default, before any breaker acts.""")
                .table(blackHoleTable())
                .text("""
                        **In a mesh**: the defaults with `retry: {}`, idempotent calls, an HTTP client that gives up after a
                        second. What is lost was under way to the slow instance before its breaker opened; an attempt timeout
                        of 400 ms leaves time to make those calls again.""")
                .table(meshTable())
                .chart("beyond-round-robin", "Success in each second with one slow instance of eleven", chart());
    }

    private static Table aloneTable() {
        Table table =
                new Table("strategy", "slow", "share", "p99", "p99.9", "slow, cancelled at 1 s", "share ", "p99.9 ");
        OUTCOMES.get()
                .forEach((strategy, outcomes) -> table.row(
                        "`" + strategy + "`",
                        Table.percent(outcomes.slow.success),
                        Table.percent(outcomes.slow.share),
                        Table.millis(outcomes.slow.p99),
                        Table.millis(outcomes.slow.p999),
                        Table.percent(outcomes.slowCancelled.success),
                        Table.percent(outcomes.slowCancelled.share),
                        Table.millis(outcomes.slowCancelled.p999)));
        return table;
    }

    private static Table blackHoleTable() {
        Table table = new Table("strategy", "no penalty", "share", "penalty", "share ");
        OUTCOMES.get()
                .forEach((strategy, outcomes) -> table.row(
                        "`" + strategy + "`",
                        Table.percent(outcomes.blackHole.success),
                        Table.percent(outcomes.blackHole.share),
                        Table.percent(outcomes.blackHoleWithPenalty.success),
                        Table.percent(outcomes.blackHoleWithPenalty.share)));
        return table;
    }

    private static Table meshTable() {
        Table table = new Table(
                "strategy",
                "slow",
                "slow, `attempt-timeout: 400ms`",
                "black hole",
                "black hole, `attempt-timeout: 400ms`");
        OUTCOMES.get()
                .forEach((strategy, outcomes) -> table.row(Stream.concat(
                                Stream.of("`" + strategy + "`"),
                                Stream.of(
                                                outcomes.meshSlow,
                                                outcomes.meshSlowWithTimeout,
                                                outcomes.meshBlackHole,
                                                outcomes.meshBlackHoleWithTimeout)
                                        .map(outcome -> Table.percent(outcome.success)))
                        .toArray(String[]::new)));
        return table;
    }

    private static Chart chart() {
        Outcomes roundRobin = of(ROUND_ROBIN);
        Outcomes leastConnections = of(LEAST_CONNECTIONS);
        Chart chart = new Chart(
                        "One of eleven instances is slow: calls answered within a second, by when they began",
                        " %",
                        80,
                        100)
                .shade(FROM, TO, "one instance takes 2 s");
        add(chart, "round robin alone", roundRobin.slowCancelled);
        add(chart, "least connections alone", leastConnections.slowCancelled);
        add(chart, "peak EWMA alone", of(PEAK_EWMA).slowCancelled);
        add(chart, "round robin in a mesh", roundRobin.meshSlow);
        add(chart, "and with an attempt timeout", roundRobin.meshSlowWithTimeout);
        return chart;
    }

    private static void add(Chart chart, String name, Outcome outcome) {
        chart.line(name, SECONDS, second -> 100 * outcome.load.successIn(second));
    }
}
