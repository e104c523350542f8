package io.mesh.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.AdaptiveLimitConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitException;
import io.mesh.model.Mode;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A limit that finds its own size, in front of a backend that is simulated: so many at once, the rest queues. */
class AdaptiveLimitTest {

    private static final long MILLI = 1_000_000;

    private final ManualClock clock = new ManualClock();
    private final SplittableRandom random = new SplittableRandom(42);

    private ConcurrencyLimit limit(AdaptiveLimitConfig adaptive) {
        return ConcurrencyLimit.builder("payments")
                .config(ConcurrencyLimitConfig.builder()
                        .maxConcurrent(1_000)
                        .adaptive(adaptive)
                        .build())
                .ticker(clock)
                .scheduler(clock)
                .build();
    }

    private final class Backend {

        private final ConcurrencyLimit limit;
        private final Queue<Long> queue = new ArrayDeque<>();
        private int capacity;
        private long serviceNanos;
        private int demand;
        private int running;
        private int clients;
        private long latencies;
        private long done;

        Backend(ConcurrencyLimit limit, int capacity, int serviceMillis, int demand) {
            this.limit = limit;
            this.capacity = capacity;
            this.serviceNanos = serviceMillis * MILLI;
            this.demand = demand;
        }

        /** So many clients call again as soon as they may. */
        void fill() {
            while (clients < demand && limit.tryAcquire()) {
                clients++;
                queue.add(limit.startedAt());
                work();
            }
        }

        private void work() {
            while (running < capacity && !queue.isEmpty()) {
                long startedAt = queue.remove();
                running++;
                long takes = (long) (serviceNanos * (0.8 + 0.4 * random.nextDouble()));
                clock.schedule(
                        () -> {
                            running--;
                            clients--;
                            latencies += clock.now() - startedAt;
                            done++;
                            limit.succeeded(startedAt);
                            work();
                            fill();
                        },
                        takes);
            }
        }

        void runFor(Duration time) {
            latencies = 0;
            done = 0;
            fill();
            clock.advance(time);
        }

        long meanLatencyMillis() {
            return latencies / done / MILLI;
        }

