package io.mesh.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CallFutureTest {

    private final AtomicInteger abandoned = new AtomicInteger();
    private final CallFuture<Object> future = new CallFuture<>(abandoned::incrementAndGet);

    @Test
    void itIsClaimedOnce() {
        assertThat(future.claim()).isTrue();
        assertThat(future.claim()).isFalse();
    }

    @Test
    void whoeverEndsItAfterAClaimDoesNotAbandonIt() {
        assertThat(future.claim()).isTrue();
        future.end("result");

        assertThat(future).isCompletedWithValue("result");
        assertThat(abandoned).hasValue(0);
    }

    @Test
    void itFailsWithTheFailureItself() {
        IOException failure = new IOException();
        assertThat(future.claim()).isTrue();

        future.fail(failure);

        assertThat(future.handle((value, thrown) -> thrown).join()).isSameAs(failure);
        assertThat(abandoned).hasValue(0);
    }

    @Test
    void cancelAndCompletionFromOutsideAbandonItOnce() {
        future.cancel(true);
        future.complete("late");
        assertThat(abandoned).hasValue(1);
        assertThat(future.claim()).isFalse();

        CallFuture<Object> other = new CallFuture<>(abandoned::incrementAndGet);
        other.complete("from outside");
        assertThat(abandoned).hasValue(2);
        assertThat(other.claim()).isFalse();
    }

    @Test
    void aResultThatComesTooLateIsClosed() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable result = closed::incrementAndGet;
        assertThat(future.claim()).isTrue();
        future.cancel(true);

        future.end(result);

        assertThat(closed).hasValue(1);
        assertThat(abandoned).hasValue(0);
    }

    @Test
    void underARaceItIsEitherClaimedOrAbandonedNeverBoth() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 1_000; round++) {
                AtomicInteger ends = new AtomicInteger();
                CallFuture<Object> raced = new CallFuture<>(ends::incrementAndGet);
                CyclicBarrier start = new CyclicBarrier(4);
                List<Future<?>> racers = new ArrayList<>();
                for (int racer = 0; racer < 4; racer++) {
                    boolean cancels = racer == 0;
                    racers.add(threads.submit(() -> {
                        start.await(30, TimeUnit.SECONDS);
                        if (cancels) {
                            return raced.cancel(true);
                        }
                        if (raced.claim()) {
                            ends.incrementAndGet();
                            raced.end("result");
                        }
                        return true;
                    }));
                }
                for (Future<?> racer : racers) {
                    racer.get(30, TimeUnit.SECONDS);
                }
                assertThat(ends).hasValue(1);
                assertThat(raced).isDone();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void startTurnsWhatIsThrownAndNoStageIntoFailedStages() {
        IOException failure = new IOException();

        CompletionStage<?> thrown = CallFuture.start(() -> {
            throw failure;
        });
        CompletionStage<?> none = CallFuture.start(() -> null);

        assertThat(thrown.toCompletableFuture().handle((value, seen) -> seen).join())
                .isSameAs(failure);
        assertThat(none.toCompletableFuture().handle((value, seen) -> seen).join())
                .isInstanceOf(NullPointerException.class)
                .hasMessage("The asynchronous call returned null instead of a CompletionStage.");
    }

    @Test
    void workThatWasBegunIsCancelledWhenTheFutureIsAbandoned() {
        CompletableFuture<Object> stage = new CompletableFuture<>();

        assertThat(future.begin(() -> stage)).isSameAs(stage);
        future.cancel(true);

        assertThat(abandoned).hasValue(1);
        assertThat(stage).isCancelled();
    }

    @Test
    void workThatBeginsAfterTheEndHasBeenClaimedIsCancelledAtOnce() {
        CompletableFuture<Object> stage = new CompletableFuture<>();
        assertThat(future.claim()).isTrue();
        future.cancelWork(); // there is none yet

        future.begin(() -> stage);

        assertThat(stage).isCancelled();
    }

    @Test
    void workThatWasBegunGoesOnUntilItIsCancelled() {
        CompletableFuture<Object> stage = new CompletableFuture<>();
        future.begin(() -> stage);

        assertThat(future.claim()).isTrue();
        assertThat(stage).isNotDone();
        future.cancelWork();

        assertThat(stage).isCancelled();
    }

    @Test
    void aStageThatCannotBeCancelledIsLeftAlone() {
        CompletableFuture<Object> stage = new CompletableFuture<>() {
            @Override
            public CompletableFuture<Object> toCompletableFuture() {
                throw new UnsupportedOperationException();
            }
        };

        CallFuture.cancel(stage);

        assertThat(stage).isNotDone();
    }

    @Test
    void discardingClosesWhatCanBeClosedAndForgetsItsFailure() {
        AtomicInteger closed = new AtomicInteger();
        AutoCloseable faulty = () -> {
            closed.incrementAndGet();
            throw new IOException();
        };

        CallFuture.discard(faulty);
        CallFuture.discard("text");
        CallFuture.discard(null);

        assertThat(closed).hasValue(1);
    }

    @Test
    void anInterruptWhileClosingIsNotLost() {
        AutoCloseable interrupted = () -> {
            throw new InterruptedException();
        };

        CallFuture.discard(interrupted);

        assertThat(Thread.interrupted()).isTrue();
    }
}
