package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Five clients, ten instances, one replaced after every fifteen calls of each client. */
class RollingDeployTest {

    private static final int CLIENTS = 5;
    private static final int INSTANCES = 10;
    private static final int CALLS_PER_STEP = 15;

    @ParameterizedTest
    @EnumSource(names = {"ROUND_ROBIN", "WEIGHTED", "LEAST_CONNECTIONS"}) // the others go by chance
    void noInstanceGetsMoreThanTwiceItsShare(LoadBalancerStrategy strategy) {
        SplittableRandom random = new SplittableRandom(5);
        List<ServiceInstance> instances = new ArrayList<>(Fleet.ofSize(INSTANCES));
        List<LoadBalancer> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Fleet.builder(strategy, instances).random(random).build());
        }
        Map<String, Long> calls = new HashMap<>();
        Map<String, Double> shares = new HashMap<>();

        for (int step = 0; step <= INSTANCES; step++) {
            for (LoadBalancer client : clients) {
                client.replace(instances);
                call(client, calls);
            }
            instances.forEach(instance ->
                    shares.merge(instance.id(), (double) CLIENTS * CALLS_PER_STEP / INSTANCES, Double::sum));
            if (step < INSTANCES) {
                instances.set(step, Fleet.instance("new" + step));
            }
        }

        assertThat(calls)
                .hasSize(2 * INSTANCES)
                .allSatisfy((id, count) -> assertThat((double) count).as(id).isLessThanOrEqualTo(2 * shares.get(id)));
    }

    /** Up to three at once. */
    private static void call(LoadBalancer client, Map<String, Long> calls) {
        Deque<Lease> open = new ArrayDeque<>();
        for (int i = 0; i < CALLS_PER_STEP; i++) {
            Lease lease = client.acquire();
            calls.merge(lease.instance().id(), 1L, Long::sum);
            open.add(lease);
            if (open.size() == 3) {
                open.remove().close();
            }
        }
        open.forEach(Lease::close);
    }
}
