package io.mesh.benchmarks;

import io.mesh.loadbalancer.CallOutcome;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** An exact pick by calls in flight where every instance is busy, so that each has to be looked at. */
@State(Scope.Benchmark)
public class LeastConnectionsBenchmark {

    private static final int MOST_IN_FLIGHT = 7; // no divisor of the weights, so that loads differ

    @Param({"1000"})
    public int instances = 1_000;

    @Param({"equal", "unequal"})
    public String weights = "equal";

    private LoadBalancer balancer;

    @Setup
    public void fill() {
        List<ServiceInstance> fleet = Peers.instances(instances);
        balancer = LoadBalancer.of(
                "backend",
                LoadBalancerStrategy.LEAST_CONNECTIONS,
                weights.equals("unequal")
                        ? fleet
                        : fleet.stream().map(i -> i.withWeight(1)).toList());
        int inFlight = 0;
        for (Endpoint endpoint : balancer.endpoints()) {
            inFlight = inFlight % MOST_IN_FLIGHT + 1;
            for (int i = 0; i < inFlight; i++) {
                endpoint.begin();
            }
        }
    }

    @Benchmark
    public @Nullable Object mesh() {
        return balancer.pick();
    }

    @Benchmark
    public @Nullable Object meshCounted() {
        Endpoint endpoint = balancer.pick();
        if (endpoint != null) {
            endpoint.record(CallOutcome.SUCCESS, endpoint.begin());
            endpoint.end();
        }
        return endpoint;
    }
}
