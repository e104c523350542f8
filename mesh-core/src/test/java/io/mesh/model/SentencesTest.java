package io.mesh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What people read when Mesh has something to say, and what programs read. */
class SentencesTest {

    @Test
    void anOpenCircuitSaysWhenATrialMayPassAndWhatFailedLast() {
        CircuitOpenException open = new CircuitOpenException(
                "payments",
                CircuitState.OPEN,
                TimeUnit.MILLISECONDS.toNanos(29_950),
                "java.io.IOException",
                TimeUnit.MILLISECONDS.toNanos(50),
                false);

        assertThat(open)
                .hasMessage("Circuit breaker 'payments' is open; a trial call may pass in 29.950 s; "
                        + "last failure: java.io.IOException, 0.050 s ago.");
        assertThat(open.breaker()).isEqualTo("payments");
        assertThat(open.state()).isEqualTo(CircuitState.OPEN);
        assertThat(open.retryAfter()).contains(Duration.ofMillis(29_950));
        assertThat(open.lastFailure()).contains("java.io.IOException");
        assertThat(open.lastFailureAge()).contains(Duration.ofMillis(50));
    }

    @Test
    void aHalfOpenCircuitSaysWhenAPlaceIsFree() {
        assertThat(new CircuitOpenException(
                        "payments", CircuitState.HALF_OPEN, TimeUnit.SECONDS.toNanos(1), null, 0, false))
                .hasMessage("Circuit breaker 'payments' is half open; a trial call may pass in 1.000 s.");
    }

    @Test
    void aTimeBelowZeroIsRefused() {
        assertThatThrownBy(() -> new CircuitOpenException("payments", CircuitState.OPEN, -1, null, 0, false))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("retryAfterNanos")
                .hasMessageContaining("-1");
    }

    @Test
    void aCircuitOpenedByHandSaysThatNobodyCanTell() {
        CircuitOpenException open = new CircuitOpenException("payments", CircuitState.FORCED_OPEN, 0, null, 0, false);

        assertThat(open).hasMessage("Circuit breaker 'payments' is forced open until it is reset.");
        assertThat(open.retryAfter()).isEmpty();
        assertThat(open.lastFailure()).isEmpty();
        assertThat(open.lastFailureAge()).isEmpty();
    }

    @Test
    void aServiceWithoutInstancesSaysWhereTheyAre() {
        NoHealthyInstanceException none = new NoHealthyInstanceException("orders", 3, 2, 0, 1, false);

        assertThat(none)
                .hasMessage("Service 'orders' has no instance to call: 3 known, 2 unhealthy, 0 ejected, 1 drained.");
        assertThat(none.service()).isEqualTo("orders");
        assertThat(List.of(none.known(), none.unhealthy(), none.ejected(), none.drained()))
                .containsExactly(3, 2, 0, 1);
    }

    @Test
    void aNoteSaysHowOftenWasTriedAndWhyNoMore() {
        RetriesExhaustedException note = new RetriesExhaustedException("payments", 3, "that is maxAttempts", 1);

        assertThat(note).hasMessage("Retry 'payments' gave up after 3 attempts: that is maxAttempts.");
        assertThat(note.attempts()).isEqualTo(3);
        assertThat(note.getStackTrace()).isEmpty();
    }

    @Test
    void aTimeoutSaysWhoseLimitItWasAndHowLong() {
        CallTimeoutException timeout = new CallTimeoutException("stock", Duration.ofMillis(1_500), null, false);

        assertThat(timeout).hasMessage("Call 'stock' took longer than 1.5 s.");
        assertThat(timeout.name()).isEqualTo("stock");
        assertThat(timeout.limit()).isEqualTo(Duration.ofMillis(1_500));
        assertThat(timeout.getStackTrace()).isEmpty();
        assertThat(CallTimeoutException.withResult("stock", Duration.ofSeconds(2)))
                .hasMessage("Call 'stock' took longer than 2 s; its result came all the same.");
        assertThatThrownBy(() -> new CallTimeoutException("stock", Duration.ZERO, null, false))
                .isInstanceOf(InvalidSettingException.class);
    }

