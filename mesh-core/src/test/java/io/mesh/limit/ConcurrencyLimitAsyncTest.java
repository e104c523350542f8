package io.mesh.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitException;
import io.mesh.model.ConcurrencyLimitSnapshot;
import io.mesh.model.Mode;
import io.mesh.policy.CallFuture;
import io.mesh.time.ManualClock;
import io.mesh.time.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitAsyncTest {

    private final ManualClock clock = new ManualClock();
    private final ConcurrencyLimit limit = ConcurrencyLimit.builder("payments")
            .config(ConcurrencyLimitConfig.builder()
                    .maxConcurrent(1)
                    .maxWait(Duration.ofMillis(50))
                    .build())
            .scheduler(clock)
            .build();
    private final CompletableFuture<String> first = new CompletableFuture<>();

    @AfterEach
    void nothingIsLeftInTheScheduler() {
        assertThat(clock.scheduled()).isZero();
    }

    private static Throwable failure(CompletableFuture<?> future) {
        assertThat(future).isDone();
        return catchThrowableOfType(ExecutionException.class, future::get).getCause();
    }

    private void assertEmpty(long rejected) {
        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, rejected));
    }

    @Test
    void aCallWaitsWithoutAThreadAndIsStartedByWhoeverEndsOne() {
        CompletableFuture<String> one = limit.callAsync(() -> first);
        AtomicBoolean begun = new AtomicBoolean();
        CompletableFuture<String> two = limit.callAsync(() -> {
            begun.set(true);
            return CompletableFuture.completedFuture("two");
        });
        assertThat(begun).isFalse();
        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 1, 1, 0));

        first.complete("one");

        assertThat(one).isCompletedWithValue("one");
        assertThat(two).isCompletedWithValue("two");
        assertEmpty(0);
    }

    @Test
    void aCallThatHasWaitedLongEnoughIsRejectedThroughItsFuture() {
        limit.callAsync(() -> first);
        CompletableFuture<String> two = limit.callAsync(() -> CompletableFuture.completedFuture("two"));

        clock.advance(Duration.ofMillis(50));

        assertThat(failure(two)).isInstanceOf(ConcurrencyLimitException.class);
        first.complete("one");
        assertEmpty(1);
    }

    @Test
    void aCallThatIsCancelledWhileItWaitsLeavesTheQueueAndIsNeverBegun() {
        limit.callAsync(() -> first);
        AtomicBoolean begun = new AtomicBoolean();
        CompletableFuture<String> two = limit.callAsync(() -> {
            begun.set(true);
            return CompletableFuture.completedFuture("two");
        });

        two.cancel(true);

        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 1, 0, 0));
        first.complete("one");
        assertThat(begun).isFalse();
        assertEmpty(0);
    }

    @Test
    void thePlaceIsTakenUntilTheStageEndsThoughTheCallerHasGivenUp() {
        CompletableFuture<String> stubborn = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                return false;
            }
        };
        CompletableFuture<String> one = limit.callAsync(() -> stubborn);

        one.cancel(true);

        assertThat(limit.snapshot().inFlight()).isEqualTo(1);
        stubborn.complete("late");
        assertEmpty(0);
    }

    @Test
    void cancellingACallCancelsItsStageAndGivesThePlaceBack() {
        CompletableFuture<String> one = limit.callAsync(() -> first);

        one.cancel(true);

        assertThat(first).isCancelled();
        assertEmpty(0);
    }

    @Test
    void theFailureOfAStageComesUnwrapped() {
        IOException failure = new IOException("no");

        CompletableFuture<String> one =
                limit.callAsync(() -> CompletableFuture.failedFuture(new CompletionException(failure)));

        assertThat(failure(one)).isSameAs(failure);
        assertEmpty(0);
    }

    @Test
    void workThatThrowsOrReturnsNullOrCannotBeListenedToGivesThePlaceBack() {
        assertThat(failure(limit.callAsync(() -> {
                    throw new IOException("not begun");
                })))
                .hasMessage("not begun");
        assertThat(failure(limit.<String>callAsync(() -> null))).isInstanceOf(NullPointerException.class);
        assertThat(limit.<String>callAsync(() -> new CompletableFuture<>() {
                    @Override
                    public CompletableFuture<String> whenComplete(
                            BiConsumer<? super String, ? super Throwable> action) {
                        action.accept("ended", null);
                        throw new IllegalStateException("deaf");
                    }
                }))
                .isCompletedWithValue("ended");
        assertThat(failure(limit.<String>callAsync(() -> new CompletableFuture<>() {
                    @Override
                    public CompletableFuture<String> whenComplete(
                            BiConsumer<? super String, ? super Throwable> action) {
                        throw new IllegalStateException("deaf");
                    }
                })))
                .hasMessage("deaf");

        assertEmpty(0);
    }

    @Test
    void aSchedulerThatHasBeenShutDownFailsTheCallAndNobodyIsLeftWaiting() {
        ConcurrencyLimit without = ConcurrencyLimit.builder("payments")
                .config(limit.config())
                .scheduler((task, delay) -> {
                    throw new RejectedExecutionException("shut down");
                })
                .build();
        without.callAsync(() -> first);

        assertThat(failure(without.callAsync(() -> first))).isInstanceOf(RejectedExecutionException.class);
        assertThat(without.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 1, 0, 0));
    }

    @Test
    void aLongQueueOfCallsThatEndAtOnceIsNoDeepRecursion() {
        limit.callAsync(() -> first);
        AtomicInteger done = new AtomicInteger();
        List<CompletableFuture<Integer>> waiting = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            waiting.add(limit.callAsync(() -> CompletableFuture.completedFuture(done.incrementAndGet())));
        }

        first.complete("one");

        CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new)).join();
        assertThat(done).hasValue(20_000);
        assertEmpty(0);
    }

    @Test
    void whoEndsACallStartsSomeOfThoseThatWaitAndNotAllOfThem() {
        limit.callAsync(() -> first);
        List<CompletableFuture<Thread>> waiting = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            waiting.add(limit.callAsync(() -> CompletableFuture.completedFuture(Thread.currentThread())));
        }

        first.complete("one");

        CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new)).join();
        assertThat(waiting.stream().map(CompletableFuture::join).filter(Thread.currentThread()::equals))
                .hasSizeBetween(1, 32);
    }

    @Test
    void aFaultInStartingOneCallThatWaitsHarmsNoOther() {
        limit.callAsync(() -> first);
        limit.await(new CallFuture<>(() -> {}), Ticker.FOREVER, hasPlace -> {
            limit.release();
            throw new IllegalStateException("fault");
        });
        CompletableFuture<String> two = limit.callAsync(() -> CompletableFuture.completedFuture("two"));

        first.complete("one");

        assertThat(two).isCompletedWithValue("two");
        assertEmpty(0);
    }

    @Test
    void aStageThatCannotBeCancelledGivesThePlaceBackWhenItEnds() {
        CompletableFuture<String> stubborn = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                throw new IllegalStateException("cannot be cancelled");
            }
        };
        CompletableFuture<String> one = limit.callAsync(() -> stubborn);

        one.cancel(true);
        stubborn.complete("late");

        assertEmpty(0);
    }

    @Test
    void aSchedulerThatCannotStartItsThreadLeavesNobodyWaiting() {
        ConcurrencyLimit exhausted = ConcurrencyLimit.builder("payments")
                .config(limit.config())
                .scheduler((task, delay) -> {
                    throw new OutOfMemoryError("unable to create native thread");
                })
                .build();
        exhausted.tryAcquire();

        assertThat(failure(exhausted.callAsync(() -> first))).isInstanceOf(OutOfMemoryError.class);
        assertThat(catchThrowable(() -> exhausted.run(() -> {}))).isInstanceOf(OutOfMemoryError.class);
        exhausted.release();

        assertThat(exhausted.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 0));
    }

    @Test
    void thoseWhoWaitRunAtOnceWhenTheLimitOnlyObservesFromNowOn() {
        limit.callAsync(() -> first);
        CompletableFuture<String> two = limit.callAsync(() -> CompletableFuture.completedFuture("two"));

        limit.reconfigure(limit.config(), Mode.OBSERVE);

        assertThat(two).isCompletedWithValue("two");
        first.complete("one");
        assertEmpty(1);
    }

    @Test
    void aStageMayBeAnyKindOfStage() {
        CompletionStage<String> minimal = first.minimalCompletionStage();
        CompletableFuture<String> one = limit.callAsync(() -> minimal);

        first.complete("one");

        assertThat(one).isCompletedWithValue("one");
        assertEmpty(0);
    }
}
