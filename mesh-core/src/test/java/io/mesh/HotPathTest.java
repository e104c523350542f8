package io.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.circuitbreaker.Permit;
import io.mesh.limit.ConcurrencyLimit;
import io.mesh.loadbalancer.CallOutcome;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.BreakerScope;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HedgeConfig;
import io.mesh.model.Jitter;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.OutlierConfig;
import io.mesh.model.RejectedCallException;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.WindowConfig;
import io.mesh.policy.CheckedFunction;
import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.Policy;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import io.mesh.retry.RetryPolicy;
import io.mesh.time.ManualClock;
import io.mesh.time.Ticker;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a call costs that goes well at once, in what can be counted: it allocates nothing and reads no clock. That it
 * takes no lock is {@link ArchitectureTest}'s; how long it takes is measured by the benchmarks.
 */
class HotPathTest {

    private static final int CALLS = 1_000_000;
    private static final int MOST_ROUNDS = 20;

    /** A compilation that ends meanwhile may allocate a little on this thread; one byte a call would be a million. */
    private static final long NOTHING = CALLS / 100;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int TROUBLES = 20_000; // enough for the ways out of trouble to be compiled, too

    private static final long TEN_MILLIS = 10_000_000; // ns

    private static final CheckedSupplier<String, RuntimeException> WORK = () -> "fine";
    private static final CheckedSupplier<String, RuntimeException> FAILING_WORK = () -> {
        throw new IllegalStateException("no");
    };
    private static final CheckedFunction<ServiceInstance, String, RuntimeException> CALL = ServiceInstance::id;
    private static final CheckedFunction<ServiceInstance, String, RuntimeException> FAILING_CALL = instance -> {
        throw new IllegalStateException("no");
    };
    private static final RetryConfig AT_ONCE = RetryConfig.builder()
            .initialDelay(Duration.ZERO)
            .jitter(Jitter.NONE)
            .build();
    private static final CircuitBreakerConfig WINDOW = CircuitBreakerConfig.builder()
            .window(WindowConfig.count(100).withMinimumCalls(10))
            .build();
    private static final CircuitBreakerConfig TIMED = CircuitBreakerConfig.builder()
            .window(WindowConfig.time(Duration.ofSeconds(10)).withSlowCalls(Duration.ofSeconds(1), 50))
            .build();
    private static final List<ServiceInstance> INSTANCES = Stream.of("a", "b", "c")
            .map(id -> ServiceInstance.of(id, "host", 80))
            .toList();
    private static final List<ServiceInstance> WEIGHTED =
            List.of(INSTANCES.get(0).withWeight(5), INSTANCES.get(1), INSTANCES.get(2));

    private final ManualClock clock = new ManualClock();
    private final AtomicLong readings = new AtomicLong();
    private final Thread caller = Thread.currentThread();
    private Object last; // so that no call is optimised away

    private interface Call {
        Object once(boolean fails);
    }

