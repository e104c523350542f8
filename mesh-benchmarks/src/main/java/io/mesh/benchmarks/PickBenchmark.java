package io.mesh.benchmarks;

import com.linecorp.armeria.client.ClientRequestContext;
import com.linecorp.armeria.client.endpoint.EndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.twitter.finagle.loadbalancer.Balancers;
import com.twitter.finagle.util.Rng;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.mesh.loadbalancer.CallOutcome;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Picks one of some instances with weights from 1 to 5. Finagle's balancers count calls in flight and take the
 * release with the pick: they compare with ours that are counted. Nothing is in flight otherwise.
 */
public class PickBenchmark {

    @State(Scope.Benchmark)
    public static class Instances {

        @Param({"3", "100", "10000"})
        public int count;
    }

    private static final int KEYS = 1_024;

    /** As long as the text of a UUID. */
    private static String key(int i) {
        return String.format("%08d-0000-4000-8000-%012d", i, i);
    }

    @State(Scope.Benchmark)
    public static class Floor {

        private Object[] instances;
        private final AtomicLong next = new AtomicLong();

        @Setup
        public void fill(Instances fleet) {
            instances = Peers.instances(fleet.count).toArray();
        }
    }

    @State(Scope.Benchmark)
    public static class Mesh {

        private LoadBalancer roundRobin;
        private LoadBalancer random;
        private LoadBalancer weighted;
        private LoadBalancer leastConnections;
        private LoadBalancer powerOfTwo;
        private LoadBalancer peakEwma;
        private LoadBalancer consistentHash;
        private LoadBalancer boundedHash;
        private CallOptions[] keys;
        private int next; // of each thread's own accord: it need not be exact

        @Setup
        public void fill(Instances fleet) {
            roundRobin = balancer(LoadBalancerStrategy.ROUND_ROBIN, fleet);
            random = balancer(LoadBalancerStrategy.RANDOM, fleet);
            weighted = balancer(LoadBalancerStrategy.WEIGHTED, fleet);
            leastConnections = balancer(LoadBalancerStrategy.LEAST_CONNECTIONS, fleet);
            powerOfTwo = balancer(LoadBalancerStrategy.POWER_OF_TWO, fleet);
            peakEwma = balancer(LoadBalancerStrategy.PEAK_EWMA, fleet);
            consistentHash = balancer(LoadBalancerStrategy.CONSISTENT_HASH, fleet);
            boundedHash = LoadBalancer.builder("backend")
                    .config(LoadBalancerConfig.builder()
                            .strategy(LoadBalancerStrategy.CONSISTENT_HASH)
                            .hashBalanceFactor(125)
                            .build())
                    .instances(Peers.instances(fleet.count))
                    .build();
            boundedHash.endpoints().forEach(Endpoint::begin); // an idle one has room without further looks
            keys = IntStream.range(0, KEYS)
                    .mapToObj(i -> CallOptions.defaults().withHashKey(key(i)))
                    .toArray(CallOptions[]::new);
        }

        private CallOptions nextKey() {
            return keys[next++ & (KEYS - 1)];
        }

        private static LoadBalancer balancer(LoadBalancerStrategy strategy, Instances fleet) {
            return LoadBalancer.of("backend", strategy, Peers.instances(fleet.count));
        }
    }

    @State(Scope.Benchmark)
    public static class Grpc {

        private SubchannelPicker roundRobin;

        @Setup
        public void fill(Instances fleet) {
            roundRobin = GrpcPicker.roundRobin(fleet.count);
            Peers.requireRotation(fleet.count, this::pick);
        }

        private @Nullable Object pick() {
            return roundRobin.pickSubchannel(null).getSubchannel();
        }
    }

    @State(Scope.Benchmark)
    public static class Armeria {

        private final ClientRequestContext context = ClientRequestContext.of(HttpRequest.of(HttpMethod.GET, "/"));
        private EndpointGroup roundRobin;
        private EndpointGroup weighted;
        private EndpointGroup sticky;
        private String[] keys;
        private int next;

