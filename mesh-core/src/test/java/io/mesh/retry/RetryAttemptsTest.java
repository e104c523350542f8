package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.event.MeshEvent.RetryScheduled;
import io.mesh.model.Jitter;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** How often, after how long, within which time; what is told. */
class RetryAttemptsTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final IOException e1 = new IOException("1");
    private final IOException e2 = new IOException("2");
    private final IOException e3 = new IOException("3");

    @Test
    void theLastFailureIsThrownWithTheEarlierOnesSuppressedInOrder() {
        RetryPolicy retry = policy(RetryConfig.builder().jitter(Jitter.NONE));
        Script work = new Script(e1, e2, e3);

        Throwable thrown = catchThrowable(() -> retry.call(work));

        assertThat(thrown).isSameAs(e3);
        assertThat(thrown.getSuppressed()).startsWith(e1, e2).hasSize(3);
        assertThat(thrown.getSuppressed()[2])
                .isInstanceOf(RetriesExhaustedException.class)
                .hasMessage("Retry 'payments' gave up after 3 attempts: that is maxAttempts.");
        assertThat(clock.sleeps()).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
        assertThat(work.attempts()).isEqualTo(3);
    }

    @Test
    void aCallThatGoesWellInTheEndReturnsItsResult() throws Exception {
        RetryPolicy retry = policy(RetryConfig.builder());

        Object result = retry.call(new Script(e1, e2, "well"));

        assertThat(result).isEqualTo("well");
        assertThat(e1.getSuppressed()).isEmpty();
        assertThat(e2.getSuppressed()).isEmpty();
    }

    @Test
    void oneAttemptAtMostMeansNoWaitNoEventAndNothingSuppressed() {
        RetryPolicy retry = policy(RetryConfig.builder().maxAttempts(1));
        Script work = new Script(e1);

        Throwable thrown = catchThrowable(() -> retry.call(work));

        assertThat(thrown).isSameAs(e1).hasNoSuppressedExceptions();
        assertThat(work.attempts()).isEqualTo(1);
        assertThat(clock.sleeps()).isEmpty();
        assertThat(events).isEmpty();
    }

    @Test
    void anInitialDelayOfNothingRetriesAtOnce() {
        RetryPolicy retry = policy(RetryConfig.builder().initialDelay(Duration.ZERO));
        Script work = new Script(e1, e2, e3);

        assertThat(catchThrowable(() -> retry.call(work))).isSameAs(e3);

        assertThat(clock.sleeps()).containsExactly(Duration.ZERO, Duration.ZERO);
    }

    @Test
    void noWaitBeginsThatWouldOutlastTheMaximumDuration() {
        RetryPolicy retry = policy(RetryConfig.builder()
                .maxAttempts(10)
                .jitter(Jitter.NONE)
                .initialDelay(Duration.ofMillis(400))
                .maxDuration(Duration.ofSeconds(1)));
        long start = clock.now();
        Script work = new Script(e1, e2, e3);

        Throwable thrown = catchThrowable(() -> retry.call(work));

        assertThat(thrown).isSameAs(e2);
        assertThat(note(thrown)).hasMessageEndingWith("2 attempts: the wait would outlast maxDuration.");
        assertThat(Duration.ofNanos(clock.now() - start)).isEqualTo(Duration.ofMillis(400));
    }

    @Test
    void noAttemptBeginsAfterTheMaximumDuration() {
        RetryPolicy retry = policy(RetryConfig.builder().maxDuration(Duration.ofSeconds(1)));
        Script work = new Script(e1, e2);

        Throwable thrown = catchThrowable(() -> retry.call(() -> {
            clock.advance(Duration.ofMillis(1_200));
            return work.get();
        }));

        assertThat(thrown).isSameAs(e1).hasNoSuppressedExceptions();
        assertThat(work.attempts()).isEqualTo(1);
        assertThat(events).containsExactly(new RetriesEnded("payments", 1, "maxDuration is over", e1));
    }

    @Test
    void noAttemptBeginsWhenTheWaitTookLongerThanAskedFor() {
        RetryPolicy retry = RetryPolicy.builder("payments")
                .config(RetryConfig.builder()
                        .jitter(Jitter.NONE)
                        .maxDuration(Duration.ofSeconds(1))
                        .build())
                .ticker(clock)
                .sleeper(nanos -> clock.sleep(nanos * 20))
                .build();
        Script work = new Script(e1, e2);

        assertThat(catchThrowable(() -> retry.call(work))).isSameAs(e1);
        assertThat(work.attempts()).isEqualTo(1);
    }

    @Test
    void anEndlessMaximumDurationIsNone() {
        RetryPolicy retry = policy(RetryConfig.builder().maxDuration(Duration.ofSeconds(Long.MAX_VALUE)));
        Script work = new Script(e1, e2, e3);

        assertThat(catchThrowable(() -> retry.call(work))).isSameAs(e3);
    }

    @Test
    void everyRetryAndTheEndAreTold() {
        RetryPolicy retry = policy(RetryConfig.builder().jitter(Jitter.NONE));

        assertThat(catchThrowable(() -> retry.call(new Script(e1, e2, e3)))).isSameAs(e3);

        assertThat(events)
                .containsExactly(
                        new RetryScheduled("payments", 1, Duration.ofMillis(100), e1),
                        new RetryScheduled("payments", 2, Duration.ofMillis(200), e2),
                        new RetriesEnded("payments", 3, "that is maxAttempts", e3));
    }

    @Test
    void aListenerThatThrowsHarmsNobody() {
        RetryPolicy retry = RetryPolicy.builder("payments")
                .sleeper(clock)
                .listener(event -> {
                    throw new IllegalStateException("listener");
                })
                .listeners(List.of(events::add))
                .build();

        assertThat(catchThrowable(() -> retry.call(new Script(e1, e2, e3)))).isSameAs(e3);

        assertThat(events).hasSize(3);
    }

    @Test
    void aRunningCallGoesOnWithTheSettingsItBeganWith() {
        RetryPolicy retry = policy(RetryConfig.builder().maxAttempts(5));
        Script work = new Script(e1);

        Throwable thrown = catchThrowable(() -> retry.call(() -> {
            retry.reconfigure(RetryConfig.builder().maxAttempts(1).build());
            return work.get();
        }));

        assertThat(thrown).isSameAs(e1);
        assertThat(work.attempts()).isEqualTo(5);
        assertThat(retry.config().maxAttempts()).isEqualTo(1);
    }

    @Test
    void theNextCallBeginsWithTheNewSettingsAndTheOldListenersHearIt() {
        RetryPolicy retry = policy(RetryConfig.builder().maxAttempts(1));
        retry.reconfigure(RetryConfig.builder().maxAttempts(2).build());
        Script work = new Script(e1, e2, e3);

        assertThat(catchThrowable(() -> retry.call(work))).isSameAs(e2);

        assertThat(work.attempts()).isEqualTo(2);
        assertThat(events).hasSize(2);
    }

    @Test
    void aStoppedPolicyEndsItsCallsAfterTheirWaitWithWhatTheyHave() {
        AtomicBoolean stopped = new AtomicBoolean();
        RetryPolicy retry = RetryPolicy.builder("payments")
                .sleeper(nanos -> stopped.set(true))
                .scheduler(clock)
                .stopped(stopped::get)
                .listener(events::add)
                .build();
        Script blocking = new Script(e1, "well");
        Script stages = new Script(e2, "well");

        CompletableFuture<Object> call = retry.callAsync(stages.stages());
        assertThat(catchThrowable(() -> retry.call(blocking))).isSameAs(e1);
        clock.advance(Duration.ofMinutes(1));

        assertThat(call.handle((value, failure) -> failure).join()).isSameAs(e2);
        assertThat(blocking.attempts() + stages.attempts()).isEqualTo(2);
        assertThat(events)
                .contains(
                        new RetriesEnded("payments", 1, "the policy was stopped", e1),
                        new RetriesEnded("payments", 1, "the policy was stopped", e2));
    }

    @Test
    void aMillionAttemptsAreMadeIfAskedFor() {
        RetryPolicy retry = RetryPolicy.builder("payments")
                .config(RetryConfig.builder()
                        .maxAttempts(1_000_000)
                        .initialDelay(Duration.ZERO)
                        .build())
                .sleeper(nanos -> {})
                .build();
        Script work = new Script(e1);

        assertThat(catchThrowable(() -> retry.call(work))).isSameAs(e1);

        assertThat(work.attempts()).isEqualTo(1_000_000);
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

    private static Throwable note(Throwable failure) {
        Throwable[] suppressed = failure.getSuppressed();
        return suppressed[suppressed.length - 1];
    }
}
