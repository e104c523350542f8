package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Retries that keep a service down after what brought it down is over: "Metastable Failures in Distributed Systems"
 * (Bronson and others, HotOS 2021); and how much load they add while nothing works at all.
 */
class RetryStormTest {

    private static final int SECONDS = 60;
    private static final int FROM = 20;
    private static final int TRIGGER_TO = 30;
    private static final int OUTAGE_TO = 50;
    private static final int INSTANCES = 5;
    private static final int WORKERS = 4;
    private static final int WORKERS_DURING_TRIGGER = 2;
    private static final double WORK_SECONDS = 0.01;
    private static final double CAPACITY = INSTANCES * WORKERS / WORK_SECONDS;
    private static final double PATIENCE = 1;
    private static final double README_LOAD = 0.8;
    private static final List<Double> BASE_LOADS = List.of(0.5, 0.7, README_LOAD, 0.9);
    private static final List<Integer> RATES = List.of(200, 1_000);

    private static final CircuitBreakerConfig NEVER_OPENS =
            CircuitBreakerConfig.builder().failureThreshold(1_000_000_000).build();
    private static final CircuitBreakerConfig OPENS_FOR_10_S =
            CircuitBreakerConfig.builder().openTimeout(Duration.ofSeconds(10)).build();
    private static final RetryConfig RETRY =
            RetryConfig.builder().maxAttempts(4).build();
    private static final RetryConfig WITHOUT_BUDGET =
            RETRY.toBuilder().budget(RetryBudgetConfig.none()).build();
    private static final int TTL = (int) RetryBudgetConfig.defaults().ttl().toSeconds();

    /** What a client does about failures. */
    private record Policy(String name, Consumer<ServiceConfig.Builder> settings) {}

    private static final Policy NO_RETRY = new Policy("no retry", s -> s.circuitBreaker(NEVER_OPENS));
    private static final Policy RETRIES = new Policy(
            "3 retries, no budget", s -> s.circuitBreaker(NEVER_OPENS).retry(WITHOUT_BUDGET));
    private static final Policy BUDGET =
            new Policy("3 retries, budget", s -> s.circuitBreaker(NEVER_OPENS).retry(RETRY));
    private static final Policy BREAKERS = new Policy("3 retries, budget, breakers", s -> s.retry(RETRY));
    private static final Policy QUICK_BREAKERS =
            new Policy("the same, `open-timeout: 10s`", s -> s.circuitBreaker(OPENS_FOR_10_S)
                    .retry(RETRY));
    private static final List<Policy> POLICIES = List.of(NO_RETRY, RETRIES, BUDGET, BREAKERS, QUICK_BREAKERS);

    private record Setting(Policy policy, double load) {}

    private static final Runs<List<Storm>> STORMS = Runs.of(
            BASE_LOADS.stream()
                    .flatMap(load -> POLICIES.stream()
                            .filter(policy ->
                                    load == README_LOAD || !policy.equals(RETRIES)) // a storm takes long to simulate
                            .map(policy -> new Setting(policy, load)))
                    .toList(),
            setting -> storm(setting.policy, setting.load));
    private static final Runs<List<Outage>> OUTAGES = Runs.of(
            RATES.stream()
                    .flatMap(rate -> POLICIES.stream().map(policy -> new Setting(policy, rate)))
                    .toList(),
            setting -> outage(setting.policy, (int) setting.load));

    /** Half of the workers are away for ten seconds, while work piles up that is done all the same. */
    private record Storm(Policy policy, double baseLoad, Load calls, Cluster cluster) {

        double successDuring() {
            return calls.successBetween(FROM, TRIGGER_TO);
        }

        /** What the instances receive in a second, as a multiple of the base load. */
        double load(int second) {
            return cluster.receivedBetween(second, second + 1) / (baseLoad * CAPACITY);
        }

        double peak() {
            return IntStream.range(0, SECONDS).mapToDouble(this::load).max().orElseThrow();
        }

