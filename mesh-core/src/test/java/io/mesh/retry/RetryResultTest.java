package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.event.MeshEvent.RetryScheduled;
import io.mesh.model.Jitter;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Results that are not what was wanted. */
class RetryResultTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final RetryPolicy retry = policy(busy());

    @Test
    void theLastUnwantedResultIsReturned() throws Exception {
        Script work = new Script(new Answer("1"), new Answer("2"), new Answer("3"));

        Answer result = (Answer) retry.call(work);

        assertThat(result.name).isEqualTo("3");
        assertThat(work.attempts()).isEqualTo(3);
    }

    @Test
    void eachEarlierResultIsClosedOnceAndTheReturnedOneIsNot() throws Exception {
        Answer first = new Answer("1");
        Answer second = new Answer("2");
        Answer third = new Answer("3");

        Object result = retry.call(new Script(first, second, third));

        assertThat(result).isSameAs(third);
        assertThat(List.of(first.closed, second.closed, third.closed)).containsExactly(1, 1, 0);
    }

    @Test
    void anEarlierResultIsClosedRightBeforeTheNextAttempt() throws Exception {
        List<String> order = new ArrayList<>();
        Answer first = new Answer("1") {
            @Override
            public void close() {
                order.add("closed");
            }
        };
        RetryPolicy waiting = RetryPolicy.builder("payments")
                .config(busy().build())
                .sleeper(nanos -> order.add("waited"))
                .build();
        Script work = new Script(first, "well");

        waiting.call(() -> {
            order.add("attempt");
            return work.get();
        });

        assertThat(order).containsExactly("attempt", "waited", "closed", "attempt");
    }

    @Test
    void theSameHoldsForStages() {
        Answer first = new Answer("1");
        Answer second = new Answer("2");
        Answer third = new Answer("3");

        CompletableFuture<Object> call = retry.callAsync(new Script(first, second, third).stages());
        clock.advance(Duration.ofMinutes(1));

        assertThat(call).isCompletedWithValue(third);
        assertThat(List.of(first.closed, second.closed, third.closed)).containsExactly(1, 1, 0);
    }

    @Test
    void aResultThatCannotBeClosedHarmsNobody() throws Exception {
        Answer first = new Answer("1") {
            @Override
            public void close() {
                throw new IllegalStateException("does not close");
            }
        };

        assertThat(retry.call(new Script(first, "well"))).isEqualTo("well");
    }

    @Test
    void afterAFailureAndUnwantedResultsTheLastResultIsReturned() throws Exception {
        Answer last = new Answer("3");

        assertThat(retry.call(new Script(new IOException(), new Answer("2"), last)))
                .isSameAs(last);
    }

    @Test
    void afterUnwantedResultsAFailureIsThrownAndTheResultsAreClosed() {
        Answer first = new Answer("1");
        IOException second = new IOException("2");
        IOException third = new IOException("3");

        assertThat(catchThrowable(() -> retry.call(new Script(first, second, third))))
                .isSameAs(third);

        assertThat(third.getSuppressed()).startsWith(second).hasSize(2);
        assertThat(first.closed).isEqualTo(1);
    }

    @Test
    void resultsOfOtherTypesAndNullAreNotJudged() {
        RetryPolicy strict = policy(RetryConfig.builder().retryOnResult(Answer.class, answer -> true));
        List<Object> calls = new ArrayList<>();

        assertThat(strict.<Object, RuntimeException>call(() -> {
                    calls.add("call");
                    return null;
                }))
                .isNull();
        assertThat(strict.isUnwanted("text")).isFalse();
        assertThat(strict.isUnwanted(new Answer("1"))).isTrue();
        assertThat(calls).hasSize(1);
    }

    @Test
    void aRuleThatThrowsMeansTheResultIsReturned() throws Exception {
        RetryPolicy faulty = policy(RetryConfig.builder().retryOnResult(Answer.class, answer -> {
            throw new ClassCastException("in the rule");
        }));
        Answer answer = new Answer("1");
        Script work = new Script(answer);

        assertThat(faulty.call(work)).isSameAs(answer);

        assertThat(work.attempts()).isEqualTo(1);
        assertThat(answer.closed).isZero();
    }

    @Test
    void noWaitOutlastsTheMaximumDurationAndTheResultIsTheAnswer() throws Exception {
        RetryPolicy hurried = policy(busy().maxDuration(Duration.ofMillis(150)));
        Answer second = new Answer("2");

        assertThat(hurried.call(new Script(new Answer("1"), second, new Answer("3"))))
                .isSameAs(second);

        assertThat(second.closed).isZero();
    }

    @Test
    void retriesOfResultsAreToldWithoutAFailure() throws Exception {
        policy(busy().maxAttempts(2)).call(new Script(new Answer("1"), new Answer("2")));

        assertThat(events)
                .containsExactly(
                        new RetryScheduled("payments", 1, Duration.ofMillis(100), null),
                        new RetriesEnded("payments", 2, "that is maxAttempts", null));
    }

    private static RetryConfig.Builder busy() {
        return RetryConfig.builder().jitter(Jitter.NONE).retryOnResult(Answer.class, answer -> true);
    }

    private RetryPolicy policy(RetryConfig.Builder config) {
        return RetryPolicy.builder("payments")
                .config(config.build())
                .ticker(clock)
                .sleeper(clock)
                .scheduler(clock)
                .listener(events::add)
                .build();
    }

    private static class Answer implements AutoCloseable {
        private final String name;
        private int closed;

        Answer(String name) {
            this.name = name;
        }

        @Override
        public void close() {
            closed++;
        }
    }
}