    static Stream<Arguments> paths() {
        List<Arguments> paths = new ArrayList<>();
        paths.add(path("breaker.call", ticker -> {
            CircuitBreaker breaker = CircuitBreaker.of("payments", CircuitBreakerConfig.defaults(), ticker);
            return fails -> breaker.call(fails ? FAILING_WORK : WORK);
        }));
        paths.add(path("breaker.call, window of calls", ticker -> {
            CircuitBreaker breaker = CircuitBreaker.of("payments", WINDOW, ticker);
            return fails -> breaker.call(fails ? FAILING_WORK : WORK);
        }));
        paths.add(path("breaker.tryAcquire, permit.success", ticker -> {
            CircuitBreaker breaker = CircuitBreaker.of("payments", CircuitBreakerConfig.defaults(), ticker);
            return fails -> {
                Permit permit = breaker.tryAcquire();
                if (permit != null && fails) {
                    permit.failure(new IllegalStateException("no"));
                } else if (permit != null) {
                    permit.success();
                }
                return permit;
            };
        }));
        paths.add(path("breaker.tryAcquire, permit.result", ticker -> {
            CircuitBreaker breaker = CircuitBreaker.of(
                    "payments",
                    CircuitBreakerConfig.builder()
                            .recordFailureResult(String.class, "no"::equals)
                            .build(),
                    ticker);
            return fails -> {
                Permit permit = breaker.tryAcquire();
                if (permit != null) {
                    permit.result(fails ? "no" : "fine");
                }
                return permit;
            };
        }));
        paths.add(path("limit.call", ticker -> {
            ConcurrencyLimit limit =
                    ConcurrencyLimit.builder("payments").ticker(ticker).build();
            return fails -> limit.call(fails ? FAILING_WORK : WORK);
        }));
        paths.add(path("retry.call", ticker -> {
            RetryPolicy retry = retry(ticker);
            return fails -> retry.call(fails ? FAILING_WORK : WORK);
        }));
        paths.add(path("retry.call, with a budget", ticker -> {
            RetryPolicy retry = Mesh.builder()
                    .ticker(ticker)
                    .retry("payments", AT_ONCE)
                    .build()
                    .retry("payments");
            assertThat(retry.budget()).isNotNull();
            return fails -> retry.call(fails ? FAILING_WORK : WORK);
        }));
        paths.add(path("retry.around(breaker).decorate", ticker -> {
            Policy both = retry(ticker).around(CircuitBreaker.of("payments", CircuitBreakerConfig.defaults(), ticker));
            CheckedSupplier<String, RuntimeException> guarded = both.decorate(WORK);
            CheckedSupplier<String, RuntimeException> failing = both.decorate(FAILING_WORK);
            return fails -> (fails ? failing : guarded).get();
        }));
        for (LoadBalancerStrategy strategy :
                EnumSet.complementOf(EnumSet.of(LoadBalancerStrategy.PEAK_EWMA))) { // which reads a clock
            for (List<ServiceInstance> instances : List.of(INSTANCES, WEIGHTED, INSTANCES.subList(0, 1))) {
                paths.add(path("pick, " + strategy + ", " + shape(instances), ticker -> {
                    LoadBalancer balancer = LoadBalancer.builder("orders")
                            .config(LoadBalancerConfig.builder()
                                    .strategy(strategy)
                                    .build())
                            .instances(instances)
                            .ticker(ticker)
                            .failurePenalty(Duration.ofSeconds(1))
                            .build();
                    balancer.endpoints().forEach(Endpoint::begin); // nobody is idle: least connections looks at all
                    return fails -> {
                        Endpoint endpoint = balancer.pick();
                        if (fails) {
                            endpoint.record(CallOutcome.FAILURE, Endpoint.RECORDED);
                        }
                        return endpoint;
                    };
                }));
                paths.add(proxyPath(
                        "proxy.call, " + strategy + ", " + shape(instances),
                        s -> s.instances(instances).strategy(strategy).retry(AT_ONCE)));
            }
        }
        paths.add(path("proxy.call, by the hash of a key, bounded", ticker -> {
            ServiceProxy orders = Mesh.builder()
                    .ticker(ticker)
                    .service("orders", s -> s.instances(INSTANCES)
                            .loadBalancer(LoadBalancerConfig.builder()
                                    .strategy(LoadBalancerStrategy.CONSISTENT_HASH)
                                    .hashBalanceFactor(125)
                                    .build()))
                    .build()
                    .service("orders");
            CallOptions options = CallOptions.idempotent(true).withHashKey("customer-42");
            return fails -> orders.call(options, fails ? FAILING_CALL : CALL);
        }));
        paths.add(proxyPath("proxy.call, without retry settings", s -> s.instances(INSTANCES)));
        paths.add(proxyPath(
                "proxy.call, window of calls", s -> s.instances(INSTANCES).circuitBreaker(WINDOW)));
        paths.add(proxyPath(
                "proxy.call, one breaker for all", s -> s.instances(INSTANCES).breakerScope(BreakerScope.SERVICE)));
        paths.add(proxyPath("proxy.call, hedging without an executor", s -> s.instances(INSTANCES)
                .hedge(HedgeConfig.defaults())));
        paths.add(proxyPath("proxy.call, health checks and outlier detection", s -> s.instances(INSTANCES)
                .healthCheck(HealthCheckConfig.builder()
                        .protocol(HealthCheckConfig.Protocol.TCP)
                        .interval(Duration.ofDays(1)) // not now
                        .checkFirst(true)
                        .build())
                .outlierDetection(
                        OutlierConfig.builder().interval(Duration.ofDays(1)).build())));
        return paths.stream();
    }

    private static RetryPolicy retry(Ticker ticker) {
        return RetryPolicy.builder("payments").config(AT_ONCE).ticker(ticker).build();
    }

    private static String shape(List<ServiceInstance> instances) {
        return instances == WEIGHTED ? "weighted" : instances.size() + " equal";
    }

