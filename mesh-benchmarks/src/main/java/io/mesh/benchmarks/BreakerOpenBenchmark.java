package io.mesh.benchmarks;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphO;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.CircuitState;
import io.smallrye.faulttolerance.api.TypedGuard;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The circuit is open: what a rejection costs. One with a stack trace costs by the depth of the stack, and a call
 * inside of a web framework stands 60 to 150 frames deep. It is caught where it is thrown, so that unwinding the
 * stack does not count.
 */
@State(Scope.Benchmark)
public class BreakerOpenBenchmark {

    @Param({"0", "64"})
    public int deeper;

    @State(Scope.Benchmark)
    public static class Floor {

        private boolean open = true;
        private final Supplier<Object> frames = this::returned;
        private final Supplier<Object> exception = this::caught;
        private final Supplier<Object> exceptionAndClock = this::caughtAfterClock;
        private final Supplier<Object> countedRejection = this::countedRejection;
        private final LongAdder rejected = new LongAdder();
        private String name = "backend"; // not final: cannot be folded
        private String lastFailure = "java.io.IOException";

        private Object returned() {
            return this;
        }

        private Object caught() {
            try {
                return reject();
            } catch (Stackless rejection) {
                return rejection;
            }
        }

        private Object caughtAfterClock() {
            try {
                return System.nanoTime() == 0 ? this : reject();
            } catch (Stackless rejection) {
                return rejection;
            }
        }

        private Object countedRejection() {
            long now = System.nanoTime();
            rejected.increment();
            try {
                if (open) {
                    throw new CircuitOpenException(name, CircuitState.OPEN, now, lastFailure, now, false);
                }
                return this;
            } catch (CircuitOpenException rejection) {
                return rejection;
            }
        }

        private Object reject() {
            if (open) {
                throw new Stackless();
            }
            return this;
        }
    }

    private static final class Stackless extends RuntimeException {

        Stackless() {
            super("open", null, false, false);
        }
    }

    @State(Scope.Benchmark)
    public static class Mesh {

        private final CircuitBreaker breaker = CircuitBreaker.of(
                "backend",
                CircuitBreakerConfig.builder()
                        .failureThreshold(1)
                        .openTimeout(Duration.ofHours(1))
                        .build());
        private final Work work = new Work();
        private final Supplier<Object> call = this::call;
        private final Supplier<Object> permit = this::permit;

        @Setup
        public void trip() {
            Objects.requireNonNull(breaker.tryAcquire()).failure(new IllegalStateException("trip"));
        }

        private Object call() {
            try {
                return permitted(breaker.<Integer, RuntimeException>call(work));
            } catch (CircuitOpenException rejection) {
                return rejection;
            }
        }

        private Object permit() {
            return breaker.tryAcquire() == null;
        }
    }

    @State(Scope.Benchmark)
    public static class Resilience4j {

        private final io.github.resilience4j.circuitbreaker.CircuitBreaker breaker =
                Peers.resilience4jOpenBreaker(true);
        private final Supplier<Integer> guarded =
                io.github.resilience4j.circuitbreaker.CircuitBreaker.decorateSupplier(breaker, new Work());
        private final io.github.resilience4j.circuitbreaker.CircuitBreaker stackless =
                Peers.resilience4jOpenBreaker(false);
        private final Supplier<Integer> stacklessGuarded =
                io.github.resilience4j.circuitbreaker.CircuitBreaker.decorateSupplier(stackless, new Work());
        private final Supplier<Object> call = this::call;
        private final Supplier<Object> stacklessCall = this::stacklessCall;
        private final Supplier<Object> permit = this::permit;

        private Object call() {
            try {
                return permitted(guarded.get());
            } catch (CallNotPermittedException rejection) {
                return rejection;
            }
        }

        private Object stacklessCall() {
            try {
                return permitted(stacklessGuarded.get());
            } catch (CallNotPermittedException rejection) {
                return rejection;
            }
        }

