package io.mesh.benchmarks;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.Tracer;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.circuitbreaker.Permit;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.WindowConfig;
import io.smallrye.faulttolerance.api.TypedGuard;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The circuit is closed and the call succeeds: what a breaker costs every call that is well. */
public class BreakerClosedBenchmark {

    @State(Scope.Benchmark)
    public static class Floor {

        private final LongAdder calls = new LongAdder();
        private final AtomicLong recent = new AtomicLong();
        private long until = Long.MAX_VALUE; // not final: cannot be folded

        private void countAt(long time) {
            long there = recent.get();
            while (time < until && !recent.compareAndSet(there, there + 1)) {
                there = recent.get();
            }
        }
    }

    @State(Scope.Benchmark)
    public static class Mesh {

        private final CircuitBreaker breaker = CircuitBreaker.of("backend", CircuitBreakerConfig.defaults());
        private final CircuitBreaker countWindow = windowed(WindowConfig.count(100));
        private final CircuitBreaker timeWindow = windowed(WindowConfig.time(Duration.ofSeconds(10)));
        private final CircuitBreaker slowCalls =
                windowed(WindowConfig.count(100).withSlowCalls(Duration.ofMinutes(1), 50));

        private static CircuitBreaker windowed(WindowConfig window) {
            return CircuitBreaker.of(
                    "backend", CircuitBreakerConfig.builder().window(window).build());
        }

        @TearDown
        public void check() {
            for (CircuitBreaker each : List.of(breaker, countWindow, timeWindow, slowCalls)) {
                Peers.require(each.state() == CircuitState.CLOSED, "closed");
            }
        }
    }

    @State(Scope.Benchmark)
    public static class Resilience4j {

        private final io.github.resilience4j.circuitbreaker.CircuitBreaker breaker =
                Peers.resilience4jBreaker(SlidingWindowSynchronizationStrategy.SYNCHRONIZED);
        private Supplier<Integer> call;
        private Supplier<Integer> lockFreeCall;

        @Setup
        public void decorate(Work work) {
            call = io.github.resilience4j.circuitbreaker.CircuitBreaker.decorateSupplier(breaker, work);
            lockFreeCall = io.github.resilience4j.circuitbreaker.CircuitBreaker.decorateSupplier(
                    Peers.resilience4jBreaker(SlidingWindowSynchronizationStrategy.LOCK_FREE), work);
        }

        @TearDown
        public void check() {
            Peers.require(
                    breaker.getState() == io.github.resilience4j.circuitbreaker.CircuitBreaker.State.CLOSED, "closed");
        }
    }

    @State(Scope.Benchmark)
    public static class FailsafeBreaker {

        private final dev.failsafe.CircuitBreaker<Integer> breaker = Peers.failsafeBreaker();
        private final FailsafeExecutor<Integer> executor = Failsafe.with(breaker);

        @TearDown
        public void check() {
            Peers.require(breaker.isClosed(), "closed");
        }
    }

    @State(Scope.Benchmark)
    public static class SmallRye {

        private final TypedGuard<Integer> guard = Peers.smallRyeBreaker();
    }

    @State(Scope.Benchmark)
    public static class Sentinel {

        @Setup
        public void rules() {
            Peers.sentinelRule("closed");
        }
    }

    @Benchmark
    public Integer bare(Work work) {
        return work.get();
    }

    /** What a window of time cannot do without: the time, a count since ever and one of lately. */
    @Benchmark
    public Integer floorTimedCounts(Floor floor, Work work) {
        Integer result = work.get();
        floor.calls.increment();
        floor.countAt(System.nanoTime());
        return result;
    }

    /** The same for slow calls, which are timed from their begin. */
    @Benchmark
    public Integer floorTwiceTimedCounts(Floor floor, Work work) {
        long begun = System.nanoTime();
        Integer result = work.get();
        floor.calls.increment();
        floor.countAt(System.nanoTime() - begun);
        return result;
    }

    @Benchmark
    public Integer mesh(Mesh mesh, Work work) {
        return mesh.breaker.<Integer, RuntimeException>call(work);
    }

    @Benchmark
    public Integer meshCountWindow(Mesh mesh, Work work) {
        return mesh.countWindow.<Integer, RuntimeException>call(work);
    }

    @Benchmark
    public Integer meshTimeWindow(Mesh mesh, Work work) {
        return mesh.timeWindow.<Integer, RuntimeException>call(work);
    }

    @Benchmark
    public Integer meshSlowCalls(Mesh mesh, Work work) {
        return mesh.slowCalls.<Integer, RuntimeException>call(work);
    }

    @Benchmark
    public Integer meshPermit(Mesh mesh, Work work) {
        Permit permit = mesh.breaker.tryAcquire();
        if (permit == null) {
            throw mesh.breaker.rejection();
        }
        Integer result;
        try {
            result = work.get();
        } catch (RuntimeException failure) {
            permit.failure(failure);
            throw failure;
        }
        permit.success();
        return result;
    }

    @Benchmark
    public Integer resilience4j(Resilience4j peer) {
        return peer.call.get();
    }

    /** As most code calls it: decorated anew for each call. */
    @Benchmark
    public Integer resilience4jExecute(Resilience4j peer, Work work) {
        return peer.breaker.executeSupplier(work);
    }

    @Benchmark
    public Integer resilience4jLockFree(Resilience4j peer) {
        return peer.lockFreeCall.get();
    }

    @Benchmark
    public Integer failsafe(FailsafeBreaker peer, Work work) {
        return peer.executor.get(work);
    }

    @Benchmark
    public Integer failsafePermit(FailsafeBreaker peer, Work work) {
        if (!peer.breaker.tryAcquirePermit()) {
            throw new IllegalStateException("open");
        }
        Integer result;
        try {
            result = work.get();
        } catch (RuntimeException failure) {
            peer.breaker.recordException(failure);
            throw failure;
        }
        peer.breaker.recordSuccess();
        return result;
    }

    @Benchmark
    public Integer smallRye(SmallRye peer, Work work) {
        return peer.guard.get(work);
    }

    @Benchmark
    public Integer sentinel(Sentinel peer, Work work) throws BlockException {
        Entry entry = SphU.entry("closed");
        try {
            return work.get();
        } catch (RuntimeException failure) {
            Tracer.traceEntry(failure, entry);
            throw failure;
        } finally {
            entry.exit();
        }
    }
}
