package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.BreakerScope;
import io.mesh.model.CircuitState;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.Mode;
import io.mesh.model.ServiceConfig;
import io.mesh.time.ManualClock;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class RefreshesTest {

    private final AtomicInteger made = new AtomicInteger();
    private final Refreshes refreshes = new Refreshes(made::incrementAndGet);

    private void ask(int times) {
        for (int i = 0; i < times; i++) {
            refreshes.ask();
        }
    }

    @Test
    void outsideOfARoundEachIsMadeAtOnce() {
        ask(3);

        assertThat(made).hasValue(3);
    }

    @Test
    void ofAllThatARoundAsksForOneIsMadeAtItsEnd() {
        refreshes.once(() -> {
            ask(3);
            assertThat(made).hasValue(0);
        });
        assertThat(made).hasValue(1);

        ask(1);
        assertThat(made).hasValue(2);
    }

    @Test
    void aRoundThatAsksForNoneMakesNone() {
        refreshes.once(() -> {});

        assertThat(made).hasValue(0);
    }

    @Test
    void aRoundThatFailsMakesWhatItHasAskedFor() {
        assertThatThrownBy(() -> refreshes.once(() -> {
                    ask(3);
                    throw new IllegalStateException("broken");
                }))
                .hasMessage("broken");
        assertThat(made).hasValue(1);

        ask(1);
        assertThat(made).hasValue(2);
    }

    @Test
    void aRoundWithinARoundIsAPartOfIt() {
        refreshes.once(() -> {
            refreshes.once(() -> ask(3));
            assertThat(made).hasValue(0);
        });

        assertThat(made).hasValue(1);
    }

    @Test
    void whatAnotherThreadAsksForDuringARoundIsMadeAtOnce() {
        refreshes.once(() -> {
            elsewhere(() -> ask(2));
            assertThat(made).hasValue(2);
        });
        assertThat(made).hasValue(2);
    }

    static void elsewhere(Runnable work) {
        Thread thread = new Thread(work);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** However many instances take over something. */
    @Nested
    class WhileAServiceIsReconfigured {

        private final ManualClock clock = new ManualClock();
        private final CountedLists lists = new CountedLists();
        private final Mesh mesh = Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .strategy("counted", () -> lists)
                .service("orders", s -> s.instances(IntStream.range(0, 100)
                                .mapToObj(i -> "i" + i + ":1")
                                .toArray(String[]::new))
                        .customStrategy("counted"))
                .build();

        /** How many lists that takes. */
        private int change(Consumer<ServiceConfig.Builder> change) {
            int before = lists.made();
            mesh.update(config -> {
                ServiceConfig.Builder orders = config.services().get("orders").toBuilder();
                change.accept(orders);
                return config.toBuilder().service("orders", orders.build()).build();
            });
            return lists.made() - before;
        }

        private int changeThatConcernsNoInstance() {
            return change(s -> s.loadBalancer(LoadBalancerConfig.builder()
                    .customStrategy("counted")
                    .maxEjectionPercent(40)
                    .build()));
        }

        @Test
        void anotherModeOfAllTakesNoMoreListsThanAnyChange() {
            int ofAnyChange = changeThatConcernsNoInstance();

            assertThat(change(s -> s.mode(Mode.OBSERVE))).isEqualTo(ofAnyChange);
            assertThat(change(s -> s.mode(Mode.ACT))).isEqualTo(ofAnyChange);
        }

        @Test
        void theCircuitsOfManyThatStandAsideForOneTakeNoMoreListsThanAnyChange() {
            int ofAnyChange = changeThatConcernsNoInstance();
            ServiceProxy orders = mesh.service("orders");
            for (int i = 0; i < 30; i++) {
                assertThat(orders.circuitBreaker("i" + i + ":1").eject("outlier"))
                        .isTrue();
            }

            assertThat(change(s -> s.breakerScope(BreakerScope.SERVICE))).isEqualTo(ofAnyChange);
            assertThat(change(s -> s.breakerScope(BreakerScope.INSTANCE))).isEqualTo(ofAnyChange);
            assertThat(orders.snapshot().instances())
                    .extracting(InstanceSnapshot::breaker)
                    .extracting(breaker -> breaker.state())
                    .containsOnly(CircuitState.CLOSED);
        }
    }
}
