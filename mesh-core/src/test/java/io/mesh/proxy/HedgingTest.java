package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.MeshLog;
import io.mesh.event.EventQueue;
import io.mesh.model.HedgeConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class HedgingTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();
    private final Hedging hedging = new Hedging("orders", HedgeConfig.defaults(), clock, new EventQueue(List.of()));

    private void calls(int number, Duration latency) {
        for (int i = 0; i < number; i++) {
            hedging.took(clock.now() - latency.toNanos());
        }
    }

    @Test
    void underAHundredCallsNothingIsKnown() {
        calls(99, Duration.ofMillis(8));
        assertThat(hedging.delay()).isEqualTo(Hedging.NOT_KNOWN);
        assertThat(hedging.snapshot().delay()).isNull();

        calls(1, Duration.ofMillis(8));
        clock.advance(SECOND);

        assertThat(hedging.delay()).isBetween(8_000_000L, 9_000_000L);
        assertThat(hedging.snapshot().delay()).isEqualTo(Duration.ofNanos(hedging.delay()));
    }

    @Test
    void thePercentileIsWorkedOutAtMostOnceASecond() {
        calls(100, Duration.ofMillis(8));
        long before = hedging.delay();
        calls(1_000, Duration.ofMillis(80));

        clock.advance(SECOND.minusNanos(1));
        assertThat(hedging.delay()).isEqualTo(before);
        clock.advance(Duration.ofNanos(1));
        assertThat(hedging.delay()).isBetween(80_000_000L, 90_000_000L);
    }

    @Test
    void aPercentileNeverComesToLessThanTheLeastDelay() {
        calls(100, Duration.ofNanos(50));

        assertThat(hedging.delay()).isEqualTo(1_000_000);
    }

    @Test
    void newSettingsHoldAtOnceAndWhatWasMeasuredStays() {
        calls(90, Duration.ofMillis(8));
        calls(10, Duration.ofMillis(80));
        assertThat(hedging.delay()).isGreaterThan(79_000_000L);

        hedging.reconfigure(HedgeConfig.builder().percentile(50).build());
        assertThat(hedging.delay()).isBetween(8_000_000L, 9_000_000L);
        hedging.reconfigure(HedgeConfig.builder().delay(SECOND).build());
        assertThat(hedging.delay()).isEqualTo(SECOND.toNanos());
    }

    @Test
    void whatCallsLackToBeHedgedIsSaidOncePerService() {
        try (MeshLog log = new MeshLog()) {
            for (int i = 0; i < 3; i++) {
                hedging.sayNotHedged();
                hedging.sayBlockingNotHedged();
            }

            assertThat(log.sentences())
                    .containsExactly(
                            "A call of service 'orders' is not hedged, since nothing says that it may be made twice. If it"
                                    + " may, call with CallOptions.idempotent(true); if every call of the service may, set"
                                    + " repeat to ANY (mesh.services.orders.retry.repeat=any). Said once.",
                            "A blocking call of service 'orders' is not hedged, since a hedge needs another thread. Give"
                                    + " the mesh an executor by Mesh.builder().hedgeExecutor(...) (in Spring Boot, a bean"
                                    + " named applicationTaskExecutor), or call with callAsync. Said once.");
        }
    }

    @Test
    void whatGoesWrongWithAHedgeIsSaidOnceWithItsCause() {
        IllegalStateException fault = new IllegalStateException("no numbers");
        try (MeshLog log = new MeshLog()) {
            hedging.sayFault(new RejectedExecutionException("full"));
            hedging.sayFault(fault);
            hedging.sayFault(new IllegalStateException("again"));

            assertThat(log.sentences())
                    .containsExactly(
                            "A hedge of service 'orders' could not be begun; its call goes on without. Said once.");
            assertThat(log.thrown()).containsExactly(fault);
        }
    }
}
