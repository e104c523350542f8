package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.BreakerScope;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.MeshConfig;
import io.mesh.model.RejectedCallException;
import io.mesh.model.ServiceInstance;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Calls fail, outliers are ejected, delays asked for, instances come and go: every place taken is given back once. */
class PlacesConcurrencyTest {

    private static final int THREADS = 6;
    private static final int STEPS = 20_000;
    private static final int ROUNDS = 1_000;
    private static final int STEPS_A_ROUND = 50;

    private final Mesh mesh = Mesh.builder()
            .service("orders", s -> s.instances("a:1", "b:1", "c:1", "d:1")
                    .circuitBreaker(CircuitBreakerConfig.builder()
                            .failureThreshold(2)
                            .openTimeout(Duration.ofMillis(1))
                            .build()))
            .build();
    private final ServiceProxy orders = mesh.service("orders");
    private final LoadBalancer balancer = orders.loadBalancer();

    @Test
    void whenAllIsOverAsManyPlacesAreTakenAsInstancesHoldOne() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> running = new ArrayList<>();
        for (int seed = 0; seed < THREADS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            running.add(threads.submit(() -> {
                for (int i = 0; i < STEPS; i++) {
                    step(random);
                }
            }));
        }
        for (Future<?> one : running) {
            one.get(60, TimeUnit.SECONDS);
        }
        threads.shutdown();

        assertThat(places().taken()).isEqualTo((int) balancer.endpoints().stream()
                .filter(endpoint -> Service.guard(endpoint).holdsPlace())
                .count());
        balancer.replace(List.of());
        assertThat(places().taken()).isZero();
    }

    /** What was denied while others came, went and gave back is not denied when all that is over. */
    @Test
    void whenAllIsQuietAPlaceIsGivenIfThereIsOne() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<SplittableRandom> randoms = new ArrayList<>();
        for (int seed = 0; seed < THREADS; seed++) {
            randoms.add(new SplittableRandom(seed));
        }
        int given = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<Future<?>> running = new ArrayList<>();
            for (SplittableRandom random : randoms) {
                running.add(threads.submit(() -> {
                    for (int i = 0; i < STEPS_A_ROUND; i++) {
                        steerOrStep(random);
                    }
                }));
            }
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
            boolean free = isPlaceFree();
            boolean taken = places().tryTake();
            if (taken) {
                places().giveBack();
                given++;
            }

            assertThat(taken).isEqualTo(free);
        }
        threads.shutdown();

        assertThat(given).isBetween(1, ROUNDS - 1);
    }

    /** One asks again and again while another makes a place free, in one of the ways there are. */
    @Test
    void aDenialThatIsUnderWayWhileAPlaceBecomesFreeIsNotTheLastWord() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        for (int round = 0; round < ROUNDS * 3; round++) {
            AtomicInteger instances = new AtomicInteger(2);
            AtomicLong version = new AtomicLong();
            EjectionPlaces places =
                    new EjectionPlaces(instances::get, PlacesConcurrencyTest::nobodyAfterAWhile, version::get, 50);
            assertThat(places.tryTake()).isTrue(); // the only one
            List<Runnable> ways = List.of(places::giveBack, () -> places.percent(100), () -> {
                instances.set(4);
                version.incrementAndGet();
            });
            Runnable way = ways.get(round % ways.size());
            CyclicBarrier together = new CyclicBarrier(2);

            Future<Boolean> asking = threads.submit(() -> {
                together.await();
                boolean given = false;
                for (int i = 0; i < 50 && !given; i++) {
                    given = places.tryTake();
                }
                return given;
            });
            Future<?> freeing = threads.submit(() -> {
                together.await();
                way.run();
                return null;
            });
            freeing.get(60, TimeUnit.SECONDS);
            boolean given = asking.get(60, TimeUnit.SECONDS);

            assertThat(given || places.tryTake()).isTrue();
            assertThat(places.tryTake()).isFalse();
        }
        threads.shutdown();
    }

    /** As slow as a look at many instances. */
    private static int nobodyAfterAWhile() {
        for (int i = 0; i < 1_000; i++) {
            Thread.onSpinWait();
        }
        return 0;
    }

    /** Told by nothing but what the instances are like now. */
    private boolean isPlaceFree() {
        Set<Endpoint> eligible = Set.copyOf(balancer.eligibleEndpoints());
        long heldByOthers = balancer.endpoints().stream()
                .filter(endpoint -> !eligible.contains(endpoint))
                .filter(endpoint -> Service.guard(endpoint).holdsPlace())
                .count();
        int percent = balancer.config().maxEjectionPercent();
        return eligible.size() < 2 || places().taken() - heldByOthers < Math.max(1, eligible.size() * percent / 100);
    }

    private void steerOrStep(SplittableRandom random) {
        String id = "abcd".charAt(random.nextInt(4)) + ":1";
        try {
            switch (random.nextInt(40)) {
                case 0, 1 -> balancer.setWeight(id, random.nextInt(2));
                case 2, 3 -> balancer.mark(id, random.nextBoolean());
                case 4 -> share(random.nextBoolean() ? 25 : 75);
                default -> step(random);
            }
        } catch (IllegalArgumentException removed) {
            balancer.add(ServiceInstance.of(id));
        }
    }

    private void share(int percent) {
        mesh.update(config -> config.toBuilder()
                .service(
                        "orders",
                        config.services().get("orders").toBuilder()
                                .loadBalancer(LoadBalancerConfig.builder()
                                        .maxEjectionPercent(percent)
                                        .build())
                                .build())
                .build());
    }

    private EjectionPlaces places() {
        return orders.served().places();
    }

    private void step(SplittableRandom random) {
        String id = "abcd".charAt(random.nextInt(4)) + ":1";
        Endpoint endpoint = balancer.endpoint(id);
        if (endpoint == null) {
            balancer.add(ServiceInstance.of(id));
            return;
        }
        CircuitBreaker breaker = Service.guard(endpoint).breaker();
        switch (random.nextInt(40)) {
            case 0 -> balancer.remove(id);
            case 1 -> breaker.eject("outlier");
            case 2 -> breaker.reset();
            case 3 -> breaker.forceOpen();
            case 4 -> breaker.disable();
            case 5 -> Service.guard(endpoint).barUntil(System.nanoTime() + random.nextInt(1_000_000));
            case 6 -> breakers(random.nextBoolean() ? BreakerScope.INSTANCE : BreakerScope.SERVICE);
            default -> call(random.nextInt(2) == 0);
        }
    }

    private void call(boolean fails) {
        try {
            orders.run(instance -> {
                if (fails) {
                    throw new IOException("failed");
                }
            });
        } catch (IOException | RejectedCallException expected) {
            assertThat(expected).isNotNull();
        }
    }

    private void breakers(BreakerScope scope) {
        mesh.update(config -> with(config, scope));
    }

    private static MeshConfig with(MeshConfig config, BreakerScope scope) {
        return config.toBuilder()
                .service(
                        "orders",
                        config.services().get("orders").toBuilder()
                                .breakerScope(scope)
                                .build())
                .build();
    }
}