        /** Of what the backend could do at most, in percent. */
        long usePercent(Duration time) {
            return 100 * done * serviceNanos / (capacity * time.toNanos());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 20, 5", "3, 10, 3", "10, 10, 2", "50, 100, 2", "200, 5, 2"})
    void itFindsWhatABackendCanDoAtOnceAndKeepsTheLatencyLowAndTheBackendBusy(
            int capacity, int serviceMillis, int times) {
        ConcurrencyLimit limit = limit(AdaptiveLimitConfig.defaults());
        Backend backend = new Backend(limit, capacity, serviceMillis, 2_000);
        backend.runFor(Duration.ofSeconds(30));

        backend.runFor(Duration.ofSeconds(60));

        assertThat(limit.snapshot().limit()).isBetween(capacity, Math.max(3 * capacity, capacity + 3));
        assertThat(backend.meanLatencyMillis()).isLessThan((long) times * serviceMillis);
        assertThat(backend.usePercent(Duration.ofSeconds(60))).isGreaterThan(85);
    }

    @Test
    void itFollowsABackendThatCanDoLessAndThenMoreAgain() {
        ConcurrencyLimit limit = limit(AdaptiveLimitConfig.defaults());
        Backend backend = new Backend(limit, 40, 10, 2_000);
        backend.runFor(Duration.ofSeconds(30));
        assertThat(limit.snapshot().limit()).isBetween(40, 100);

        backend.capacity = 8;
        backend.runFor(Duration.ofSeconds(30));
        assertThat(limit.snapshot().limit()).isBetween(8, 24);

        backend.capacity = 40;
        backend.runFor(Duration.ofSeconds(30));
        assertThat(limit.snapshot().limit()).isBetween(40, 100);
    }

    @Test
    void itRecoversAfterABackendHasBecomeSlowerAndFasterAgainForAllCalls() {
        ConcurrencyLimit limit = limit(AdaptiveLimitConfig.defaults());
        Backend backend = new Backend(limit, 20, 10, 2_000);
        backend.runFor(Duration.ofSeconds(30));

        backend.serviceNanos = 50 * MILLI; // but still 20 at once
        backend.runFor(Duration.ofSeconds(40));
        assertThat(limit.snapshot().limit()).isBetween(20, 60);

        backend.serviceNanos = 10 * MILLI;
        backend.runFor(Duration.ofSeconds(40));
        assertThat(limit.snapshot().limit()).isBetween(20, 60);
        assertThat(backend.meanLatencyMillis()).isLessThan(30);
    }

    @Test
    void aLimitThatIsFarTooHighAtFirstIsFoundToBe() {
        ConcurrencyLimit limit =
                limit(AdaptiveLimitConfig.builder().initialLimit(500).build());
        Backend backend = new Backend(limit, 10, 10, 2_000);

        backend.runFor(Duration.ofMinutes(2));

        assertThat(limit.snapshot().limit()).isBetween(10, 30);
    }

    @Test
    void itDoesNotLearnFromCallsThatItHoldsBackNoLonger() {
        ConcurrencyLimit limit = limit(AdaptiveLimitConfig.defaults());
        limit.reconfigure(limit.config(), Mode.OBSERVE);
        Backend backend = new Backend(limit, 10, 10, 200);

        backend.runFor(Duration.ofSeconds(30));

        assertThat(limit.snapshot().limit())
                .isEqualTo(AdaptiveLimitConfig.defaults().initialLimit());
        assertThat(limit.snapshot().rejected()).isPositive();
    }

    @Test
    void settingsEqualToThoseInForceDoNotMakeItMeasureAnew() {
        ConcurrencyLimit limit = limit(AdaptiveLimitConfig.defaults());
        Backend backend = new Backend(limit, 50, 10, 500);
        backend.runFor(Duration.ofSeconds(9)); // the next measurement is a second away
        int found = limit.snapshot().limit();

        for (int i = 0; i < 10; i++) {
            limit.reconfigure(limit.config(), Mode.ACT);
            backend.runFor(Duration.ofMillis(50));
            assertThat(limit.snapshot().limit()).isGreaterThan(found * 3 / 4);
        }
    }

    @Test
    void itStaysAsItIsWhileItIsNotInUse() {
        ConcurrencyLimit limit =
                limit(AdaptiveLimitConfig.builder().initialLimit(100).build());
        Backend backend = new Backend(limit, 20, 10, 20);

        backend.runFor(Duration.ofSeconds(30));
        assertThat(limit.snapshot().limit()).isEqualTo(100);

        backend.serviceNanos = 100 * MILLI;
        backend.runFor(Duration.ofSeconds(30));
        assertThat(limit.snapshot().limit()).isEqualTo(100);
    }

    @Test
    void failuresThatAreFastAndRejectionsFurtherInSayNothing() {
        ConcurrencyLimit idle = limit(AdaptiveLimitConfig.defaults());
        Backend measured = new Backend(idle, 8, 10, 8);
        measured.runFor(Duration.ofSeconds(5));
        measured.demand = 0;
        clock.advance(Duration.ofSeconds(1));
        int before = idle.snapshot().limit();

        for (int i = 0; i < 1_000; i++) {
            assertThat(idle.tryAcquire()).isTrue();
            long startedAt = idle.startedAt();
            boolean fast = i % 2 == 0;
            clock.advance(fast ? Duration.ofNanos(1) : Duration.ofSeconds(1));
            idle.failed(
                    startedAt,
                    fast ? new IOException() : new ConcurrencyLimitException("other", 1, 1, Duration.ZERO, false));
        }

        assertThat(idle.snapshot().limit()).isEqualTo(before);
    }

    @Test
    void callsThatTimeOutLowerTheLimit() {
        ConcurrencyLimit limit = limit(AdaptiveLimitConfig.builder()
                .initialLimit(64)
                .probeInterval(Duration.ofHours(1))
                .build());
        Backend backend = new Backend(limit, 64, 10, 33);
        backend.runFor(Duration.ofSeconds(1)); // measured
        backend.demand = 0;
        clock.advance(Duration.ofSeconds(1));
        for (int i = 0; i < 3_000 && limit.snapshot().limit() > 4; i++) {
            Queue<Long> calls = new ArrayDeque<>();
            while (limit.tryAcquire()) {
                calls.add(limit.startedAt());
            }
            clock.advance(Duration.ofSeconds(1));
            calls.forEach(startedAt -> limit.failed(startedAt, new IOException("timeout")));
        }

        assertThat(limit.snapshot().limit()).isLessThanOrEqualTo(4);
    }

    @Test
    void otherBoundsAreKeptFromTheSizeItHas() {
        ConcurrencyLimit limit = limit(AdaptiveLimitConfig.defaults());
        new Backend(limit, 20, 10, 2_000).runFor(Duration.ofSeconds(30));

        limit.reconfigure(limit.config().toBuilder().maxConcurrent(10).build());
        assertThat(limit.snapshot().limit()).isEqualTo(10);

        limit.reconfigure(limit.config().toBuilder().adaptive(null).build());
        assertThat(limit.snapshot().limit()).isEqualTo(10);
        limit.reconfigure(ConcurrencyLimitConfig.builder()
                .adaptive(AdaptiveLimitConfig.defaults())
                .build());
        assertThat(limit.snapshot().limit()).isEqualTo(8);
    }
}
