package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithConcurrencyLimit;
import io.mesh.annotation.WithRetry;
import io.mesh.annotation.WithTimeout;
import io.mesh.limit.ConcurrencyLimit;
import io.mesh.model.AdaptiveLimitConfig;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitException;
import io.mesh.model.ConcurrencyLimitSnapshot;
import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitsTest {

    static class Client {

        private final CompletableFuture<String> running = new CompletableFuture<>();

        @WithConcurrencyLimit(value = "payments", maxConcurrent = "1")
        public String get() {
            return "got";
        }

        @WithConcurrencyLimit(value = "payments", maxConcurrent = "1")
        public CompletionStage<String> later() {
            return running;
        }

        @WithConcurrencyLimit(maxConcurrent = "1", fallback = "instead")
        public String withFallback() {
            return "got";
        }

        public void complete(String result) {
            running.complete(result);
        }

        String instead(ConcurrencyLimitException full) {
            return "instead of " + full.name();
        }
    }

    @Test
    void methodsOfOneNameShareItsPlacesUntilTheirResultsAreThere() {
        MeshRunner.runner().withBean(Client.class).run(context -> {
            Client client = context.getBean(Client.class);
            ConcurrencyLimit payments = context.getBean(Mesh.class).concurrencyLimit("payments");
            CompletionStage<String> later = client.later();

            assertThatThrownBy(client::get)
                    .isInstanceOf(ConcurrencyLimitException.class)
                    .hasMessage("Concurrency limit 'payments' has no place for the call: 1 running, 1 allowed."
                            + " Call again later, or raise maxConcurrent.");
            client.complete("done");

            assertThat(later.toCompletableFuture()).isCompletedWithValue("done");
            assertThat(client.get()).isEqualTo("got");
            assertThat(payments.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 1));
        });
    }

    @Test
    void aFallbackAnswersForARejection() {
        MeshRunner.runner().withBean(Client.class).run(context -> {
            Client client = context.getBean(Client.class);
            ConcurrencyLimit limit = context.getBean(Mesh.class).concurrencyLimit("client-with-fallback");

            String instead = limit.call(client::withFallback);

            assertThat(instead).isEqualTo("instead of client-with-fallback");
            assertThat(client.withFallback()).isEqualTo("got");
        });
    }

    static class Layered {

        private final AtomicInteger attempts = new AtomicInteger();
        private final CountDownLatch never = new CountDownLatch(1);

        @WithTimeout(value = "all", timeout = "20ms")
        @WithConcurrencyLimit(value = "all", maxConcurrent = "1")
        @WithCircuitBreaker(value = "all", failureThreshold = "2")
        @WithRetry(value = "all", maxAttempts = "2", initialDelay = "0s")
        public String slow() throws InterruptedException {
            attempts.incrementAndGet();
            never.await();
            return "";
        }

        public int attempts() {
            return attempts.get();
        }
    }

    @Test
    void everyAttemptTakesAPlaceInsideOfBreakerAndRetryAndOutsideOfTheTimeout() {
        MeshRunner.runner().withBean(Layered.class).run(context -> {
            Layered layered = context.getBean(Layered.class);
            Mesh mesh = context.getBean(Mesh.class);
            ConcurrencyLimit limit = mesh.concurrencyLimit("all");

            limit.run(() -> assertThatThrownBy(layered::slow).isInstanceOf(ConcurrencyLimitException.class));
            assertThat(layered.attempts()).isZero();
            assertThat(mesh.circuitBreaker("all").snapshot().consecutiveFailures())
                    .isZero();

            assertThatThrownBy(layered::slow).isInstanceOf(CallTimeoutException.class);
            assertThat(layered.attempts()).isEqualTo(2);
            assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 1));
        });
    }

    static class Adaptive {
        @WithConcurrencyLimit(
                value = "adaptive",
                maxWait = "${wait:30ms}",
                adaptive = @WithConcurrencyLimit.Adaptive(initialLimit = "4"))
        public void call() {}
    }

    @Test
    void whatStandsInPropertiesIsStrongerThanTheAnnotationAndThatThanTheDefaults() {
        MeshRunner.runner()
                .withBean(Adaptive.class)
                .withPropertyValues(
                        "mesh.concurrency-limits.adaptive.max-concurrent=10",
                        "mesh.defaults.concurrency-limit.max-wait=5s",
                        "mesh.defaults.concurrency-limit.adaptive.tolerance=3")
                .run(context -> assertThat(context.getBean(Mesh.class)
                                .concurrencyLimit("adaptive")
                                .config())
                        .isEqualTo(new ConcurrencyLimitConfig(
                                10,
                                Duration.ofMillis(30),
                                AdaptiveLimitConfig.builder()
                                        .initialLimit(4)
                                        .tolerance(3)
                                        .build())));
    }

    static class Shared {
        @WithConcurrencyLimit(value = "payments", maxConcurrent = "3")
        public void pay() {}

        @WithConcurrencyLimit("payments")
        public void refund() {}
    }

    @Test
    void twoMethodsThatClaimOneLimitWithDifferentSettingsStopTheStart() {
        MeshRunner.runner().withBean(Shared.class).run(context -> assertThat(context)
                .getFailure()
                .hasMessageContaining(
                        " claim the concurrency limit 'payments' with different settings: maxConcurrent "));
    }

    static class Wrong {
        @WithConcurrencyLimit(value = "payments", maxConcurrent = "0")
        public void pay() {}
    }

    @Test
    void aWrongValueOnTheAnnotationStopsTheStartAndIsNamed() {
        MeshRunner.runner().withBean(Wrong.class).run(context -> assertThat(context)
                .getFailure()
                .hasMessageContaining("maxConcurrent of @WithConcurrencyLimit on ")
                .hasMessageContaining(" is 0, but must be 1 or more."));
    }
}
