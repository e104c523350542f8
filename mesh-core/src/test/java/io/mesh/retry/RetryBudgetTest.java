package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.event.MeshEvent.RetryBudgetExhausted;
import io.mesh.model.Jitter;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryBudgetSnapshot;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import io.mesh.time.Sleeper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a policy may spend on retries. The clock begins far from the end of time, and five seconds before it. */
class RetryBudgetTest {

    private static final long NEAR_OVERFLOW = Long.MAX_VALUE - 5_000_000_000L;

    private final List<MeshEvent> events = new ArrayList<>();
    private ManualClock clock = new ManualClock();
    private int attempts;

    private static RetryBudgetConfig.Builder earnedOnly() {
        return RetryBudgetConfig.builder().minPerSecond(0);
    }

    private static RetryBudgetConfig.Builder unearnedOnly() {
        return RetryBudgetConfig.builder().ratio(0);
    }

    private RetryPolicy policy(RetryBudgetConfig.Builder budget) {
        return policy(budget, config -> {}, nanos -> {});
    }

    private RetryPolicy policy(
            RetryBudgetConfig.Builder budget, Consumer<RetryConfig.Builder> settings, Sleeper sleeper) {
        RetryConfig.Builder config = RetryConfig.builder()
                .initialDelay(Duration.ZERO)
                .jitter(Jitter.NONE)
                .retryOnResult(String.class, "unwanted"::equals)
                .budget(budget.build());
        settings.accept(config);
        return RetryPolicy.builder("payments")
                .config(config.build())
                .ticker(clock)
                .sleeper(sleeper)
                .scheduler(clock)
                .listener(events::add)
                .build();
    }

    private static void succeed(RetryPolicy retry, int calls) {
        for (int i = 0; i < calls; i++) {
            retry.run(() -> {});
        }
    }

    /** Makes calls of which every attempt fails, and returns how many retries there were. */
    private int retriesOfFailing(RetryPolicy retry, int calls) {
        attempts = 0;
        for (int i = 0; i < calls; i++) {
            assertThat(failing(retry)).isExactlyInstanceOf(IOException.class);
        }
        return attempts - calls;
    }

    private Throwable failing(RetryPolicy retry) {
        return catchThrowable(() -> retry.run(() -> {
            attempts++;
            throw new IOException("failed");
        }));
    }

    private static String note(Throwable failure) {
        Throwable[] suppressed = failure.getSuppressed();
        return suppressed[suppressed.length - 1].getMessage();
    }

