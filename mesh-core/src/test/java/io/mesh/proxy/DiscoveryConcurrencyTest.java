package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.loadbalancer.CallObserver;
import io.mesh.loadbalancer.Candidates;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.loadbalancer.Picker;
import io.mesh.model.CallOptions;
import io.mesh.model.DiscoveryConfig;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DiscoveryConcurrencyTest {

    private static ServiceInstance instance(int number) {
        return ServiceInstance.of("host-" + number + ":80");
    }

    @Test
    void listsToldByManyThreadsWhileCallsRunLeaveOneListWhole() throws Exception {
        ToldDiscovery registry = new ToldDiscovery();
        Set<String> called = ConcurrentHashMap.newKeySet();
        AtomicBoolean over = new AtomicBoolean();
        try (Mesh mesh = Mesh.builder()
                .discovery("told", registry)
                .service(
                        "orders",
                        s -> s.discovery(DiscoveryConfig.named("told", "orders").toBuilder()
                                .emptyGrace(Duration.ofMinutes(1))
                                .build()))
                .build()) {
            ServiceProxy orders = mesh.service("orders");
            registry.found(instance(0));
            ExecutorService threads = Executors.newFixedThreadPool(8);
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> running = new ArrayList<>();
            for (int seed = 1; seed <= 4; seed++) {
                RandomGenerator random =
                        RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
                running.add(threads.submit(() -> {
                    start.await();
                    for (int i = 0; i < 500; i++) {
                        int first = random.nextInt(50);
                        switch (random.nextInt(10)) {
                            case 0 -> registry.foundNobody();
                            case 1 -> registry.failed(new IllegalStateException("down"));
                            default -> registry.found(instance(first), instance(first + 1), instance(first + 2));
                        }
                    }
                    return null;
                }));
            }
            List<Future<?>> calling = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                calling.add(threads.submit(() -> {
                    start.await();
                    while (!over.get()) {
                        called.add(orders.call(ServiceInstance::id));
                    }
                    return null;
                }));
            }

            start.countDown();
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
            over.set(true);
            for (Future<?> one : calling) {
                one.get(60, TimeUnit.SECONDS);
            }
            threads.shutdown();

            List<Integer> left = orders.loadBalancer().instances().stream()
                    .map(one -> Integer.valueOf(one.host().substring("host-".length())))
                    .sorted()
                    .toList();
            assertThat(left).hasSize(3);
            assertThat(left).containsExactly(left.get(0), left.get(0) + 1, left.get(0) + 2);
            assertThat(called).isNotEmpty();
            assertThat(orders.loadBalancer().instances())
                    .allSatisfy(one -> assertThat(one.connections()).isZero());
        }
    }

    /** The strategy is told of a new instance while the list is being taken over. */
    @Test
    void whatIsDrainedByHandWhileAListIsTakenOverStaysDrained() {
        ToldDiscovery registry = new ToldDiscovery();
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
        try (Mesh mesh = Mesh.builder()
                .discovery("told", registry)
                .strategy("own", () -> new Picker() {
                    @Override
                    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
                        return candidates.get(0);
                    }

                    @Override
                    public @Nullable CallObserver observe(Endpoint endpoint) {
                        meanwhile.getAndSet(() -> {}).run();
                        return null;
                    }
                })
                .service("orders", s -> s.discovery(DiscoveryConfig.named("told", "orders"))
                        .customStrategy("own"))
                .build()) {
            LoadBalancer balancer = mesh.service("orders").loadBalancer();
            registry.found(instance(0));

            meanwhile.set(() -> balancer.drain(instance(0).id()));
            registry.found(instance(0), instance(1));

            assertThat(balancer.endpoint(instance(0).id()).isDrained()).isTrue();
        }
    }
}
