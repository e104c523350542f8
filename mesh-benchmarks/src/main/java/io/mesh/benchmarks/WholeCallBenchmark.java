package io.mesh.benchmarks;

import com.linecorp.armeria.client.ClientRequestContext;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.endpoint.EndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.retry.Retry;
import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.policy.CheckedFunction;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import io.smallrye.faulttolerance.api.TypedGuard;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;

/**
 * The whole call: one of three instances is picked, passes its circuit breaker and is called, and a retry policy stands
 * around it. Only Mesh has a breaker for each instance, counts the calls in flight and would retry on another
 * instance; the peers have one breaker for all.
 */
public class WholeCallBenchmark {

    private static final int INSTANCES = 3;

    /** What is called. It reads the port of the instance picked, so that the pick cannot be dropped. */
    @State(Scope.Benchmark)
    public static class Backend implements CheckedFunction<ServiceInstance, Integer, RuntimeException> {

        private Integer value = 42; // not final: cannot be folded

        Integer answer(int port) {
            if (port != 8080) {
                throw new IllegalArgumentException("port " + port);
            }
            return value;
        }

        @Override
        public Integer apply(ServiceInstance instance) {
            return answer(instance.port());
        }
    }

    @State(Scope.Benchmark)
    public static class Bare {

        private final List<ServiceInstance> instances = Peers.instances(INSTANCES);
        private final AtomicLong next = new AtomicLong();
    }

    /**
     * The words that two threads share whatever is built around them: a position for turns, and for each instance the
     * calls in flight, each on a cache line of its own.
     */
    @State(Scope.Benchmark)
    public static class SharedWords {

        private static final int APART = 32; // ints; 128 bytes, since lines are fetched in pairs

        private final List<ServiceInstance> instances = Peers.instances(INSTANCES);
        private final AtomicLong position = new AtomicLong();
        private final AtomicIntegerArray inFlight = new AtomicIntegerArray((INSTANCES + 2) * APART);
        private final List<LongAdder> striped = List.of(new LongAdder(), new LongAdder(), new LongAdder());

        private int turn() {
            return Math.floorMod(position.getAndIncrement(), INSTANCES);
        }

        private static int word(int instance) {
            return (instance + 1) * APART;
        }

        private int fewestInFlight() {
            int fewest = turn();
            for (int i = 1, other = fewest; i < INSTANCES; i++) {
                other = other + 1 == INSTANCES ? 0 : other + 1;
                if (inFlight.get(word(other)) < inFlight.get(word(fewest))) {
                    fewest = other;
                }
            }
            return fewest;
        }

        private Integer call(int instance, Backend backend) {
            inFlight.getAndIncrement(word(instance));
            Integer answer = backend.apply(instances.get(instance));
            inFlight.getAndDecrement(word(instance));
            return answer;
        }

        private Integer callStriped(int instance, Backend backend) {
            striped.get(instance).increment();
            Integer answer = backend.apply(instances.get(instance));
            striped.get(instance).decrement();
            return answer;
        }
    }

    @State(Scope.Benchmark)
    public static class Services {

        private final Mesh mesh = Mesh.builder()
                .service("round-robin", s -> settings(s, LoadBalancerStrategy.ROUND_ROBIN))
                .service("random", s -> settings(s, LoadBalancerStrategy.RANDOM))
                .service("weighted", s -> settings(s, LoadBalancerStrategy.WEIGHTED))
                .service("least-connections", s -> settings(s, LoadBalancerStrategy.LEAST_CONNECTIONS))
                .service("power-of-two", s -> settings(s, LoadBalancerStrategy.POWER_OF_TWO))
                .service("peak-ewma", s -> settings(s, LoadBalancerStrategy.PEAK_EWMA))
                .service("consistent-hash", s -> settings(s, LoadBalancerStrategy.CONSISTENT_HASH))
                .build();
        private final CallOptions options = CallOptions.idempotent(true);
        private final CallOptions keyed = options.withHashKey("customer-4711");
        private final ServiceProxy roundRobin = mesh.service("round-robin");
        private final ServiceProxy random = mesh.service("random");
        private final ServiceProxy weighted = mesh.service("weighted");
        private final ServiceProxy leastConnections = mesh.service("least-connections");
        private final ServiceProxy powerOfTwo = mesh.service("power-of-two");
        private final ServiceProxy peakEwma = mesh.service("peak-ewma");
        private final ServiceProxy consistentHash = mesh.service("consistent-hash");

        private static void settings(io.mesh.model.ServiceConfig.Builder service, LoadBalancerStrategy strategy) {
            service.instances(Peers.instances(INSTANCES)).strategy(strategy).retry(RetryConfig.defaults());
        }

        @TearDown
        public void close() {
            mesh.close();
        }
    }

    @State(Scope.Benchmark)
    public static class Resilience4jSpringCloud {

        private Supplier<Integer> call;
        private Supplier<Integer> cachedCall;

