package io.mesh.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.LateResult;
import io.mesh.model.TimeoutConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Limits of blocking calls. Where time is moved by hand, the work itself lets it pass. */
class TimeoutTest {

    private static final Duration LIMIT = Duration.ofMillis(50);

    private final ManualClock clock = new ManualClock();
    private final Timeout timeout = timeout("stock", LIMIT, LateResult.RETURN);
    private final Timeout strict = timeout("strict", LIMIT, LateResult.FAIL);

    private Timeout timeout(String name, Duration limit, LateResult lateResult) {
        return Timeout.builder(name)
                .config(new TimeoutConfig(limit, lateResult))
                .scheduler(clock)
                .build();
    }

    @AfterEach
    void nothingIsLeftInTheScheduler() {
        Thread.interrupted();
        assertThat(clock.scheduled()).isZero();
    }

    private static boolean isInterrupted() {
        return Thread.currentThread().isInterrupted();
    }

    /** Ignores the interrupt, and comes back after 80 ms. */
    private <T> T late(T value) {
        clock.advance(Duration.ofMillis(80));
        return value;
    }

    /** What {@code sleep} and its like do. */
    private static void block() throws InterruptedException {
        Thread.sleep(30_000);
    }

    @Test
    void aCallThatIsDoneInTimeIsLeftAlone() {
        String result = timeout.call(() -> {
            clock.advance(LIMIT.minusNanos(1));
            assertThat(clock.scheduled()).isEqualTo(1);
            return "apple";
        });
        clock.advance(LIMIT);

        assertThat(result).isEqualTo("apple");
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void workThatBlocksIsInterruptedWhenItsTimeIsUp() {
        CountDownLatch never = new CountDownLatch(1);
        long before = System.nanoTime();

        CallTimeoutException failure = catchThrowableOfType(CallTimeoutException.class, () -> Timeout.of(
                        "stock", TimeoutConfig.builder().timeout(LIMIT).build())
                .run(never::await));

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isBetween(LIMIT, Duration.ofSeconds(20));
        assertThat(failure).hasMessage("Call 'stock' took longer than 50 ms.");
        assertThat(failure.name()).isEqualTo("stock");
        assertThat(failure.limit()).isEqualTo(LIMIT);
        assertThat(failure.resultFollows()).isFalse();
        assertThat(failure.getStackTrace()).isNotEmpty();
        assertThat(failure.getCause()).isInstanceOf(InterruptedException.class);
        assertThat(failure.getCause().getStackTrace()).as("tells where it was").anyMatch(frame -> frame.getMethodName()
                .equals("await"));
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void aResultThatComesTooLateIsReturnedAllTheSame() {
        String result = timeout.call(() -> late("apple"));

        assertThat(result).isEqualTo("apple");
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void aResultThatComesTooLateMayBeNull() {
        Object result = timeout.<Object, RuntimeException>call(() -> late(null));

        assertThat(result).isNull();
    }

    @Test
    void aResultThatComesTooLateIsClosedIfLateResultsFail() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable response = closed::incrementAndGet;

        Throwable failure = catchThrowable(() -> strict.call(() -> late(response)));

        assertThat(failure)
                .isInstanceOf(CallTimeoutException.class)
                .hasMessage("Call 'strict' took longer than 50 ms.")
                .hasNoCause();
        assertThat(closed).hasValue(1);
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void whatTheWorkThrowsAfterTheLimitBecomesTheCause() {
        IOException reset = new IOException("reset");

        Throwable failure = catchThrowable(() -> timeout.run(() -> {
            late("");
            throw reset;
        }));

        assertThat(failure).isInstanceOf(CallTimeoutException.class).hasCause(reset);
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void workThatSetsTheFlagAgainAndThrowsSomethingElseLeavesNoFlag() {
        Throwable failure = catchThrowable(() -> timeout.run(() -> {
            late("");
            try {
                block();
            } catch (InterruptedException ours) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(ours);
            }
        }));

        assertThat(failure).isInstanceOf(CallTimeoutException.class).hasCauseInstanceOf(IllegalStateException.class);
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void anErrorComesAsItIsAndLeavesNoFlag() {
        AssertionError error = new AssertionError();

        Throwable failure = catchThrowable(() -> timeout.run(() -> {
            late("");
            throw error;
        }));

        assertThat(failure).isSameAs(error);
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void whatTheWorkThrowsInTimeComesAsItWasThrown() {
        IOException reset = new IOException("reset");
        InterruptedException foreign = new InterruptedException();

        assertThat(catchThrowable(() -> timeout.run(() -> {
                    throw reset;
                })))
                .isSameAs(reset);
        assertThat(catchThrowable(() -> timeout.run(() -> {
                    throw foreign;
                })))
                .isSameAs(foreign);
    }

    @Test
    void anInterruptBySomebodyElseEndsTheCallAsItWouldWithoutTheLimit() {
        Throwable failure = catchThrowable(() -> timeout.run(() -> {
            Thread.currentThread().interrupt();
            block();
        }));

        assertThat(failure).isInstanceOf(InterruptedException.class);
        assertThat(isInterrupted()).isFalse(); // consumed by what it was thrown from
    }

    /** Scenario 78. */
    @Test
    void anInterruptBySomebodyElseAfterOursIsKept() {
        Throwable failure = catchThrowable(() -> timeout.run(() -> {
            late("");
            try {
                block();
            } catch (InterruptedException ours) {
                Thread.currentThread().interrupt(); // somebody else's
                throw ours;
            }
        }));

        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(isInterrupted()).isTrue();
    }

    @Test
    void anInterruptBySomebodyElseThatNobodyHasSeenYetWhenOursComesIsKept() {
        Throwable failure = catchThrowable(() -> timeout.run(() -> {
            Thread.currentThread().interrupt(); // somebody else's
            late("");
            block(); // sees one of two
        }));

        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(isInterrupted()).isTrue();
    }

    @Test
    void aFlagThatWasSetBeforeTheCallIsSetAfterIt() {
        Thread.currentThread().interrupt();

        assertThat(timeout.call(() -> "in time")).isEqualTo("in time");
        assertThat(isInterrupted()).isTrue();
        assertThat(timeout.call(() -> late("late"))).isEqualTo("late");
        assertThat(isInterrupted()).isTrue();
    }

    @Test
    void theInnerOfTwoLimitsMayBeOverFirst() {
        Timeout outer = timeout("outer", Duration.ofMillis(100), LateResult.RETURN);

        Throwable failure = catchThrowable(() -> outer.run(() -> timeout.run(() -> {
            late("");
            block();
        })));

        assertThat(failure).hasMessageContaining("'stock'");
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void theOuterOfTwoLimitsMayBeOverFirst() {
        Timeout outer = timeout("outer", Duration.ofMillis(30), LateResult.RETURN);

        Throwable failure = catchThrowable(() -> outer.run(() -> timeout.run(() -> {
            clock.advance(Duration.ofMillis(40));
            block();
        })));

        assertThat(failure).hasMessageContaining("'outer'").hasCauseInstanceOf(InterruptedException.class);
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void whenBothLimitsAreOverTheOuterOneStillStopsWhatFollowsTheInnerCall() {
        for (int outerMillis : new int[] {30, 70}) { // before or after the inner one
            Timeout outer = timeout("outer", Duration.ofMillis(outerMillis), LateResult.RETURN);
            List<String> seen = new ArrayList<>();

            Throwable failure = catchThrowable(() -> outer.run(() -> {
                Throwable inner = catchThrowable(() -> timeout.run(() -> {
                    late("");
                    block(); // one flag for two limits
                }));
                seen.add(inner.getMessage());
                block();
            }));

            assertThat(seen).containsExactly("Call 'stock' took longer than 50 ms.");
            assertThat(failure).hasMessageContaining("'outer'").hasCauseInstanceOf(InterruptedException.class);
            assertThat(isInterrupted()).isFalse();
        }
    }

    @Test
    void twoLimitsThatWorkHasIgnoredLeaveNoFlag() {
        for (int outerMillis : new int[] {30, 70}) {
            Timeout outer = timeout("outer", Duration.ofMillis(outerMillis), LateResult.RETURN);

            assertThat(outer.call(() -> timeout.call(() -> late("apple")))).isEqualTo("apple");
            assertThat(isInterrupted()).isFalse();
        }
    }

    @Test
    void anInterruptBySomebodyElseIsKeptByTwoLimits() {
        Timeout outer = timeout("outer", Duration.ofMillis(70), LateResult.RETURN);

        outer.run(() -> timeout.run(() -> {
            Thread.currentThread().interrupt(); // somebody else's
            late("");
        }));

        assertThat(isInterrupted()).isTrue();
    }

    private static CircuitBreaker breaker(String name) {
        return CircuitBreaker.of(
                name, CircuitBreakerConfig.builder().failureThreshold(100).build());
    }

    @Test
    void breakersAroundItCountAFailureAndTheCallerGetsTheLateResult() {
        CircuitBreaker near = breaker("near");
        CircuitBreaker far = breaker("far");
        Policy all = far.around(near.around(timeout));

        assertThat(all.call(() -> late("apple"))).isEqualTo("apple");
        assertThat(all.decorate(() -> late("pear")).get()).isEqualTo("pear");
        assertThat(all.call(() -> "in time")).isEqualTo("in time");

        for (CircuitBreaker breaker : List.of(near, far)) {
            assertThat(breaker.snapshot().failed()).isEqualTo(2);
            assertThat(breaker.snapshot().succeeded()).isEqualTo(1);
            assertThat(breaker.snapshot().lastFailures().toString()).contains("CallTimeoutException");
        }
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void breakersAroundItCountAFailureHoweverThePoliciesArePutTogether() {
        CircuitBreaker near = breaker("near");
        CircuitBreaker far = breaker("far");

        assertThat(far.around(near).around(timeout).call(() -> late("apple"))).isEqualTo("apple");

        assertThat(near.snapshot().failed()).isEqualTo(1);
        assertThat(far.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void aBreakerBetweenTwoLimitsHearsOfTheInnerOneAndOneAroundBothOfEither() {
        CircuitBreaker between = breaker("between");
        CircuitBreaker around = breaker("around");
        Timeout outer = timeout("outer", Duration.ofMillis(70), LateResult.RETURN);

        String first = around.around(outer.around(between.around(timeout))).call(() -> late("both"));
        String second = around.around(outer.around(between)).call(() -> late("the outer one"));

        assertThat(List.of(first, second)).containsExactly("both", "the outer one");
        assertThat(between.snapshot().failed()).isEqualTo(1);
        assertThat(between.snapshot().succeeded()).isEqualTo(1);
        assertThat(around.snapshot().failed()).isEqualTo(2);
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void anOuterLimitThatRefusesLateResultsClosesOneThatTheInnerLimitWouldReturn() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable response = closed::incrementAndGet;
        CircuitBreaker breaker = breaker("between");

        Throwable failure =
                catchThrowable(() -> strict.around(breaker.around(timeout)).call(() -> late(response)));

        assertThat(failure).isInstanceOf(CallTimeoutException.class).hasMessageContaining("'strict'");
        assertThat(closed).hasValue(1);
        assertThat(breaker.snapshot().failed()).isEqualTo(1);
    }

    @Test
    void aLateResultThatAPolicyInBetweenKeepsToItselfIsClosed() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable response = closed::incrementAndGet;
        AutoCloseable other = () -> {};

        AutoCloseable result =
                new Swallowing(other).around(timeout).<AutoCloseable, RuntimeException>call(() -> late(response));

        assertThat(result).isSameAs(other);
        assertThat(closed).hasValue(1);
    }

    @Test
    void aFallbackIsAskedAboutATimeout() throws Exception {
        String result = Fallback.to(Throwable::getMessage).around(timeout).call(() -> {
            late("");
            block();
            return "";
        });

        assertThat(result).isEqualTo("Call 'stock' took longer than 50 ms.");
    }

    @Test
    void newSettingsCountFromTheNextCall() {
        assertThat(timeout.config().timeout()).isEqualTo(LIMIT);
        timeout.call(() -> {
            timeout.reconfigure(new TimeoutConfig(Duration.ofMillis(20), LateResult.FAIL));
            clock.advance(Duration.ofMillis(40));
            assertThat(isInterrupted()).isFalse();
            return "";
        });

        Throwable failure = catchThrowable(() -> timeout.call(() -> late("")));

        assertThat(failure).hasMessage("Call 'stock' took longer than 20 ms.");
        assertThat(timeout.config().timeout()).isEqualTo(Duration.ofMillis(20));
    }

    @Test
    void limitsBeyondAllTimeAreNoLimits() {
        Timeout endless = timeout("endless", Duration.ofSeconds(Long.MAX_VALUE), LateResult.FAIL);

        assertThat(endless.call(() -> {
                    clock.advance(Duration.ofDays(36_500));
                    return "after a century";
                }))
                .isEqualTo("after a century");
    }

    @Test
    void aSchedulerThatHasBeenShutDownEndsTheCallBeforeTheWorkBegins() {
        RejectedExecutionException refused = new RejectedExecutionException();
        AtomicInteger begun = new AtomicInteger();
        Timeout stopped = Timeout.builder("stopped")
                .scheduler((task, delay) -> {
                    throw refused;
                })
                .build();

        Throwable failure = catchThrowable(() -> timeout.run(() -> stopped.run(begun::incrementAndGet)));

        assertThat(failure).isSameAs(refused);
        assertThat(begun).hasValue(0);
        assertThat(timeout.call(() -> late("as before"))).isEqualTo("as before");
        assertThat(isInterrupted()).isFalse();
    }

    @Test
    void aTimedCallIsMadeAnewEachTimeAndClosesALateResultThatNobodyHasTaken() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable response = closed::incrementAndGet;
        TimedCall<AutoCloseable, RuntimeException> call =
                timeout.timed(() -> late(response), Duration.ofMillis(30).toNanos());

        Throwable first = catchThrowable(call::get);
        Throwable second = catchThrowable(call::get);

        assertThat(first).hasMessage("Call 'stock' took longer than 30 ms; its result came all the same.");
        assertThat(call.isLate(first)).isFalse();
        assertThat(call.isLate(second)).isTrue();
        assertThat(closed).hasValue(1);
        assertThat(call.lateResult()).isSameAs(response);
        assertThat(call.isLate(second)).isFalse();
        assertThat(closed).hasValue(1);
    }
}
