package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import io.mesh.annotation.WithTimeout;
import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetryObserved;
import io.mesh.event.MeshEvent.StateChanged;
import io.mesh.event.MeshEvent.TimeoutObserved;
import io.mesh.event.MeshListener;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.CircuitState;
import io.mesh.model.Mode;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A mesh that decides and does not act, beside what an application does. */
@ExtendWith(OutputCaptureExtension.class)
class ObserveTest {

    @Configuration(proxyBeanMethods = false)
    static class Heard {

        final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();
        final CountDownLatch overtime = new CountDownLatch(1);

        @Bean
        MeshListener listener() {
            return event -> {
                events.add(event);
                if (event instanceof TimeoutObserved) {
                    overtime.countDown();
                }
            };
        }
    }

    static class Payments {

        private final AtomicInteger calls = new AtomicInteger();
        private final Heard heard;

        Payments(Heard heard) {
            this.heard = heard;
        }

        @WithCircuitBreaker(value = "payments", failureThreshold = "2")
        @WithRetry("payments")
        public String pay() {
            throw new IllegalStateException("call " + calls.incrementAndGet());
        }

        @WithTimeout(value = "slow", timeout = "10ms")
        public String slow() throws InterruptedException {
            heard.overtime.await(); // an interrupt would end it
            return "apple";
        }
    }

    private final ApplicationContextRunner runner = MeshRunner.runner()
            .withUserConfiguration(Heard.class)
            .withBean(Payments.class)
            .withPropertyValues(
                    "mesh.defaults.circuit-breaker.failure-threshold=1",
                    "mesh.services.orders.instances=localhost:8081",
                    "mesh.services.orders.retry.max-attempts=3",
                    "mesh.services.stock.instances=localhost:8082",
                    "mesh.services.stock.retry.initial-delay=0s",
                    "mesh.services.stock.circuit-breaker.failure-threshold=3",
                    "mesh.services.stock.mode=act");

    private static int attempts(ServiceProxy service) {
        AtomicInteger attempts = new AtomicInteger();
        assertThat(catchThrowable(() -> service.run(CallOptions.idempotent(true), instance -> {
                    attempts.incrementAndGet();
                    throw new IllegalStateException("broken");
                })))
                .isInstanceOf(IllegalStateException.class);
        return attempts.get();
    }

    @Test
    void annotatedMethodsAreObservedAndNothingMore() {
        runner.withPropertyValues("mesh.mode=observe").run(context -> {
            Payments payments = context.getBean(Payments.class);
            for (int call = 1; call <= 5; call++) {
                assertThat(catchThrowable(payments::pay))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("call " + call)
                        .hasNoSuppressedExceptions();
            }
            assertThat(payments.slow()).isEqualTo("apple");

            assertThat(context.getBean(Mesh.class).circuitBreaker("payments").snapshot())
                    .satisfies(breaker -> {
                        assertThat(breaker.mode()).isEqualTo(Mode.OBSERVE);
                        assertThat(breaker.state()).isEqualTo(CircuitState.OPEN);
                        assertThat(breaker.rejected()).isEqualTo(3);
                        assertThat(breaker.failed()).isEqualTo(5);
                    });
            Queue<MeshEvent> events = context.getBean(Heard.class).events;
            assertThat(events).filteredOn(RetryObserved.class::isInstance).hasSize(5);
            assertThat(events).filteredOn(TimeoutObserved.class::isInstance).hasSize(1);
            assertThat(events)
                    .filteredOn(StateChanged.class::isInstance)
                    .containsExactly(new StateChanged(
                            "payments",
                            CircuitState.CLOSED,
                            CircuitState.OPEN,
                            "2 consecutive failures (only observed)"));
        });
    }

    @Test
    void aServiceWithAModeOfItsOwnActs() {
        runner.withPropertyValues("mesh.mode=observe").run(context -> {
            Mesh mesh = context.getBean(Mesh.class);

            assertThat(List.of(attempts(mesh.service("orders")), attempts(mesh.service("orders"))))
                    .containsExactly(1, 1);
            assertThat(attempts(mesh.service("stock"))).isEqualTo(3);
            assertThat(catchThrowable(() -> mesh.service("stock").run(instance -> {})))
                    .isInstanceOf(CircuitOpenException.class);
        });
    }

    @Test
    void theStartSaysWhatIsOnlyObservedOnceAndWhatToSet(CapturedOutput output) {
        String what = ": what it would reject, repeat or cut short is told and counted, and none of it is done. ";
        runner.withPropertyValues("mesh.mode=observe").run(context -> assertThat(output)
                .containsOnlyOnce("Mesh only observes, but for stock" + what + "To let it act, set mesh.mode to act."));
        runner.withPropertyValues("mesh.services.orders.mode=observe").run(context -> assertThat(output)
                .containsOnlyOnce("Mesh only observes calls of orders" + what
                        + "To let it act, set mesh.services.orders.mode to act."));
    }

    @Test
    void aMeshThatActsSaysNothing(CapturedOutput output) {
        runner.run(context -> {
            assertThat(context.getBean(Mesh.class).config().mode()).isEqualTo(Mode.ACT);
            assertThat(output).doesNotContain("observes");
        });
    }
}