        private Object permit() {
            return breaker.tryAcquirePermission();
        }
    }

    @State(Scope.Benchmark)
    public static class FailsafeBreaker {

        private final dev.failsafe.CircuitBreaker<Integer> breaker = Peers.failsafeBreaker();
        private final FailsafeExecutor<Integer> executor = Failsafe.with(breaker);
        private final Work work = new Work();
        private final Supplier<Object> call = this::call;
        private final Supplier<Object> permit = this::permit;

        @Setup
        public void open() {
            breaker.open();
        }

        private Object call() {
            try {
                return permitted(executor.get(work));
            } catch (dev.failsafe.CircuitBreakerOpenException rejection) {
                return rejection;
            }
        }

        private Object permit() {
            return breaker.tryAcquirePermit();
        }
    }

    @State(Scope.Benchmark)
    public static class SmallRye {

        private final TypedGuard<Integer> guard = Peers.smallRyeBreaker();
        private final Work work = new Work();
        private final Supplier<Object> call = this::call;

        @Setup
        public void trip() {
            Peers.smallRyeTrip(guard);
        }

        private Object call() {
            try {
                return permitted(guard.get(work));
            } catch (CircuitBreakerOpenException rejection) {
                return rejection;
            }
        }
    }

    @State(Scope.Benchmark)
    public static class Sentinel {

        private final Work work = new Work();
        private final Supplier<Object> call = this::call;
        private final Supplier<Object> permit = this::permit;

        @Setup
        public void trip() {
            Peers.sentinelRule("open");
            Peers.sentinelTrip("open");
        }

        private Object call() {
            Entry entry = null;
            try {
                entry = SphU.entry("open");
                return permitted(work.get());
            } catch (BlockException rejection) {
                return rejection;
            } finally {
                if (entry != null) {
                    entry.exit();
                }
            }
        }

        private Object permit() {
            return SphO.entry("open");
        }
    }

    private static Object permitted(Object result) {
        throw new IllegalStateException("permitted: " + result);
    }

    @Benchmark
    public Object floorFrames(Floor floor) {
        return Stack.deeper(deeper, floor.frames);
    }

    @Benchmark
    public Object floorException(Floor floor) {
        return Stack.deeper(deeper, floor.exception);
    }

    /** The budget. */
    @Benchmark
    public Object floorExceptionAndClock(Floor floor) {
        return Stack.deeper(deeper, floor.exceptionAndClock);
    }

    /** What is left if the decision and the look at the last failure cost nothing. */
    @Benchmark
    public Object floorCountedRejection(Floor floor) {
        return Stack.deeper(deeper, floor.countedRejection);
    }

    @Benchmark
    public Object mesh(Mesh mesh) {
        return Stack.deeper(deeper, mesh.call);
    }

    @Benchmark
    public Object meshPermit(Mesh mesh) {
        return Stack.deeper(deeper, mesh.permit);
    }

    @Benchmark
    public Object resilience4j(Resilience4j peer) {
        return Stack.deeper(deeper, peer.call);
    }

    @Benchmark
    public Object resilience4jStackless(Resilience4j peer) {
        return Stack.deeper(deeper, peer.stacklessCall);
    }

    @Benchmark
    public Object resilience4jPermit(Resilience4j peer) {
        return Stack.deeper(deeper, peer.permit);
    }

    @Benchmark
    public Object failsafe(FailsafeBreaker peer) {
        return Stack.deeper(deeper, peer.call);
    }

    @Benchmark
    public Object failsafePermit(FailsafeBreaker peer) {
        return Stack.deeper(deeper, peer.permit);
    }

    @Benchmark
    public Object smallRye(SmallRye peer) {
        return Stack.deeper(deeper, peer.call);
    }

    @Benchmark
    public Object sentinel(Sentinel peer) {
        return Stack.deeper(deeper, peer.call);
    }

    @Benchmark
    public Object sentinelPermit(Sentinel peer) {
        return Stack.deeper(deeper, peer.permit);
    }
}