        /** After how many seconds from the end of the trigger on no second sees more than 1 % fail. */
        int recovery() {
            int recovered = SECONDS;
            while (recovered > TRIGGER_TO && calls.successIn(recovered - 1) >= 0.99) {
                recovered--;
            }
            return recovered - TRIGGER_TO;
        }

        boolean recovers() {
            return recovery() < SECONDS - TRIGGER_TO;
        }
    }

    private static Storm storm(Policy policy, double baseLoad) {
        Simulation simulation = new Simulation(1);
        Cluster cluster = new Cluster(simulation, PATIENCE);
        List<ServiceInstance> instances = new ArrayList<>();
        for (int i = 0; i < INSTANCES; i++) {
            String id = "i" + i;
            Behaviour behaviour = Behaviour.exponential(WORK_SECONDS);
            instances.add(cluster.add(id, new Backend(simulation, id, behaviour, WORKERS)));
        }
        simulation.at(FROM, () -> setWorkers(cluster, WORKERS_DURING_TRIGGER));
        simulation.at(TRIGGER_TO, () -> setWorkers(cluster, WORKERS));
        Load calls = load(simulation, cluster, instances, policy).poisson(baseLoad * CAPACITY, SECONDS);
        simulation.run(SECONDS + 10);
        return new Storm(policy, baseLoad, calls, cluster);
    }

    private static void setWorkers(Cluster cluster, int number) {
        cluster.backends().values().forEach(backend -> backend.workers(number));
    }

    private static Load load(Simulation simulation, Cluster cluster, List<ServiceInstance> instances, Policy policy) {
        var proxy = Clients.mesh(simulation, s -> policy.settings.accept(s.instances(instances)));
        return new Load(simulation, Clients.through(proxy, cluster));
    }

    /** Every call fails for half a minute. */
    private record Outage(Policy policy, int perSecond, Cluster cluster) {

        /** The highest load of any so many seconds, as a multiple of the calls. */
        double most(int seconds) {
            return IntStream.rangeClosed(0, SECONDS - seconds)
                            .mapToLong(from -> cluster.receivedBetween(from, from + seconds))
                            .max()
                            .orElseThrow()
                    / ((double) perSecond * seconds);
        }

        double mean() {
            return cluster.receivedBetween(FROM, OUTAGE_TO) / ((double) perSecond * (OUTAGE_TO - FROM));
        }
    }

    private static Outage outage(Policy policy, int perSecond) {
        Simulation simulation = new Simulation(1);
        Cluster cluster = new Cluster(simulation, PATIENCE);
        List<ServiceInstance> instances = cluster.add(
                INSTANCES, Behaviour.steady(WORK_SECONDS).butBetween(FROM, OUTAGE_TO, Behaviour.failing(0.001)));
        load(simulation, cluster, instances, policy).even(perSecond, SECONDS);
        simulation.run(SECONDS + 10);
        return new Outage(policy, perSecond, cluster);
    }

    private static List<Storm> storms(Policy policy) {
        return STORMS.get().stream()
                .filter(storm -> storm.policy.equals(policy))
                .toList();
    }

    private static List<Outage> outages(Policy policy) {
        return OUTAGES.get().stream()
                .filter(outage -> outage.policy.equals(policy))
                .toList();
    }

    @Test
    void withTheBudgetTheServiceRecoversWithinTwiceItsTtlAtBaseLoadsUpToEightTenths() {
        assertThat(storms(BUDGET))
                .filteredOn(storm -> storm.baseLoad <= 0.8)
                .hasSize(3)
                .allSatisfy(storm -> assertThat(storm.recovery()).isLessThanOrEqualTo(2 * TTL));
    }

    @Test
    void withBreakersItRecoversAtEveryBaseLoadAsSoonAsTheirOpenTimeIsOver() {
        assertThat(storms(BREAKERS))
                .allSatisfy(storm -> assertThat(storm.recovery()).isLessThanOrEqualTo(30));
    }

    @Test
    void withoutABudgetRetriesKeepItDown() {
        assertThat(storms(RETRIES)).hasSize(1).noneMatch(Storm::recovers).allSatisfy(storm -> assertThat(storm.peak())
                .isGreaterThan(4));
    }

