package io.mesh.benchmarks;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import io.github.resilience4j.retry.Retry;
import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.RetryConfig;
import io.mesh.policy.Policy;
import io.mesh.retry.RetryPolicy;
import io.smallrye.faulttolerance.api.TypedGuard;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.springframework.core.retry.RetryException;
import org.springframework.core.retry.RetryTemplate;

/** The first attempt succeeds: what a retry policy costs the calls that do not need it. */
public class RetryBenchmark {

    @State(Scope.Benchmark)
    public static class Mesh {

        private final RetryPolicy retry = RetryPolicy.of("backend", RetryConfig.defaults());
        private final Policy retryAroundBreaker =
                retry.around(CircuitBreaker.of("backend", CircuitBreakerConfig.defaults()));
    }

    @State(Scope.Benchmark)
    public static class Resilience4j {

        private Supplier<Integer> call;

        @Setup
        public void decorate(Work work) {
            call = Retry.decorateSupplier(Retry.ofDefaults("backend"), work);
        }
    }

    @State(Scope.Benchmark)
    public static class FailsafeRetry {

        private final FailsafeExecutor<Integer> executor = Failsafe.with(Peers.failsafeRetry());
    }

    @State(Scope.Benchmark)
    public static class Spring {

        private final RetryTemplate template =
                new RetryTemplate(org.springframework.core.retry.RetryPolicy.withMaxRetries(2));
    }

    @State(Scope.Benchmark)
    public static class SmallRye {

        private final TypedGuard<Integer> guard = TypedGuard.create(Integer.class)
                .withRetry()
                .maxRetries(2)
                .maxDuration(0, ChronoUnit.SECONDS) // no limit, as ours
                .done()
                .build();
    }

    @Benchmark
    public Integer bare(Work work) {
        return work.get();
    }

    @Benchmark
    public Integer mesh(Mesh mesh, Work work) {
        return mesh.retry.<Integer, RuntimeException>call(work);
    }

    @Benchmark
    public Integer meshAroundBreaker(Mesh mesh, Work work) {
        return mesh.retryAroundBreaker.<Integer, RuntimeException>call(work);
    }

    @Benchmark
    public Integer resilience4j(Resilience4j peer) {
        return peer.call.get();
    }

    @Benchmark
    public Integer failsafe(FailsafeRetry peer, Work work) {
        return peer.executor.get(work);
    }

    @Benchmark
    public Integer springTemplate(Spring peer, Work work) throws RetryException {
        return peer.template.execute(work);
    }

    @Benchmark
    public Integer springTemplateInvoke(Spring peer, Work work) {
        return peer.template.invoke(work);
    }

    @Benchmark
    public Integer smallRye(SmallRye peer, Work work) {
        return peer.guard.get(work);
    }
}
