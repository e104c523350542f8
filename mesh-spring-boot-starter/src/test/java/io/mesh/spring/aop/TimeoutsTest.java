package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import io.mesh.annotation.WithTimeout;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.LateResult;
import io.mesh.model.TimeoutConfig;
import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class TimeoutsTest {

    /** Time that the methods themselves let pass. */
    @Configuration(proxyBeanMethods = false)
    static class ByHand {

        @Bean
        ManualClock clock() {
            return new ManualClock();
        }

        @Bean
        Mesh mesh(ManualClock clock) {
            return Mesh.builder().ticker(clock).sleeper(clock).scheduler(clock).build();
        }
    }

    private final ApplicationContextRunner byHand = MeshRunner.runner()
            .withUserConfiguration(ByHand.class)
            .withPropertyValues("mesh.defaults.retry.initial-delay=0s");

    @AfterEach
    void noInterruptIsLeft() {
        assertThat(Thread.interrupted()).isFalse();
    }

    static class Blocked {

        private final CountDownLatch never = new CountDownLatch(1);

        @WithTimeout(timeout = "50ms")
        public String get() throws InterruptedException {
            never.await();
            return "";
        }

        @WithRetry(attemptTimeout = "50ms", maxAttempts = "2", initialDelay = "0s")
        public String getTwice() throws InterruptedException {
            return get();
        }

        @WithTimeout(timeout = "50ms")
        public CompletionStage<String> later() {
            return new CompletableFuture<>();
        }
    }

    @Test
    void aMethodThatTakesTooLongIsInterrupted() {
        MeshRunner.runner().withBean(Blocked.class).run(context -> {
            long before = System.nanoTime();

            assertThatThrownBy(context.getBean(Blocked.class)::get)
                    .isInstanceOf(CallTimeoutException.class)
                    .hasMessage("Call 'blocked-get' took longer than 50 ms.");
            assertThatThrownBy(context.getBean(Blocked.class)::getTwice)
                    .isInstanceOf(CallTimeoutException.class)
                    .hasMessage("Call 'blocked-get-twice' took longer than 50 ms.");

            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .isBetween(Duration.ofMillis(150), Duration.ofSeconds(20));
        });
    }

    @Test
    void aStageThatTakesTooLongFails() {
        MeshRunner.runner().withBean(Blocked.class).run(context -> assertThat(
                        context.getBean(Blocked.class).later())
                .failsWithin(20, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(CallTimeoutException.class)
                .withMessage("Call 'blocked-later' took longer than 50 ms."));
    }

    abstract static class Slow {

        private final ManualClock clock;
        private final AtomicInteger calls = new AtomicInteger();

        Slow(ManualClock clock) {
            this.clock = clock;
        }

        AtomicInteger calls() {
            return calls;
        }

        /** Ignores the interrupt. */
        protected String late(String result) {
            calls.incrementAndGet();
            clock.advance(Duration.ofMillis(80));
            return result;
        }

        protected String blocks() throws InterruptedException {
            late("");
            Thread.sleep(30_000); // interrupted already
            return "";
        }
    }

    static class TimeoutFirst extends Slow {
        TimeoutFirst(ManualClock clock) {
            super(clock);
        }

        @WithTimeout(value = "all", timeout = "50ms")
        @WithCircuitBreaker("all")
        @WithRetry("all")
        public String get() throws InterruptedException {
            return blocks();
        }
    }

    static class TimeoutLast extends Slow {
        TimeoutLast(ManualClock clock) {
            super(clock);
        }

        @WithRetry("all")
        @WithCircuitBreaker("all")
        @WithTimeout(value = "all", timeout = "50ms")
        public String get() throws InterruptedException {
            return blocks();
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {TimeoutFirst.class, TimeoutLast.class})
    void everyAttemptHasTheTimeAndTheBreakerCountsItWhateverTheOrderInTheSource(Class<? extends Slow> type) {
        byHand.withBean(type).run(context -> {
            Slow bean = context.getBean(type);

            assertThatThrownBy(() -> {
                        if (bean instanceof TimeoutFirst first) {
                            first.get();
                        } else {
                            ((TimeoutLast) bean).get();
                        }
                    })
                    .isInstanceOf(CallTimeoutException.class)
                    .hasMessage("Call 'all' took longer than 50 ms.");

            assertThat(bean.calls()).hasValue(3);
            assertThat(context.getBean(Mesh.class)
                            .circuitBreaker("all")
                            .snapshot()
                            .failed())
                    .isEqualTo(3);
        });
    }

    static class Late extends Slow {
        Late(ManualClock clock) {
            super(clock);
        }

        @WithTimeout(value = "lenient", timeout = "50ms")
        @WithCircuitBreaker("lenient")
        @WithRetry("lenient")
        public String lenient() {
            return late("late");
        }

        @WithTimeout(value = "strict", timeout = "50ms", lateResult = "${late:fail}", fallback = "instead")
        public String strict() {
            return late("late");
        }

        @SuppressWarnings("UnusedMethod") // called by its name
        private String instead(CallTimeoutException failure) {
            return "instead: " + failure.getMessage();
        }
    }

    @Test
    void whatComesLateIsReturnedAndTheBreakerCountsAFailure() {
        byHand.withBean(Late.class).run(context -> {
            Late bean = context.getBean(Late.class);

            assertThat(bean.lenient()).isEqualTo("late");

            assertThat(bean.calls()).hasValue(1);
            assertThat(context.getBean(Mesh.class)
                            .circuitBreaker("lenient")
                            .snapshot()
                            .failed())
                    .isEqualTo(1);
        });
    }

    @Test
    void whatComesLateIsRefusedIfLateResultsFailAndTheFallbackIsAsked() {
        byHand.withBean(Late.class)
                .run(context -> assertThat(context.getBean(Late.class).strict())
                        .isEqualTo("instead: Call 'strict' took longer than 50 ms."));
    }

    static class Stages {

        private final List<CompletableFuture<String>> begun = new ArrayList<>();

        List<CompletableFuture<String>> begun() {
            return begun;
        }

        @WithTimeout(timeout = "50ms")
        @WithRetry(initialDelay = "10ms", jitter = "none")
        public CompletableFuture<String> get() {
            CompletableFuture<String> stage = new CompletableFuture<>();
            begun.add(stage);
            return stage;
        }
    }

    @Test
    void aStageIsCancelledWhenItsTimeIsUpAndTheMethodCalledAgain() {
        byHand.withBean(Stages.class).run(context -> {
            Stages bean = context.getBean(Stages.class);
            CompletableFuture<String> answer = bean.get();

            context.getBean(ManualClock.class).advance(Duration.ofMillis(60));
            assertThat(bean.begun()).hasSize(2);
            assertThat(bean.begun().get(0)).isCancelled();
            bean.begun().get(1).complete("second");

            assertThat(answer).isCompletedWithValue("second");
        });
    }

    static class Client {
        @WithTimeout(value = "payments", timeout = "${limit:700ms}", lateResult = "fail")
        public void pay() {}

        @WithTimeout
        public void refund() {}

        @WithRetry(attemptTimeout = "${limit:700ms}", lateResult = "fail")
        public void charge() {}
    }

    @Test
    void everyAttributeIsASetting() {
        MeshRunner.runner().withBean(Client.class).run(context -> {
            Mesh mesh = context.getBean(Mesh.class);

            assertThat(mesh.timeouts()).containsExactly("client-refund", "payments");
            assertThat(mesh.timeout("payments").config())
                    .isEqualTo(new TimeoutConfig(Duration.ofMillis(700), LateResult.FAIL));
            assertThat(mesh.timeout("client-refund").config()).isEqualTo(TimeoutConfig.defaults());
            assertThat(mesh.retry("client-charge").config().attemptTimeout()).isEqualTo(Duration.ofMillis(700));
            assertThat(mesh.retry("client-charge").config().lateResult()).isEqualTo(LateResult.FAIL);
        });
    }

    @Test
    void propertiesOfTheNameWinOverTheAnnotationAndThatOverTheDefaultsKeyByKey() {
        MeshRunner.runner()
                .withBean(Client.class)
                .withPropertyValues(
                        "limit=3s",
                        "mesh.timeouts.payments.late-result=return",
                        "mesh.defaults.timeout.timeout=9s",
                        "mesh.defaults.timeout.late-result=fail",
                        "mesh.retries.client-charge.attempt-timeout=4s")
                .run(context -> {
                    Mesh mesh = context.getBean(Mesh.class);
                    assertThat(mesh.timeout("payments").config()) // annotation, property
                            .isEqualTo(new TimeoutConfig(Duration.ofSeconds(3), LateResult.RETURN));
                    assertThat(mesh.timeout("client-refund").config()) // defaults
                            .isEqualTo(new TimeoutConfig(Duration.ofSeconds(9), LateResult.FAIL));
                    assertThat(mesh.retry("client-charge").config().attemptTimeout())
                            .isEqualTo(Duration.ofSeconds(4));
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnMesh {
        @Bean
        Mesh own() {
            return Mesh.builder()
                    .timeout(
                            "payments",
                            TimeoutConfig.builder()
                                    .timeout(Duration.ofSeconds(77))
                                    .build())
                    .build();
        }
    }

    @Test
    void anAnnotationThatDiffersFromWhatTheApplicationHasMadeInCodeIsRefused() {
        MeshRunner.runner()
                .withUserConfiguration(OwnMesh.class)
                .withBean(Client.class)
                .run(context -> assertThat(context.getStartupFailure())
                        .hasMessageContaining(
                                "claims the timeout 'payments', but the Mesh bean has it with other settings:"
                                        + " timeout PT1M17S against PT0.7S; lateResult RETURN against FAIL."));
    }
}
