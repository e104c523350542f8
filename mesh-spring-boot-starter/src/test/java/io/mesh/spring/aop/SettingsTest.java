package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.Jitter;
import io.mesh.model.RetryConfig;
import io.mesh.model.WindowConfig;
import io.mesh.policy.Policy;
import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import io.mesh.spring.properties.StatedSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class SettingsTest {

    private final ApplicationContextRunner runner = MeshRunner.runner();

    static class PaymentClient {

        @WithCircuitBreaker(
                value = "payments",
                failureThreshold = "${payments.failures:6}",
                successThreshold = "3",
                openTimeout = "10s",
                openTimeoutMultiplier = "2",
                maxOpenTimeout = "1m",
                openTimeoutJitter = "0.1",
                eagerHalfOpen = "true",
                trialTimeout = "3s",
                recoveryTime = "7s",
                stuckCallTimeout = "8s",
                halfOpenMaxCalls = "4",
                window =
                        @WithCircuitBreaker.Window(
                                time = "${payments.window:20s}",
                                failureRateThreshold = "25",
                                minimumCalls = "9",
                                slowCallDuration = "2s",
                                slowCallRateThreshold = "75",
                                slowCountsAsFailure = "true"),
                ignore = IllegalArgumentException.class,
                recordSuccess = IllegalStateException.class,
                recordFailure = {IOException.class, TimeoutException.class})
        @WithRetry(
                value = "payments",
                maxAttempts = "4",
                initialDelay = "10ms",
                multiplier = "3",
                maxDelay = "1s",
                jitter = "equal",
                maxDuration = "8s",
                retryOn = IOException.class,
                abortOn = java.io.EOFException.class)
        public void pay() {}

        @WithCircuitBreaker
        @WithRetry
        public void charge() {}
    }

    @Test
    void everyAttributeIsASetting() {
        runner.withBean(PaymentClient.class).run(context -> {
            Mesh mesh = context.getBean(Mesh.class);

            assertThat(mesh.circuitBreaker("payments").config())
                    .isEqualTo(CircuitBreakerConfig.builder()
                            .failureThreshold(6)
                            .successThreshold(3)
                            .openTimeout(Duration.ofSeconds(10))
                            .openTimeoutMultiplier(2)
                            .maxOpenTimeout(Duration.ofMinutes(1))
                            .openTimeoutJitter(0.1)
                            .eagerHalfOpen(true)
                            .trialTimeout(Duration.ofSeconds(3))
                            .recoveryTime(Duration.ofSeconds(7))
                            .stuckCallTimeout(Duration.ofSeconds(8))
                            .halfOpenMaxCalls(4)
                            .window(WindowConfig.time(Duration.ofSeconds(20))
                                    .withFailureRateThreshold(25)
                                    .withMinimumCalls(9)
                                    .withSlowCalls(Duration.ofSeconds(2), 75)
                                    .withSlowCountsAsFailure(true))
                            .ignore(IllegalArgumentException.class)
                            .recordSuccess(IllegalStateException.class)
                            .recordFailure(IOException.class, TimeoutException.class)
                            .build());
            assertThat(mesh.retry("payments").config())
                    .isEqualTo(RetryConfig.builder()
                            .maxAttempts(4)
                            .initialDelay(Duration.ofMillis(10))
                            .multiplier(3)
                            .maxDelay(Duration.ofSeconds(1))
                            .jitter(Jitter.EQUAL)
                            .maxDuration(Duration.ofSeconds(8))
                            .retryOn(IOException.class)
                            .abortOn(java.io.EOFException.class)
                            .build());
        });
    }

    @Test
    void aPropertyIsStrongerThanAnAttributeOfAGroupKeyByKey() {
        runner.withBean(PaymentClient.class)
                .withPropertyValues(
                        "mesh.circuit-breakers.payments.window.calls=40",
                        "mesh.circuit-breakers.payments.window.minimum-calls=4")
                .run(context -> assertThat(context.getBean(Mesh.class)
                                .circuitBreaker("payments")
                                .config()
                                .window())
                        .isEqualTo(WindowConfig.count(40)
                                .withFailureRateThreshold(25)
                                .withMinimumCalls(4)
                                .withSlowCalls(Duration.ofSeconds(2), 75)
                                .withSlowCountsAsFailure(true)));
    }

    @Test
    void theNameIsThatOfClassAndMethodIfNoneIsGiven() {
        runner.withBean(PaymentClient.class).run(context -> {
            assertThat(context.getBean(Mesh.class).circuitBreakers())
                    .containsExactly("payment-client-charge", "payments");
            assertThat(context.getBean(Mesh.class).retries()).containsExactly("payment-client-charge", "payments");
        });
    }

    @Test
    void propertiesOfTheNameWinOverTheAnnotationAndThatOverTheDefaultsKeyByKey() {
        runner.withBean(PaymentClient.class)
                .withPropertyValues(
                        "payments.failures=9",
                        "mesh.circuit-breakers.payments.open-timeout=20s",
                        "mesh.circuit-breakers.payments.record-failure=java.lang.RuntimeException",
                        "mesh.defaults.circuit-breaker.success-threshold=7",
                        "mesh.defaults.circuit-breaker.half-open-max-calls=7",
                        "mesh.retries.payments.max-attempts=2",
                        "mesh.defaults.retry.max-hint=9s",
                        "mesh.defaults.retry.max-delay=9s")
                .run(context -> {
                    CircuitBreakerConfig breaker = context.getBean(Mesh.class)
                            .circuitBreaker("payments")
                            .config();
                    assertThat(breaker.openTimeout()).isEqualTo(Duration.ofSeconds(20)); // property
                    assertThat(breaker.recordFailure()).containsExactly(RuntimeException.class);
                    assertThat(breaker.failureThreshold()).isEqualTo(9); // annotation
                    assertThat(breaker.successThreshold()).isEqualTo(3);
                    RetryConfig retry =
                            context.getBean(Mesh.class).retry("payments").config();
                    assertThat(retry.maxAttempts()).isEqualTo(2); // property
                    assertThat(retry.maxDelay()).isEqualTo(Duration.ofSeconds(1)); // annotation
                    assertThat(retry.maxHint()).isEqualTo(Duration.ofSeconds(9)); // default
                    assertThat(context.getBean(Mesh.class)
                                    .circuitBreaker("payment-client-charge")
                                    .config()
                                    .successThreshold())
                            .isEqualTo(7);
                });
    }

    @Test
    void propertiesOfADefaultNameApply() {
        runner.withBean(PaymentClient.class)
                .withPropertyValues("mesh.retries.payment-client-charge.max-attempts=8")
                .run(context -> assertThat(context.getBean(Mesh.class)
                                .retry("payment-client-charge")
                                .config()
                                .maxAttempts())
                        .isEqualTo(8));
    }

    static class Equal {
        @WithCircuitBreaker(value = "shared", failureThreshold = "3")
        public void one() {}

        @WithCircuitBreaker(value = "shared", failureThreshold = "${three:3}")
        public void two() {}
    }

    @Test
    void twoMethodsWithOneNameAndEqualSettingsShareIt() {
        runner.withBean(Equal.class).run(context -> {
            context.getBean(Equal.class).one();
            context.getBean(Equal.class).two();

            assertThat(context.getBean(Mesh.class)
                            .circuitBreaker("shared")
                            .snapshot()
                            .succeeded())
                    .isEqualTo(2);
        });
    }

    @Test
    void theNameOfAServiceMayBeUsedToo() {
        runner.withBean(Equal.class)
                .withPropertyValues("mesh.services.shared.instances=a:1")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnMesh {
        @Bean
        Mesh own() {
            return Mesh.builder()
                    .circuitBreaker(
                            "payment-client-charge",
                            CircuitBreakerConfig.builder().failureThreshold(77).build())
                    .circuitBreaker(
                            "shared",
                            CircuitBreakerConfig.builder().failureThreshold(77).build())
                    .build();
        }
    }

    @Test
    void anAnnotationWithoutSettingsTakesWhatTheApplicationHasMadeInCode() {
        runner.withUserConfiguration(OwnMesh.class)
                .withBean(PaymentClient.class)
                .run(context -> {
                    context.getBean(PaymentClient.class).charge();

                    Mesh mesh = context.getBean(Mesh.class);
                    assertThat(mesh.circuitBreaker("payment-client-charge")
                                    .snapshot()
                                    .succeeded())
                            .isEqualTo(1);
                    assertThat(mesh.circuitBreaker("payment-client-charge")
                                    .config()
                                    .failureThreshold())
                            .isEqualTo(77);
                });
    }

    @Test
    void anAnnotationThatDiffersFromWhatTheApplicationHasMadeInCodeIsRefused() {
        runner.withUserConfiguration(OwnMesh.class).withBean(Equal.class).run(context -> assertThat(
                        context.getStartupFailure())
                .hasMessageContaining(
                        "claims the circuit breaker 'shared', but the Mesh bean has it with other settings:"
                                + " failureThreshold 77 against 3."));
    }

    static class Tenant {
        @WithCircuitBreaker
        @WithRetry
        public void get() {}
    }

    @Test
    void guardsFirstResolvedAtTheSameTimeAllKeepWhatTheyGuardBy() {
        runner.run(context -> {
            Mesh mesh = context.getBean(Mesh.class);
            NamedPolicies policies = new NamedPolicies(context.getSourceApplicationContext());
            AnnotatedMethod method =
                    new AnnotatedMethods().of(Tenant.class).values().iterator().next();
            int threads = 16;
            CyclicBarrier together = new CyclicBarrier(threads);
            ExecutorService pool = Executors.newFixedThreadPool(threads);
            List<Future<Policy>> breakers = new ArrayList<>();
            List<Future<Policy>> retries = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                Attributes.Name name = new Attributes.Name("t" + i, true);
                breakers.add(pool.submit(() -> {
                    together.await();
                    return policies.circuitBreaker(method, name, StatedSettings.none());
                }));
            }
            for (int i = 0; i < threads; i++) {
                assertThat(breakers.get(i).get()).isSameAs(mesh.circuitBreaker("t" + i));
            }
            for (int i = 0; i < threads; i++) {
                Attributes.Name name = new Attributes.Name("t" + i, true);
                retries.add(pool.submit(() -> {
                    together.await();
                    return policies.retry(method, name, StatedSettings.none());
                }));
            }
            for (int i = 0; i < threads; i++) {
                assertThat(retries.get(i).get()).isSameAs(mesh.retry("t" + i));
            }
            pool.shutdown();
        });
    }

    @Test
    void propertiesChangeWhatTheApplicationHasMadeInCode() {
        runner.withUserConfiguration(OwnMesh.class)
                .withBean(Equal.class)
                .withPropertyValues("mesh.circuit-breakers.shared.success-threshold=9")
                .run(context -> assertThat(context.getBean(Mesh.class)
                                .circuitBreaker("shared")
                                .config())
                        .isEqualTo(CircuitBreakerConfig.builder()
                                .failureThreshold(3)
                                .successThreshold(9)
                                .build()));
    }
}