        @Setup
        public void fill(Instances fleet) {
            keys = IntStream.range(0, KEYS).mapToObj(PickBenchmark::key).toArray(String[]::new);
            sticky = Peers.armeriaGroup(
                    EndpointSelectionStrategy.sticky(request -> keys[next++ & (KEYS - 1)].hashCode()), fleet.count);
            roundRobin = Peers.armeriaGroup(EndpointSelectionStrategy.roundRobin(), fleet.count);
            weighted = Peers.armeriaGroup(EndpointSelectionStrategy.weightedRoundRobin(), fleet.count);
            Peers.requireRotation(fleet.count, () -> roundRobin.selectNow(context));
        }
    }

    @State(Scope.Benchmark)
    public static class Finagle {

        private FinagleBalancer roundRobin;
        private FinagleBalancer twoChoices;
        private FinagleBalancer peakEwma;
        private FinagleBalancer heap;
        private FinagleBalancer aperture;

        @Setup
        public void fill(Instances fleet) {
            Rng rng = Rng.threadLocal();
            roundRobin = new FinagleBalancer(Balancers.roundRobin(), fleet.count);
            twoChoices = new FinagleBalancer(Balancers.p2c(rng), fleet.count);
            peakEwma = new FinagleBalancer(Balancers.p2cPeakEwma(Balancers.p2cPeakEwma$default$1(), rng), fleet.count);
            heap = new FinagleBalancer(Balancers.heap(new scala.util.Random()), fleet.count);
            aperture = new FinagleBalancer(
                    Balancers.aperture(
                            Balancers.aperture$default$1(),
                            Balancers.aperture$default$2(),
                            Balancers.aperture$default$3(),
                            Balancers.aperture$default$4(),
                            rng,
                            Balancers.aperture$default$6()),
                    fleet.count);
            Peers.requireRotation(fleet.count, roundRobin::acquireAskAndRelease);
        }
    }

    @State(Scope.Benchmark)
    public static class SpringCloud {

        private ReactiveLoadBalancer<ServiceInstance> roundRobin;
        private ReactiveLoadBalancer<ServiceInstance> roundRobinCached;
        private ReactiveLoadBalancer<ServiceInstance> random;
        private ReactiveLoadBalancer<ServiceInstance> weighted;

        @Setup
        public void fill(Instances fleet) {
            SpringBalancers.Fixed fixed = new SpringBalancers.Fixed(fleet.count);
            roundRobin = SpringBalancers.roundRobin(fixed);
            roundRobinCached = SpringBalancers.roundRobin(SpringBalancers.cached(fixed));
            random = SpringBalancers.random(fixed);
            weighted = SpringBalancers.roundRobin(SpringBalancers.weighted(fixed));
            Peers.requireRotation(fleet.count, () -> SpringBalancers.pick(roundRobin));
        }
    }

    @State(Scope.Benchmark)
    public static class SpringCloudApplication {

        private ConfigurableApplicationContext context;
        private LoadBalancerClient client;

        @Setup
        public void start(Instances fleet) {
            context = SpringBalancers.application(fleet.count);
            client = context.getBean(LoadBalancerClient.class);
            Peers.requireRotation(fleet.count, () -> client.choose("backend"));
        }

        @TearDown
        public void close() {
            context.close();
        }
    }

    /** One shared counter over an array. */
    @Benchmark
    public Object floorRoundRobin(Floor floor) {
        return floor.instances[Math.floorMod(floor.next.getAndIncrement(), floor.instances.length)];
    }

    /** Nothing shared is written. */
    @Benchmark
    public Object floorRandom(Floor floor) {
        return floor.instances[ThreadLocalRandom.current().nextInt(floor.instances.length)];
    }

    @Benchmark
    public @Nullable Object meshRoundRobin(Mesh mesh) {
        return mesh.roundRobin.pick();
    }

    @Benchmark
    public @Nullable Object meshRandom(Mesh mesh) {
        return mesh.random.pick();
    }