    @Test
    void theLimitOfATimeoutIsSaidInTheUnitThatFits() {
        assertThat(limit(Duration.ofMinutes(2))).isEqualTo("120 s");
        assertThat(limit(Duration.ofNanos(1_234_567_890))).isEqualTo("1.235 s");
        assertThat(limit(Duration.ofNanos(29_387_400))).isEqualTo("29.387 ms");
        assertThat(limit(Duration.ofMillis(50))).isEqualTo("50 ms");
        assertThat(limit(Duration.ofNanos(1_500))).isEqualTo("1.5 µs");
        assertThat(limit(Duration.ofNanos(1))).isEqualTo("0.001 µs");
        assertThat(limit(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Long.MAX_VALUE + " s");
    }

    private static String limit(Duration limit) {
        return new CallTimeoutException("stock", limit, null, false)
                .getMessage()
                .replaceAll(".* than (.*)\\.$", "$1");
    }

    @Test
    void aRefusedSettingKeepsItsPartsApart() {
        InvalidSettingException refused = new InvalidSettingException("ratio", -0.5, "must be between 0.0 and 1000.0");

        assertThat(refused).hasMessage("ratio must be between 0.0 and 1000.0, but is -0.5");
        assertThat(refused.component()).isEqualTo("ratio");
        assertThat(refused.value()).isEqualTo(-0.5);
        assertThat(refused.rule()).isEqualTo("must be between 0.0 and 1000.0");
        assertThat(refused).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rejectionsWalkTheStackOnlyIfAskedTo() {
        assertThat(new NoHealthyInstanceException("orders", 0, 0, 0, 0, false).getStackTrace())
                .isEmpty();
        assertThat(new NoHealthyInstanceException("orders", 0, 0, 0, 0, true).getStackTrace())
                .isNotEmpty();
        assertThat(new CircuitOpenException("payments", CircuitState.OPEN, 0, null, 0, false).getStackTrace())
                .isEmpty();
        assertThat(new CircuitOpenException("payments", CircuitState.OPEN, 0, null, 0, true).getStackTrace())
                .isNotEmpty();
    }

    @Test
    void aResultRuleJudgesResultsOfItsTypeOnly() {
        ResultRule<String> rule = new ResultRule<>(String.class, String::isEmpty);

        assertThat(rule.matches("")).isTrue();
        assertThat(rule.matches("text")).isFalse();
        assertThat(rule.matches(0)).isFalse();
        assertThat(rule.matches(null)).isFalse();
    }

    @Test
    void snapshotsAreCopiesThatAddUp() {
        List<BreakerSnapshot.Failure> failures =
                new ArrayList<>(List.of(new BreakerSnapshot.Failure("java.io.IOException", Duration.ZERO)));
        BreakerSnapshot snapshot = new BreakerSnapshot(
                "payments",
                Mode.ACT,
                CircuitState.CLOSED,
                Duration.ZERO,
                "new",
                6,
                2,
                1,
                4,
                2,
                null,
                0,
                null,
                failures);
        failures.clear();

        assertThat(snapshot.calls()).isEqualTo(9);
        assertThat(snapshot.failureRate()).isEqualTo(0.25);
        assertThat(snapshot.lastFailures()).hasSize(1);
        assertThat(catchThrowable(() -> snapshot.lastFailures().clear()))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(new BreakerSnapshot(
                                "idle",
                                Mode.OBSERVE,
                                CircuitState.CLOSED,
                                Duration.ZERO,
                                "new",
                                0,
                                0,
                                5,
                                0,
                                0,
                                null,
                                0,
                                null,
                                List.of())
                        .failureRate())
                .isZero();
    }
}
