package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.model.DelayHint;
import io.mesh.model.Jitter;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryConfig;
import io.mesh.policy.DelayHints;
import io.mesh.time.ManualClock;
import io.mesh.time.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The decision, as those see it who drive the attempts themselves. */
class AttemptsTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final IOException e1 = new IOException("1");
    private final IOException e2 = new IOException("2");

    @Test
    void attemptsAreCountedAsTheyAreReported() {
        Attempts attempts = unlimited(RetryConfig.builder());
        assertThat(attempts.number()).isZero();

        assertThat(attempts.delayAfter(e1)).isNotNegative();
        assertThat(attempts.delayAfterResult("unwanted")).isNotNegative();

        assertThat(attempts.number()).isEqualTo(2);
    }

    @Test
    void aCallThatMayNotBeRepeatedEnds() {
        Attempts attempts = unlimited(RetryConfig.builder());

        assertThat(attempts.delayAfter(e1, false, true)).isEqualTo(-1);

        assertThat(e1).hasNoSuppressedExceptions();
        assertThat(events).isEmpty(); // no retry has ended: none could have been made
    }

    @Test
    void aResultOfACallThatMayNotBeRepeatedIsTheAnswer() {
        assertThat(unlimited(RetryConfig.builder()).delayAfterResult("unwanted", false, true))
                .isEqualTo(-1);
    }

    @Test
    void aHintNeitherDelaysNorEndsACallThatCanGoElsewhere() {
        for (Duration hint : List.of(Duration.ofSeconds(2), Duration.ofHours(1))) {
            Attempts attempts = unlimited(RetryConfig.builder().jitter(Jitter.NONE));
            Busy busy = new Busy(hint);

            assertThat(attempts.delayAfter(busy, true, true)).isEqualTo(100_000_000);
            assertThat(attempts.delayAfterResult(busy, true, true)).isEqualTo(200_000_000);
        }
    }

    @Test
    void aHintDelaysOrEndsACallThatCanGoNowhereElse() {
        assertThat(unlimited(RetryConfig.builder()).delayAfter(new Busy(Duration.ofSeconds(2)), true, false))
                .isBetween(2_000_000_000L, 2_100_000_000L);
        assertThat(unlimited(RetryConfig.builder()).delayAfter(new Busy(Duration.ofHours(1)), true, false))
                .isEqualTo(-1);
        assertThat(unlimited(RetryConfig.builder()).delayAfterResult(new Busy(Duration.ofHours(1)), true, false))
                .isEqualTo(-1);
    }

    @Test
    void theTimeoutOfTheCallLimitsItIfItIsTheShorter() {
        RetryConfig.Builder config = RetryConfig.builder().jitter(Jitter.NONE).maxDuration(Duration.ofSeconds(1));
        long start = clock.now();
        clock.advance(Duration.ofMillis(120));

        Attempts short1 = policy(config).attempts(start, Duration.ofMillis(200).toNanos());
        Attempts long1 = policy(config).attempts(start, Duration.ofHours(1).toNanos());

        assertThat(short1.delayAfter(e1)).isEqualTo(-1);
        assertThat(long1.delayAfter(e2)).isEqualTo(100_000_000);
        assertThat(events.get(0)).isEqualTo(new RetriesEnded("payments", 1, "the wait would outlast the timeout", e1));
    }

    @Test
    void aTimeoutLimitsACallWhosePolicyHasNoMaximum() {
        RetryPolicy retry = policy(RetryConfig.builder().jitter(Jitter.NONE));
        assertThat(retry.isTimed()).isFalse();
        long start = clock.now();
        Attempts attempts = retry.attempts(start, Duration.ofMillis(300).toNanos());

        assertThat(attempts.delayAfter(e1)).isEqualTo(100_000_000);
        clock.advance(Duration.ofMillis(100));
        assertThat(attempts.mayBegin(e1)).isTrue();
        assertThat(attempts.delayAfter(e2)).isEqualTo(-1);
    }

    @Test
    void aWaitThatWouldEndExactlyAtTheLimitLeavesNoTimeForAnAttempt() {
        Attempts attempts = policy(RetryConfig.builder().jitter(Jitter.NONE))
                .attempts(clock.now(), Duration.ofMillis(100).toNanos());

        assertThat(attempts.delayAfter(e1)).isEqualTo(-1);
    }

    @Test
    void noAttemptMayBeginAfterTheLimitThoughItsWaitHadTime() {
        Attempts attempts = policy(RetryConfig.builder().jitter(Jitter.NONE))
                .attempts(clock.now(), Duration.ofMillis(400).toNanos());
        assertThat(attempts.delayAfter(e1)).isEqualTo(100_000_000);
        clock.advance(Duration.ofMillis(100));
        assertThat(attempts.delayAfter(e2)).isEqualTo(200_000_000);
        clock.advance(Duration.ofMillis(300));

        assertThat(attempts.mayBegin(e2)).isFalse();

        assertThat(e2.getSuppressed()).startsWith(e1).hasSize(2);
        assertThat(events).endsWith(new RetriesEnded("payments", 2, "the timeout is over", e2));
    }

    @Test
    void theEndIsToldOnceAndLeavesOneNote() {
        Attempts attempts = unlimited(RetryConfig.builder());
        assertThat(attempts.delayAfter(e1)).isNotNegative();
        assertThat(attempts.delayAfter(e2)).isNotNegative();

        attempts.stopped(e2, "the mesh is closed");
        attempts.interrupted(e2);

        assertThat(e2.getSuppressed()).startsWith(e1).hasSize(2);
        assertThat(e2.getSuppressed()[1])
                .isInstanceOf(RetriesExhaustedException.class)
                .hasMessage("Retry 'payments' gave up after 2 attempts: the mesh is closed.");
        assertThat(events).filteredOn(RetriesEnded.class::isInstance).hasSize(1);
    }

    @Test
    void aRejectedAttemptIsAddedToTheFailureAsTheLastOne() {
        Attempts attempts = unlimited(RetryConfig.builder());
        NoHealthyInstanceException rejection = new NoHealthyInstanceException("orders", 1, 0, 1, 0, false);
        assertThat(attempts.delayAfter(e1)).isNotNegative();
        assertThat(attempts.delayAfter(e2)).isNotNegative();

        attempts.rejected(e2, "no instance is left to call", rejection);

        assertThat(e2.getSuppressed()).startsWith(e1).endsWith(rejection).hasSize(3);
        assertThat(events).endsWith(new RetriesEnded("payments", 2, "no instance is left to call", e2));
    }

    @Test
    void aRejectedAttemptAfterAnUnwantedResultIsToldOnly() {
        Attempts attempts = unlimited(RetryConfig.builder());
        assertThat(attempts.delayAfterResult("unwanted")).isNotNegative();

        attempts.rejected(
                null, "no instance is left to call", new NoHealthyInstanceException("orders", 1, 0, 1, 0, false));

        assertThat(events).endsWith(new RetriesEnded("payments", 1, "no instance is left to call", null));
    }

    @Test
    void whatAFailureOrAResultAsksForCanBeRead() {
        Busy busy = new Busy(Duration.ofSeconds(2));

        assertThat(DelayHints.ofFailure(new IllegalStateException(busy))).isEqualTo(2_000_000_000);
        assertThat(DelayHints.ofFailure(e1)).isZero();
        assertThat(DelayHints.ofResult(busy)).isEqualTo(2_000_000_000);
        assertThat(DelayHints.ofResult(null)).isZero();
    }

    @Test
    void waitsAreDrawnFromTheSourceGiven() {
        RetryConfig config = RetryConfig.defaults();
        List<Long> first = new ArrayList<>();
        List<Long> second = new ArrayList<>();

        for (List<Long> waits : List.of(first, second)) {
            Attempts attempts = RetryPolicy.builder("payments")
                    .config(config)
                    .random(new Random(7))
                    .build()
                    .attempts(0, Ticker.FOREVER);
            waits.add(attempts.delayAfter(e1));
            waits.add(attempts.delayAfter(e2));
        }

        assertThat(first).isEqualTo(second).doesNotContain(-1L);
    }

    private Attempts unlimited(RetryConfig.Builder config) {
        return policy(config).attempts(0, Ticker.FOREVER);
    }

    private RetryPolicy policy(RetryConfig.Builder config) {
        return RetryPolicy.builder("payments")
                .config(config.build())
                .ticker(clock)
                .listener(events::add)
                .build();
    }

    private static final class Busy extends RuntimeException implements DelayHint {
        private static final long serialVersionUID = 1L;

        private final Duration retryAfter;

        Busy(Duration retryAfter) {
            this.retryAfter = retryAfter;
        }

        @Override
        public Optional<Duration> retryAfter() {
            return Optional.of(retryAfter);
        }
    }
}