    private static Arguments path(String name, Function<Ticker, Call> call) {
        return Arguments.of(name, call);
    }

    private static Arguments proxyPath(String name, Consumer<ServiceConfig.Builder> settings) {
        return path(name, ticker -> {
            Mesh mesh =
                    Mesh.builder().ticker(ticker).service("orders", settings).build();
            ServiceProxy orders = mesh.service("orders");
            CallOptions options = CallOptions.idempotent(true);
            return fails -> orders.call(options, fails ? FAILING_CALL : CALL);
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("paths")
    void aCallThatGoesWellAllocatesNothingAndReadsNoClock(String name, Function<Ticker, Call> path) {
        Call call = path.apply(this::countedNow);

        assertCostsNothing(call);
    }

    /** Circuits have opened and closed, calls were made again, failures have counted as load; all that is over. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("paths")
    void afterTroubleACallCostsAsLittleAsBefore(String name, Function<Ticker, Call> path) {
        Call call = path.apply(this::countedNow);
        for (int i = 0; i < TROUBLES; i++) {
            try {
                last = call.once(i % 2 == 0);
            } catch (IllegalStateException | RejectedCallException trouble) {
                last = trouble;
            }
            clock.advance(Duration.ofMillis(20)); // so that circuits open, and are tried again, many times
        }
        clock.advance(Duration.ofHours(1));
        repeat(call, 100); // trials

        assertCostsNothing(call);
    }

    @Test
    void aCallThatIsTimedAllocatesNothingAndReadsTheClockAtItsStartAndItsEnd() {
        CircuitBreaker breaker = CircuitBreaker.of("payments", TIMED, this::countedNow);
        Call call = fails -> breaker.call(WORK);
        repeat(call, CALLS);
        readings.set(0);

        repeat(call, CALLS);

        assertThat(readings).hasValue(2L * CALLS);
        assertThat(leastBytesOf(call)).isLessThan(NOTHING);
    }

    @Test
    void aCallByLatencyAllocatesNothingAndReadsTheClockToPickAtItsStartAndAtItsEnd() {
        ServiceProxy orders = Mesh.builder()
                .ticker(() -> readings.getAndIncrement() * TEN_MILLIS)
                .service("orders", s -> s.instances(WEIGHTED).strategy(LoadBalancerStrategy.PEAK_EWMA))
                .build()
                .service("orders");
        Call call = fails -> orders.call(CALL);
        repeat(call, CALLS);
        long before = readings.get();

        repeat(call, CALLS);

        assertThat(readings.get() - before).isEqualTo(3L * CALLS);
        assertThat(leastBytesOf(call)).isLessThan(NOTHING);
    }

    /** With the entry in the scheduler, which is not counted here. */
    @Test
    void aHedgedCallThatGoesWellAtOnceAllocatesLessThanTwoKibibytes() {
        ServiceProxy orders = Mesh.builder()
                .ticker(clock)
                .scheduler((task, delay) -> () -> {})
                .hedgeExecutor(Runnable::run)
                .service("orders", s -> s.instances(INSTANCES)
                        .hedge(HedgeConfig.builder()
                                .delay(Duration.ofMillis(10))
                                .build()))
                .build()
                .service("orders");
        CallOptions options = CallOptions.idempotent(true);
        Call call = fails -> orders.call(options, CALL);
        repeat(call, CALLS / 10);

        long bytes = bytesOf(call, CALLS / 10) / (CALLS / 10);

        assertThat(bytes).isPositive().isLessThan(2_048);
    }

    private long countedNow() {
        if (Thread.currentThread() == caller) { // retry budgets are looked at once a second, by another
            readings.getAndIncrement();
        }
        return clock.now();
    }

    private void assertCostsNothing(Call call) {
        repeat(call, 1);
        long readingsBefore = readings.get();

        assertThat(leastBytesOf(call)).isLessThan(NOTHING);
        assertThat(readings).hasValue(readingsBefore);
        assertThat(last).isNotNull();
    }

    /** On a busy machine compilers come late. */
    private long leastBytesOf(Call call) {
        long bytes = bytesOf(call, CALLS);
        for (int i = 0; i < MOST_ROUNDS && bytes >= NOTHING; i++) {
            bytes = bytesOf(call, CALLS);
        }
        return bytes;
    }

    private long bytesOf(Call call, int times) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        repeat(call, times);
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    private void repeat(Call call, int times) {
        for (int i = 0; i < times; i++) {
            last = call.once(false);
        }
    }
}