    @Benchmark
    public @Nullable Object meshWeighted(Mesh mesh) {
        return mesh.weighted.pick();
    }

    @Benchmark
    public @Nullable Object meshLeastConnections(Mesh mesh) {
        return mesh.leastConnections.pick();
    }

    @Benchmark
    public @Nullable Object meshRoundRobinCounted(Mesh mesh) {
        return beginAndEnd(mesh.roundRobin.pick());
    }

    @Benchmark
    public @Nullable Object meshLeastConnectionsCounted(Mesh mesh) {
        return beginAndEnd(mesh.leastConnections.pick());
    }

    @Benchmark
    public @Nullable Object meshPowerOfTwo(Mesh mesh) {
        return mesh.powerOfTwo.pick();
    }

    @Benchmark
    public @Nullable Object meshPowerOfTwoCounted(Mesh mesh) {
        return beginAndEnd(mesh.powerOfTwo.pick());
    }

    /** Reads the clock. */
    @Benchmark
    public @Nullable Object meshPeakEwma(Mesh mesh) {
        return mesh.peakEwma.pick();
    }

    /** Reads the clock at pick, begin and end. */
    @Benchmark
    public @Nullable Object meshPeakEwmaCounted(Mesh mesh) {
        return beginAndEnd(mesh.peakEwma.pick());
    }

    /** Hashes a key of 36 characters. */
    @Benchmark
    public @Nullable Object meshConsistentHash(Mesh mesh) {
        return mesh.consistentHash.pick(mesh.nextKey());
    }

    @Benchmark
    public @Nullable Object meshConsistentHashBounded(Mesh mesh) {
        return mesh.boundedHash.pick(mesh.nextKey());
    }

    private static @Nullable Object beginAndEnd(@Nullable Endpoint endpoint) {
        if (endpoint != null) {
            long begun = endpoint.begin();
            endpoint.record(CallOutcome.SUCCESS, begun);
            endpoint.end();
        }
        return endpoint;
    }

    @Benchmark
    public @Nullable Object grpcRoundRobin(Grpc peer) {
        return peer.pick();
    }

    @Benchmark
    public @Nullable Object armeriaRoundRobin(Armeria peer) {
        return peer.roundRobin.selectNow(peer.context);
    }

    @Benchmark
    public @Nullable Object armeriaWeighted(Armeria peer) {
        return peer.weighted.selectNow(peer.context);
    }

    /** By jump hash on the position in the list. */
    @Benchmark
    public @Nullable Object armeriaSticky(Armeria peer) {
        return peer.sticky.selectNow(peer.context);
    }

    @Benchmark
    public Object finagleRoundRobin(Finagle peer) throws Exception {
        return peer.roundRobin.acquireAndRelease();
    }

    @Benchmark
    public Object finagleTwoChoices(Finagle peer) throws Exception {
        return peer.twoChoices.acquireAndRelease();
    }

    @Benchmark
    public Object finaglePeakEwma(Finagle peer) throws Exception {
        return peer.peakEwma.acquireAndRelease();
    }

    @Benchmark
    public Object finagleHeap(Finagle peer) throws Exception {
        return peer.heap.acquireAndRelease();
    }

    @Benchmark
    public Object finagleAperture(Finagle peer) throws Exception {
        return peer.aperture.acquireAndRelease();
    }

    @Benchmark
    public Object springCloudRoundRobin(SpringCloud peer) {
        return SpringBalancers.pick(peer.roundRobin);
    }

    @Benchmark
    public Object springCloudRoundRobinCached(SpringCloud peer) {
        return SpringBalancers.pick(peer.roundRobinCached);
    }

    @Benchmark
    public Object springCloudRandom(SpringCloud peer) {
        return SpringBalancers.pick(peer.random);
    }

    @Benchmark
    public Object springCloudWeighted(SpringCloud peer) {
        return SpringBalancers.pick(peer.weighted);
    }

    /** What users call. */
    @Benchmark
    public @Nullable Object springCloudClient(SpringCloudApplication peer) {
        return peer.client.choose("backend");
    }
}