    private static long balance(RetryPolicy retry) {
        return retry.budget().snapshot().balance();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, NEAR_OVERFLOW})
    void aFifthOfWhatHasGoneWellMayBeSpentOnRetriesAndNoMore(long start) {
        clock = new ManualClock(start);
        RetryPolicy retry = policy(earnedOnly());
        clock.advance(Duration.ofSeconds(1));
        succeed(retry, 1_000);

        assertThat(retriesOfFailing(retry, 1_000)).isEqualTo(200);

        assertThat(balance(retry)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, NEAR_OVERFLOW})
    void withoutASuccessBeforeNothingIsRetried(long start) {
        clock = new ManualClock(start);
        RetryPolicy retry = policy(earnedOnly());
        clock.advance(Duration.ofSeconds(1));

        assertThat(retriesOfFailing(retry, 1_000)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, NEAR_OVERFLOW})
    void whatWasEarnedIsGoneAfterItsTimeToLive(long start) {
        clock = new ManualClock(start);
        RetryPolicy retry = policy(earnedOnly());
        clock.advance(Duration.ofSeconds(1));
        succeed(retry, 1_000);
        retriesOfFailing(retry, 1);
        assertThat(balance(retry)).isEqualTo(198);

        clock.advance(Duration.ofSeconds(10));

        assertThat(balance(retry)).isZero();
        assertThat(retriesOfFailing(retry, 1_000)).isZero();
    }

    @Test
    void acrossATimeInWhichNothingWasRetriedTheRateIsTakenAsEven() {
        RetryPolicy retry = policy(earnedOnly());
        succeed(retry, 1_000);

        clock.advance(Duration.ofSeconds(20));

        assertThat(balance(retry)).isEqualTo(100); // a fifth of half of them
    }

    @Test
    void withATickARestLeavesNoCredit() {
        RetryPolicy retry = policy(earnedOnly());
        clock.advance(Duration.ofSeconds(1));
        retry.budget().tick();
        succeed(retry, 1_000);

        for (int second = 1; second <= 20; second++) {
            clock.advance(Duration.ofSeconds(1));
            retry.budget().tick();
            assertThat(balance(retry)).isEqualTo(second <= 10 ? 200 : 0);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, NEAR_OVERFLOW})
    void anIdleServiceMayRetryTenTimesASecond(long start) {
        clock = new ManualClock(start);
        RetryPolicy retry = policy(unearnedOnly());
        clock.advance(Duration.ofSeconds(3));

        for (int second = 0; second < 5; second++) {
            int retries = 0;
            for (int call = 0; call < 20; call++) {
                retries += retriesOfFailing(retry, 1);
                clock.advance(Duration.ofMillis(50));
            }
            assertThat(retries).isEqualTo(10);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, NEAR_OVERFLOW})
    void aHundredRetriesInTenSecondsNeedNotBeEarnedAndTheNextAreDeniedUntilTheyAreOlder(long start) {
        clock = new ManualClock(start);
        RetryPolicy retry = policy(unearnedOnly());
        clock.advance(Duration.ofSeconds(5));

        assertThat(retriesOfFailing(retry, 1_000)).isEqualTo(100);
        clock.advance(Duration.ofSeconds(9));
        assertThat(retriesOfFailing(retry, 1_000)).isZero();
        clock.advance(Duration.ofSeconds(1));
        assertThat(retriesOfFailing(retry, 1_000)).isEqualTo(100);
    }

    @Test
    void aSavedBalanceIsNotSpentInOneBurst() {
        RetryPolicy retry = policy(earnedOnly());
        for (int second = 0; second < 10; second++) {
            succeed(retry, 1_000);
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(balance(retry)).isEqualTo(2_000);

        // half of the 1,000 that went well in the last second and of those that fail in this one
        assertThat(retriesOfFailing(retry, 500)).isEqualTo(750);

        clock.advance(Duration.ofSeconds(1));
        retry.budget().tick();
        clock.advance(Duration.ofSeconds(1));
        assertThat(retriesOfFailing(retry, 500)).isEqualTo(250);
    }

    @Test
    void oneCallTakesAFifthOfTheBalanceAtMost() {
        RetryPolicy retry = policy(unearnedOnly().minPerSecond(100), c -> c.maxAttempts(1_000), nanos -> {});
        assertThat(balance(retry)).isEqualTo(1_000);

        Throwable failure = failing(retry);

        // 100 by the limit of a second, which is below a fifth
        assertThat(attempts).isEqualTo(101);
        assertThat(note(failure))
                .isEqualTo("Retry 'payments' gave up after 101 attempts: the retry budget is exhausted.");
        RetryPolicy small = policy(unearnedOnly().ttl(Duration.ofSeconds(1)), c -> c.maxAttempts(1_000), nanos -> {});
        attempts = 0;
        Throwable shared = failing(small);
        assertThat(attempts).isEqualTo(3);
        assertThat(note(shared))
                .isEqualTo("Retry 'payments' gave up after 3 attempts: one call may take no more of the retry budget.");
        assertThat(balance(small)).isEqualTo(8);
        assertThat(small.budget().snapshot().denied()).isEqualTo(1);
    }

    @Test
    void oneRetryIsAlwaysAllowedToACallWhileThereIsOne() {
        RetryPolicy retry = policy(unearnedOnly().minPerSecond(1).ttl(Duration.ofSeconds(1)));

        assertThat(retriesOfFailing(retry, 1)).isEqualTo(1);
        assertThat(retriesOfFailing(retry, 1)).isZero();
    }

    @Test
    void whatGoesWellAtALaterAttemptEarnsNothing() {
        RetryPolicy retry = policy(earnedOnly().ratio(1));
        succeed(retry, 10);
        clock.advance(Duration.ofSeconds(1));

        for (int i = 0; i < 10; i++) {
            assertThat(catchThrowable(() -> retry.call(new Script(new IOException(), "well"))))
                    .isNull();
        }
        clock.advance(Duration.ofSeconds(1));

        assertThat(balance(retry)).isZero();
        assertThat(retriesOfFailing(retry, 1)).isZero();
    }

    @Test
    void norDoesAStageOrAResultThatIsRetried() {
        RetryPolicy retry = policy(earnedOnly().ratio(1));
        for (int i = 0; i < 10; i++) {
            assertThat(retry.callAsync(new Script("well").stages())).isCompletedWithValue("well");
        }
        clock.advance(Duration.ofSeconds(1));
        assertThat(balance(retry)).isEqualTo(10);

        for (int i = 0; i < 10; i++) {
            assertThat(retry.callAsync(new Script("unwanted", "well").stages())).isCompletedWithValue("well");
        }
        assertThat(retry.<Object>callAsync(new Script("unwanted").stages())).isCompletedWithValue("unwanted");
        clock.advance(Duration.ofSeconds(1));

        assertThat(balance(retry)).isZero();
    }

    @Test
    void whoIsDeniedARetryGetsTheFailureOfItsAttemptWithANote() {
        RetryPolicy retry = policy(earnedOnly());
        IOException failure = new IOException("failed");

        Throwable thrown = catchThrowable(() -> retry.call(new Script(failure)));

        assertThat(thrown).isSameAs(failure);
        assertThat(thrown.getSuppressed()).hasSize(1);
        assertThat(thrown.getSuppressed()[0])
                .isInstanceOf(RetriesExhaustedException.class)
                .hasMessage("Retry 'payments' gave up after 1 attempt: the retry budget is exhausted.");
        assertThat(thrown.getSuppressed()[0].getStackTrace()).isEmpty();
        assertThat(events)
                .containsExactly(
                        new RetryBudgetExhausted("payments", 1),
                        new RetriesEnded("payments", 1, "the retry budget is exhausted", failure));
    }

    @Test
    void aResultThatIsNotRetriedForWantOfBudgetIsTheAnswer() throws Exception {
        RetryPolicy retry = policy(earnedOnly());
        Script work = new Script("unwanted");

        assertThat(retry.call(work)).isEqualTo("unwanted");

        assertThat(work.attempts()).isEqualTo(1);
        assertThat(events).endsWith(new RetriesEnded("payments", 1, "the retry budget is exhausted", null));
    }

    @Test
    void anOuterPolicyDoesNotRepeatWhatTheBudgetHasDenied() {
        RetryPolicy inner = policy(earnedOnly());
        RetryPolicy outer = RetryPolicy.builder("outer").sleeper(clock).build();

        assertThat(catchThrowable(() -> outer.around(inner).run(() -> {
                    attempts++;
                    throw new IOException("failed");
                })))
                .hasMessage("failed");

        assertThat(attempts).isEqualTo(1);
    }

    @Test
    void exhaustionIsToldOnceASecondAtMost() {
        RetryPolicy retry = policy(earnedOnly());

        for (int i = 0; i < 35; i++) {
            retriesOfFailing(retry, 10);
            clock.advance(Duration.ofMillis(100));
        }

        assertThat(events)
                .filteredOn(RetryBudgetExhausted.class::isInstance)
                .containsExactly(
                        new RetryBudgetExhausted("payments", 1),
                        new RetryBudgetExhausted("payments", 101),
                        new RetryBudgetExhausted("payments", 201),
                        new RetryBudgetExhausted("payments", 301));
        assertThat(retry.budget().snapshot()).isEqualTo(new RetryBudgetSnapshot(0, 0, 350));
    }

    @Test
    void aRetryWhoseWaitIsInterruptedIsGivenBack() {
        RetryPolicy retry = policy(unearnedOnly(), config -> {}, nanos -> {
            throw new InterruptedException();
        });

        assertThat(retriesOfFailing(retry, 1)).isZero();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(retry.budget().snapshot()).isEqualTo(new RetryBudgetSnapshot(100, 0, 0));
    }

    @Test
    void aRetryWhoseTimeIsOverAfterItsWaitIsGivenBack() {
        RetryPolicy retry = policy(
                unearnedOnly(),
                config -> config.maxDuration(Duration.ofSeconds(1)),
                nanos -> clock.advance(Duration.ofSeconds(1)));

        assertThat(retriesOfFailing(retry, 1)).isZero();

        assertThat(balance(retry)).isEqualTo(100);
    }

    @Test
    void whatHasNoTimeLeftAsksForNoRetry() {
        RetryPolicy retry = policy(
                earnedOnly(),
                config -> config.maxDuration(Duration.ofSeconds(1)).initialDelay(Duration.ofSeconds(2)),
                clock);

        retriesOfFailing(retry, 1);

        assertThat(retry.budget().snapshot().denied()).isZero();
    }

    @Test
    void aRetryWhoseFutureIsCancelledInItsWaitIsGivenBackOnce() {
        RetryPolicy retry = policy(unearnedOnly(), config -> config.initialDelay(Duration.ofSeconds(1)), nanos -> {});
        CompletableFuture<Object> call = retry.callAsync(new Script(new IOException()).stages());
        CompletableFuture<Object> other = retry.callAsync(new Script(new IOException()).stages());
        assertThat(balance(retry)).isEqualTo(98);

        call.cancel(true);
        call.cancel(true);

        assertThat(balance(retry)).isEqualTo(99);
        assertThat(other).isNotDone();
    }

    @Test
    void aRetryThatHasBegunIsNotGivenBack() {
        RetryPolicy retry = policy(unearnedOnly(), config -> config.initialDelay(Duration.ofSeconds(1)), nanos -> {});
        CompletableFuture<Object> running = new CompletableFuture<>();
        CompletableFuture<Object> call = retry.callAsync(new Script(new IOException(), running).stages());
        clock.advance(Duration.ofSeconds(1));

        call.cancel(true);

        assertThat(balance(retry)).isEqualTo(99);
    }

    @Test
    void aRetryWhoseFutureIsEndedWhileItIsDecidedIsGivenBack() {
        List<CompletableFuture<Object>> calls = new ArrayList<>();
        RetryPolicy retry = RetryPolicy.builder("payments")
                .config(RetryConfig.builder()
                        .initialDelay(Duration.ZERO)
                        .budget(unearnedOnly().build())
                        .build())
                .ticker(clock)
                .scheduler(clock)
                .listener(scheduled -> calls.get(0).cancel(true))
                .build();
        CompletableFuture<Object> first = new CompletableFuture<>();
        Script work = new Script(first, "well");
        calls.add(retry.callAsync(work.stages()));

        first.completeExceptionally(new IOException());

        assertThat(work.attempts()).isEqualTo(1);
        assertThat(balance(retry)).isEqualTo(100);
    }

    @Test
    void aRetryThatTheSchedulerRefusesIsGivenBack() {
        RetryPolicy retry = RetryPolicy.builder("payments")
                .config(RetryConfig.builder().budget(unearnedOnly().build()).build())
                .ticker(clock)
                .scheduler((task, delay) -> {
                    throw new RejectedExecutionException();
                })
                .build();

        assertThat(retry.callAsync(new Script(new IOException()).stages())).isCompletedExceptionally();

        assertThat(balance(retry)).isEqualTo(100);
    }

    @Test
    void aPolicyMadeWithoutAMeshHasABudgetOnlyIfItsSettingsSaySo() {
        assertThat(RetryPolicy.of("payments", RetryConfig.defaults()).budget()).isNull();
        assertThat(RetryPolicy.of(
                                "payments",
                                RetryConfig.builder()
                                        .budget(RetryBudgetConfig.none())
                                        .build())
                        .budget())
                .isNull();
        assertThat(policy(RetryBudgetConfig.builder()).budget().config()).isEqualTo(RetryBudgetConfig.defaults());
    }

    @Test
    void newSettingsKeepWhatWasEarnedAndSpent() {
        RetryPolicy retry = policy(earnedOnly());
        clock.advance(Duration.ofSeconds(1));
        succeed(retry, 1_000);
        retriesOfFailing(retry, 25);
        assertThat(balance(retry)).isEqualTo(150);
        RetryBudget budget = retry.budget();

        reconfigure(retry, earnedOnly().ratio(0.1));
        assertThat(balance(retry)).isEqualTo(50);
        reconfigure(retry, earnedOnly().ratio(0.1).ttl(Duration.ofSeconds(20)));
        assertThat(balance(retry)).isEqualTo(50);
        reconfigure(retry, RetryBudgetConfig.none().toBuilder());
        assertThat(retry.budget()).isNull();
        reconfigure(retry, earnedOnly());

        assertThat(balance(retry)).isEqualTo(150);
        assertThat(retry.budget()).isSameAs(budget);
    }

    private static void reconfigure(RetryPolicy retry, RetryBudgetConfig.Builder budget) {
        retry.reconfigure(RetryConfig.builder().budget(budget.build()).build());
    }

    @Test
    void lookingAtABudgetChangesNothing() {
        RetryPolicy retry = policy(earnedOnly());
        succeed(retry, 1_000);
        for (int second = 0; second < 20; second++) {
            clock.advance(Duration.ofSeconds(1));
            retry.budget().snapshot();
        }

        assertThat(balance(retry)).isEqualTo(100); // even over the 20 seconds, as if nobody had looked
    }

    @Test
    void itIsAwakeFromTheFirstRetryAskedForUntilNothingHasHappenedForItsTimeToLive() {
        List<RetryBudget> awoken = new ArrayList<>();
        RetryPolicy retry = RetryPolicy.builder("payments")
                .config(RetryConfig.builder()
                        .initialDelay(Duration.ZERO)
                        .budget(RetryBudgetConfig.defaults())
                        .build())
                .ticker(clock)
                .budgetAwoken(awoken::add)
                .build();
        succeed(retry, 10);
        assertThat(awoken).isEmpty();

        retriesOfFailing(retry, 2);

        assertThat(awoken).containsExactly(retry.budget());
        assertThat(ticksUntilRest(retry)).isEqualTo(11); // the first finds that something has happened
        retriesOfFailing(retry, 1);
        assertThat(awoken).hasSize(2);
        clock.advance(Duration.ofSeconds(1));
        assertThat(retry.budget().tick()).isTrue();
        succeed(retry, 1);
        assertThat(ticksUntilRest(retry)).isEqualTo(11);
    }

    private int ticksUntilRest(RetryPolicy retry) {
        int ticks = 0;
        boolean awake = true;
        while (awake && ticks < 100) {
            clock.advance(Duration.ofSeconds(1));
            awake = retry.budget().tick();
            ticks++;
        }
        return ticks;
    }
}
