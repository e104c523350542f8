package io.mesh.lab;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ServiceConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

class RetryStormTest {
    static final CircuitBreakerConfig OFF = CircuitBreakerConfig.builder().failureThreshold(1_000_000_000).build();
    enum Policy implements Consumer<ServiceConfig.Builder> {
        NO_RETRY(s -> s.circuitBreaker(OFF)),
        RETRIES(s -> s.circuitBreaker(OFF).retry(RetryConfig.builder().maxAttempts(4).budget(RetryBudgetConfig.none()).build())),
        BUDGET(s -> s.circuitBreaker(OFF).retry(RetryConfig.builder().maxAttempts(4).build())),
        MESH(s -> s.retry(RetryConfig.builder().maxAttempts(4).build()));
        final Consumer<ServiceConfig.Builder> c;
        Policy(Consumer<ServiceConfig.Builder> c) { this.c = c; }
        public void accept(ServiceConfig.Builder b) { c.accept(b); }
    }
    record Outcome(double during, double peak, int recovery) {}
    static Outcome storm(double base, Policy policy, long seed, double end, boolean print) {
        Simulation sim = new Simulation(seed);
        Cluster cluster = new Cluster(sim, 1);
        List<ServiceInstance> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) all.add(cluster.add("i" + i, new Backend(sim, "i" + i, Behaviour.exponential(0.01), 4)));
        double rate = base * 2000;
        sim.at(20, () -> cluster.backends().values().forEach(b -> b.workers(2)));
        sim.at(30, () -> cluster.backends().values().forEach(b -> b.workers(4)));
        Load load = new Load(sim, Clients.through(Clients.mesh(sim, s -> { s.instances(all); policy.accept(s); }), cluster)).poisson(rate, end);
        sim.run(end + 20);
        double peak = 0; int last = 29;
        for (int s = 0; s < end; s++) {
            double sent = cluster.receivedBetween(s, s + 1) / rate;
            peak = Math.max(peak, sent);
            double ok = (double) load.succeeded().in(s) / load.offered().in(s);
            if (s >= 30 && ok < .99) last = s;
            if (print) System.out.printf("%d:%.2f/%.2f ", s, ok, sent);
        }
        if (print) System.out.println();
        return new Outcome((double) load.succeeded().between(20, 30) / load.offered().between(20, 30), peak, last + 1 - 30);
    }
    static void outage(double rate, Policy policy) {
        Simulation sim = new Simulation(1);
        Cluster cluster = new Cluster(sim, 1);
        List<ServiceInstance> all = cluster.add(5, Behaviour.steady(0.01).butBetween(30, 90, Behaviour.failing(0.001)));
        Load load = new Load(sim, Clients.through(Clients.mesh(sim, s -> { s.instances(all); policy.accept(s); }), cluster)).even(rate, 120);
        sim.run(140);
        double sec = 0, ttl = 0; int secAt = 0, ttlAt = 0;
        for (int s = 0; s < 120; s++) {
            double x = cluster.receivedBetween(s, s + 1) / rate;
            if (x > sec) { sec = x; secAt = s; }
            if (s >= 10) { double y = cluster.receivedBetween(s - 10, s) / rate / 10; if (y > ttl) { ttl = y; ttlAt = s; } }
        }
        int rec = 0;
        for (int s = 90; s < 120; s++) if (load.succeeded().in(s) < .99 * load.offered().in(s)) rec = s - 89;
        System.out.printf("outage %s %s: sec %.3f@%d ttl %.4f@%d mean outage %.3f recovery %d%n", rate, policy, sec, secAt, ttl, ttlAt, cluster.receivedBetween(30, 90) / rate / 60, rec);
    }
    public static void main(String[] a) {
        for (Policy p : Policy.values()) for (double r : new double[] {200, 1000}) outage(r, p);
        for (double b : new double[] {.5, .7, .8, .9}) for (Policy p : Policy.values()) {
            long t = System.nanoTime();
            System.out.println(b + " " + p + " " + storm(b, p, 1, 80, b == .8) + " " + (System.nanoTime() - t) / 1e9);
        }
    }
}