    @Test
    void inAFullOutageTheBudgetBoundsTheLoad() {
        for (Policy policy : List.of(BUDGET, BREAKERS, QUICK_BREAKERS)) {
            assertThat(outages(policy)).hasSameSizeAs(RATES).allSatisfy(outage -> {
                assertThat(outage.most(1)).isLessThanOrEqualTo(2);
                assertThat(outage.most(TTL)).isLessThanOrEqualTo(1.25);
            });
        }
    }

    @Test
    void withBreakersHardlyAnythingIsSentInAFullOutage() {
        assertThat(outages(BREAKERS))
                .allSatisfy(outage -> assertThat(outage.mean()).isLessThan(0.1));
    }

    static void describe(Page page) {
        page.section("Retry storm and recovery")
                .text("""
                        Five instances of four workers, 10 ms of work a call (exponential): 2,000 calls a second at most. For
                        ten seconds half of the workers are away. The client gives a call up after a second and makes it
                        again up to three times, but what was given up is worked on all the same. The load is what the
                        instances receive, as a multiple of the calls made; recovered means that from then on no second sees
                        more than 1 % of its calls fail.""")
                .chart("retry-storm", "Success in each second before, during and after an overload", successChart())
                .table(stormTable())
                .text("""
                        Retries without a budget keep the service down for good: they have become the load. The budget takes
                        from what goes well, so there is nothing to retry with while nothing goes well. Breakers let no call
                        through for their open time of 30 s, in which the queues empty, and so help where the budget alone is
                        not enough; with the trigger over before that time is, a shorter one helps sooner. Asserted: the
                        budget alone recovers within twice its `ttl` (20 s) at base loads up to 0.8; with breakers at every
                        base load within 30 s.""")
                .chart("retry-storm-load", "Load in each second before, during and after an overload", loadChart())
                .text("""
                        **A full outage**: every call fails within a millisecond, for half a minute. Asserted for all with the
                        budget: at most 2× in any second and 1.25× in any ten seconds.""")
                .table(outageTable());
    }

    private static Table stormTable() {
        Table table = new Table("base load, policy", "success during the trigger", "peak load", "recovered after");
        for (Storm storm : STORMS.get()) {
            table.row(
                    String.format(Locale.ROOT, "%.1f, %s", storm.baseLoad, storm.policy.name),
                    Table.percent(storm.successDuring()),
                    Table.times(storm.peak()),
                    storm.recovers() ? storm.recovery() + " s" : "not in " + (SECONDS - TRIGGER_TO) + " s");
        }
        return table;
    }

    private static Table outageTable() {
        Table table =
                new Table("calls a second, policy", "load, most in 1 s", "most in " + TTL + " s", "mean of the outage");
        for (Outage outage : OUTAGES.get()) {
            table.row(
                    Table.count(outage.perSecond) + ", " + outage.policy.name,
                    Table.times(outage.most(1)),
                    Table.times(outage.most(TTL)),
                    Table.times(outage.mean()));
        }
        return table;
    }

    private static Chart successChart() {
        Chart chart = new Chart(
                        "An overload of ten seconds at a base load of 0.8: calls that succeed, by when they began",
                        " %",
                        0,
                        100)
                .shade(FROM, TRIGGER_TO, "half of the workers away");
        shown().forEach(storm -> chart.line(storm.policy.name, SECONDS, second -> 100 * storm.calls.successIn(second)));
        return chart;
    }

    private static Chart loadChart() {
        Chart chart = new Chart("The same: what the instances receive, as a multiple of the calls made", "×", 0, 5)
                .shade(FROM, TRIGGER_TO, "half of the workers away");
        shown().forEach(storm -> chart.line(storm.policy.name, SECONDS, storm::load));
        return chart;
    }

    private static List<Storm> shown() {
        return STORMS.get().stream()
                .filter(storm -> storm.baseLoad == README_LOAD && !storm.policy.equals(QUICK_BREAKERS))
                .toList();
    }
}