        @Setup
        public void decorate(Backend backend) {
            SpringBalancers.Fixed fixed = new SpringBalancers.Fixed(INSTANCES);
            call = decorated(SpringBalancers.roundRobin(fixed), backend);
            cachedCall = decorated(SpringBalancers.roundRobin(SpringBalancers.cached(fixed)), backend);
        }

        private static Supplier<Integer> decorated(
                ReactiveLoadBalancer<org.springframework.cloud.client.ServiceInstance> balancer, Backend backend) {
            Supplier<Integer> call =
                    () -> backend.answer(SpringBalancers.pick(balancer).getPort());
            CircuitBreaker breaker = Peers.resilience4jBreaker(SlidingWindowSynchronizationStrategy.SYNCHRONIZED);
            return Retry.decorateSupplier(Retry.ofDefaults("backend"), CircuitBreaker.decorateSupplier(breaker, call));
        }
    }

    @State(Scope.Benchmark)
    public static class FailsafeArmeria {

        private final FailsafeExecutor<Integer> executor =
                Failsafe.with(Peers.failsafeRetry(), Peers.failsafeBreaker());
        private dev.failsafe.function.CheckedSupplier<Integer> call;

        @Setup
        public void decorate(Backend backend) {
            call = armeriaCall(backend)::get;
        }
    }

    @State(Scope.Benchmark)
    public static class SmallRyeArmeria {

        private final TypedGuard<Integer> guard = TypedGuard.create(Integer.class)
                .withRetry()
                .maxRetries(2)
                .maxDuration(0, ChronoUnit.SECONDS) // no limit, as ours
                .done()
                .withCircuitBreaker()
                .requestVolumeThreshold(100)
                .failureRatio(0.5)
                .delay(1, ChronoUnit.HOURS)
                .done()
                .build();
        private Supplier<Integer> call;

        @Setup
        public void decorate(Backend backend) {
            call = armeriaCall(backend);
        }
    }

    private static Supplier<Integer> armeriaCall(Backend backend) {
        EndpointGroup group = Peers.armeriaGroup(EndpointSelectionStrategy.roundRobin(), INSTANCES);
        ClientRequestContext context = ClientRequestContext.of(HttpRequest.of(HttpMethod.GET, "/"));
        return () -> {
            Endpoint endpoint = group.selectNow(context);
            if (endpoint == null) {
                throw new IllegalStateException("no endpoint");
            }
            return backend.answer(endpoint.port());
        };
    }

    @Benchmark
    public Integer bare(Bare bare, Backend backend) {
        return backend.apply(bare.instances.get(Math.floorMod(bare.next.getAndIncrement(), bare.instances.size())));
    }

    /** Turns, and calls in flight by one word each. */
    @Benchmark
    public Integer floorCallsInFlight(SharedWords words, Backend backend) {
        return words.call(words.turn(), backend);
    }

    /** Turns, and calls in flight by a word for each thread, which sums them when it is read. */
    @Benchmark
    public Integer floorStripedCallsInFlight(SharedWords words, Backend backend) {
        return words.callStriped(words.turn(), backend);
    }

    /** The instance with the fewest calls in flight, those with as few in turn. */
    @Benchmark
    public Integer floorFewestCallsInFlight(SharedWords words, Backend backend) {
        return words.call(words.fewestInFlight(), backend);
    }

    @Benchmark
    public Integer meshRoundRobin(Services mesh, Backend backend) {
        return mesh.roundRobin.call(mesh.options, backend);
    }

    @Benchmark
    public Integer meshRandom(Services mesh, Backend backend) {
        return mesh.random.call(mesh.options, backend);
    }

    @Benchmark
    public Integer meshWeighted(Services mesh, Backend backend) {
        return mesh.weighted.call(mesh.options, backend);
    }

    @Benchmark
    public Integer meshLeastConnections(Services mesh, Backend backend) {
        return mesh.leastConnections.call(mesh.options, backend);
    }

    @Benchmark
    public Integer meshPowerOfTwo(Services mesh, Backend backend) {
        return mesh.powerOfTwo.call(mesh.options, backend);
    }

    /** Reads the clock at pick, begin and end. */
    @Benchmark
    public Integer meshPeakEwma(Services mesh, Backend backend) {
        return mesh.peakEwma.call(mesh.options, backend);
    }

    /** By the same key each time: one instance of the three. */
    @Benchmark
    public Integer meshConsistentHash(Services mesh, Backend backend) {
        return mesh.consistentHash.call(mesh.keyed, backend);
    }

    @Benchmark
    public Integer resilience4jAndSpringCloud(Resilience4jSpringCloud peer) {
        return peer.call.get();
    }

    @Benchmark
    public Integer resilience4jAndSpringCloudCached(Resilience4jSpringCloud peer) {
        return peer.cachedCall.get();
    }

    @Benchmark
    public Integer failsafeAndArmeria(FailsafeArmeria peer) {
        return peer.executor.get(peer.call);
    }

    @Benchmark
    public Integer smallRyeAndArmeria(SmallRyeArmeria peer) {
        return peer.guard.get(peer.call);
    }
}
