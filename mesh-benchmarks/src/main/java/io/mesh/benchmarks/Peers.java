package io.mesh.benchmarks;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.Tracer;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRuleManager;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.endpoint.EndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import dev.failsafe.CircuitBreaker;
import dev.failsafe.RetryPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.mesh.model.ServiceInstance;
import io.smallrye.faulttolerance.api.TypedGuard;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;
import org.springframework.cloud.client.DefaultServiceInstance;

/** How each peer is set up, in one place: breakers trip at 50 % of 100 calls, retries make three attempts. */
final class Peers {

    static {
        // Sentinel writes log files of its own, by default into the home folder.
        System.setProperty("csp.sentinel.log.dir", System.getProperty("java.io.tmpdir"));
    }

    private static final int CALLS = 100;
    private static final int HALF = 50;
    private static final int ENOUGH_TO_TRIP = 10_000;

    private Peers() {}

    static void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException("expected: " + what);
        }
    }

    /** Of a round robin: so many picks are so many different instances. */
    static void requireRotation(int count, Supplier<?> pick) {
        Set<Object> picked = new HashSet<>();
        for (int i = 0; i < count; i++) {
            picked.add(pick.get());
        }
        require(picked.size() == count, count + " different picks, not " + picked.size());
    }

    // Circuit breakers

    static io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4jBreaker(
            SlidingWindowSynchronizationStrategy synchronization) {
        return io.github.resilience4j.circuitbreaker.CircuitBreaker.of(
                "backend",
                CircuitBreakerConfig.custom()
                        .slidingWindow(CALLS, CALLS, SlidingWindowType.COUNT_BASED, synchronization)
                        .build());
    }

    static io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4jOpenBreaker(boolean stackTrace) {
        io.github.resilience4j.circuitbreaker.CircuitBreaker breaker =
                io.github.resilience4j.circuitbreaker.CircuitBreaker.of(
                        "backend",
                        CircuitBreakerConfig.custom()
                                .waitDurationInOpenState(Duration.ofHours(1))
                                .writableStackTraceEnabled(stackTrace)
                                .build());
        breaker.transitionToOpenState();
        return breaker;
    }

    static CircuitBreaker<Integer> failsafeBreaker() {
        return CircuitBreaker.<Integer>builder()
                .withFailureThreshold(HALF, CALLS)
                .withDelay(Duration.ofHours(1))
                .build();
    }

    static TypedGuard<Integer> smallRyeBreaker() {
        return TypedGuard.create(Integer.class)
                .withCircuitBreaker()
                .requestVolumeThreshold(CALLS)
                .failureRatio(0.5)
                .delay(1, ChronoUnit.HOURS)
                .done()
                .build();
    }

    static void smallRyeTrip(TypedGuard<Integer> guard) {
        for (int i = 0; i < ENOUGH_TO_TRIP; i++) {
            try {
                guard.get(() -> {
                    throw new IllegalArgumentException("trip");
                });
            } catch (CircuitBreakerOpenException | IllegalArgumentException failure) {
                if (failure instanceof CircuitBreakerOpenException) {
                    return;
                }
            }
        }
        throw new IllegalStateException("did not trip");
    }

    static void sentinelRule(String resource) {
        DegradeRuleManager.loadRules(List.of(new DegradeRule(resource)
                .setGrade(RuleConstant.DEGRADE_GRADE_EXCEPTION_RATIO)
                .setCount(0.5)
                .setMinRequestAmount(CALLS)
                .setStatIntervalMs(10_000)
                .setTimeWindow(3_600)));
    }

    static void sentinelTrip(String resource) {
        for (int i = 0; i < ENOUGH_TO_TRIP; i++) {
            try {
                Entry entry = SphU.entry(resource);
                Tracer.traceEntry(new IllegalStateException("trip"), entry);
                entry.exit();
            } catch (BlockException open) {
                return;
            }
        }
        throw new IllegalStateException("did not trip");
    }

    // Retries

    static RetryPolicy<Integer> failsafeRetry() {
        return RetryPolicy.ofDefaults(); // three attempts
    }

    // Instances: the same hosts for all, with weights from 1 to 5

    private static String host(int i) {
        return "10." + (i >> 16 & 255) + '.' + (i >> 8 & 255) + '.' + (i & 255);
    }

    private static int weight(int i) {
        return 1 + i % 5;
    }

    static List<String> hosts(int count) {
        return IntStream.range(0, count).mapToObj(Peers::host).toList();
    }

    static List<ServiceInstance> instances(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> ServiceInstance.of("i" + i, host(i), 8080).withWeight(weight(i)))
                .toList();
    }

    static List<org.springframework.cloud.client.ServiceInstance> springInstances(int count) {
        return IntStream.range(0, count)
                .<org.springframework.cloud.client.ServiceInstance>mapToObj(i -> new DefaultServiceInstance(
                        "i" + i, "backend", host(i), 8080, false, Map.of("weight", String.valueOf(weight(i)))))
                .toList();
    }

    static EndpointGroup armeriaGroup(EndpointSelectionStrategy strategy, int count) {
        return EndpointGroup.of(
                strategy,
                IntStream.range(0, count)
                        .mapToObj(i -> Endpoint.of(host(i), 8080).withWeight(weight(i)))
                        .toList());
    }
}
