package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Retry around retry: the layer nearest the failure retries. */
class NestedRetryTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final Script work = new Script(
            IntStream.rangeClosed(1, 20).mapToObj(n -> new IOException("" + n)).toArray());

    @Test
    void nestedPoliciesDoNotMultiply() {
        Throwable thrown = catchThrowable(() ->
                policy("outer", 3, false).around(policy("inner", 3, false)).call(work));

        assertThat(work.attempts()).isEqualTo(3);
        assertThat(thrown).hasMessage("3");
        assertThat(thrown.getSuppressed()).hasSize(3);
        assertThat(events).endsWith(new RetriesEnded("outer", 1, "a retry nearer to the failure has given up", thrown));
    }

    @Test
    void nestedPoliciesDoNotMultiplyForStages() {
        CompletableFuture<Object> call =
                policy("outer", 3, false).around(policy("inner", 3, false)).callAsync(work.stages());
        clock.advance(Duration.ofMinutes(1));

        assertThat(call).isCompletedExceptionally();
        assertThat(work.attempts()).isEqualTo(3);
    }

    @Test
    void nestedPoliciesMultiplyIfAskedTo() {
        Throwable thrown = catchThrowable(
                () -> policy("outer", 3, true).around(policy("inner", 3, false)).call(work));

        assertThat(thrown).hasMessage("9");
        assertThat(work.attempts()).isEqualTo(9);
    }

    @Test
    void nestedPoliciesMultiplyForStagesIfAskedTo() {
        CompletableFuture<Object> call =
                policy("outer", 3, true).around(policy("inner", 3, false)).callAsync(work.stages());
        clock.advance(Duration.ofMinutes(1));

        assertThat(call).isCompletedExceptionally();
        assertThat(work.attempts()).isEqualTo(9);
    }

    @Test
    void theOuterMayRepeatWhatTheInnerHasTriedOnce() {
        Throwable thrown = catchThrowable(() ->
                policy("outer", 3, false).around(policy("inner", 1, false)).call(work));

        assertThat(thrown).hasMessage("3");
        assertThat(work.attempts()).isEqualTo(3);
    }

    @Test
    void theNoteIsFoundOnACauseToo() {
        RetryPolicy inner = policy("inner", 3, false);

        Throwable thrown = catchThrowable(() -> policy("outer", 3, false).call(() -> {
            try {
                return inner.call(work);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }));

        assertThat(thrown).isInstanceOf(UncheckedIOException.class);
        assertThat(work.attempts()).isEqualTo(3);
    }

    private RetryPolicy policy(String name, int maxAttempts, boolean retryNested) {
        return RetryPolicy.builder(name)
                .config(RetryConfig.builder()
                        .maxAttempts(maxAttempts)
                        .retryNested(retryNested)
                        .build())
                .ticker(clock)
                .sleeper(clock)
                .scheduler(clock)
                .listener(events::add)
                .build();
    }
}
