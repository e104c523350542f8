package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.List;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BeyondRoundRobinTest {
    static final Duration LIMIT = Duration.ofSeconds(1);
    static final double RATE=1000;
    record Outcome(double success, double share, double p99, double p999) {}

    static Outcome alone(LoadBalancerStrategy s, Behaviour bad, double patience, Duration penalty) {
        Simulation sim = new Simulation(1);
        Cluster cluster = new Cluster(sim, patience);
        List<ServiceInstance> all = cluster.add(11, Behaviour.normal(0.167, 0.005));
        cluster.backend("i3").behave(Behaviour.normal(0.167, 0.005).butBetween(15, 45, bad));
        LoadBalancer lb = LoadBalancer.builder("orders").config(LoadBalancerConfig.builder().strategy(s).build()).instances(all).ticker(sim).random(sim.random("mesh")).failurePenalty(penalty).build();
        return run(sim, cluster, Clients.through(lb, cluster));
    }
    static Outcome mesh(LoadBalancerStrategy s, Behaviour bad, double patience, RetryConfig retry) {
        Simulation sim = new Simulation(1);
        Cluster cluster = new Cluster(sim, patience);
        List<ServiceInstance> all = cluster.add(11, Behaviour.normal(0.167, 0.005));
        cluster.backend("i3").behave(Behaviour.normal(0.167, 0.005).butBetween(15, 45, bad));
        return run(sim, cluster, Clients.through(Clients.mesh(sim, x -> x.instances(all).strategy(s).retry(retry)), cluster));
    }
    static Outcome run(Simulation sim, Cluster cluster, Client c) {
        Load load = new Load(sim, c).poisson(RATE, 60);
        sim.run(70);
        double share = (double) cluster.backend("i3").received().between(15,45) / cluster.receivedBetween(15,45);
        return new Outcome(load.successWithin(LIMIT), share, load.percentile(.99), load.percentile(.999));
    }
    public static void main(String[] a) {
        Behaviour slow = Behaviour.steady(2), hole = Behaviour.failing(0.001);
        long t = System.nanoTime();
        for (var s : LoadBalancerStrategy.values()) {
            System.out.println(s);
            System.out.println(" slow no cancel " + alone(s, slow, 1e9, Duration.ZERO));
            System.out.println(" slow cancel    " + alone(s, slow, 1, Duration.ZERO));
            System.out.println(" slow cancel pen" + alone(s, slow, 1, Duration.ofSeconds(1)));
            System.out.println(" hole no pen    " + alone(s, hole, 1, Duration.ZERO));
            System.out.println(" hole pen       " + alone(s, hole, 1, Duration.ofSeconds(1)));
            System.out.println(" mesh slow      " + mesh(s, slow, 1, RetryConfig.defaults()));
            System.out.println(" mesh slow 400  " + mesh(s, slow, 1, RetryConfig.builder().attemptTimeout(Duration.ofMillis(400)).build()));
            System.out.println(" mesh hole      " + mesh(s, hole, 1, RetryConfig.defaults()));
            System.out.println(" mesh hole 400  " + mesh(s, hole, 1, RetryConfig.builder().attemptTimeout(Duration.ofMillis(400)).build()));
            System.out.println((System.nanoTime()-t)/1e9);
        }
    }
}
