package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.CircuitState;
import io.mesh.model.MeshException;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.RejectedCallException;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** Which failures are retried. */
class RetryClassificationTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();

    @Test
    void everyExceptionIsRetriedUnlessNamedOtherwise() {
        assertThat(attempts(RetryConfig.builder(), new IOException())).isEqualTo(3);
        assertThat(attempts(RetryConfig.builder(), new IllegalStateException())).isEqualTo(3);
    }

    @Test
    void anErrorIsNeverRetriedNotEvenIfNamed() {
        for (Error error : List.of(new AssertionError(), new StackOverflowError(), new NoClassDefFoundError())) {
            assertThat(attempts(RetryConfig.builder(), error)).isEqualTo(1);
            assertThat(attempts(RetryConfig.builder().retryOn(Throwable.class), error))
                    .isEqualTo(1);
        }
        assertThat(events).isEmpty();
    }

    @Test
    void anInterruptIsNotRetriedAndReachesTheCallerAsItIs() {
        InterruptedException interrupt = new InterruptedException();
        RetryPolicy retry = policy(RetryConfig.builder());
        Script work = new Script(interrupt);

        Throwable thrown = catchThrowable(() -> retry.call(work));

        assertThat(thrown).isSameAs(interrupt);
        assertThat(work.attempts()).isEqualTo(1);
        assertThat(attempts(RetryConfig.builder().retryOn(Exception.class), new ExecutionException(interrupt)))
                .isEqualTo(1);
    }

    @Test
    void aSocketTimeoutIsNoInterruptAndIsRetried() {
        assertThat(attempts(RetryConfig.builder(), new SocketTimeoutException()))
                .isEqualTo(3);
    }

    @Test
    void aCancellationThatIsNotOurCallersIsAFailureLikeAnyOther() {
        assertThat(attempts(RetryConfig.builder(), new CancellationException())).isEqualTo(3);
    }

    @Test
    void onlyWhatIsNamedIsRetriedOnceSomethingIs() {
        RetryConfig.Builder config = RetryConfig.builder().retryOn(IOException.class);

        assertThat(attempts(config, new SocketTimeoutException())).isEqualTo(3);
        assertThat(attempts(config, new IllegalStateException())).isEqualTo(1);
    }

    @Test
    void aThrowableThatIsNoExceptionIsRetriedIfNamedOnly() {
        class Odd extends Throwable {
            private static final long serialVersionUID = 1L;
        }

        assertThat(policy(RetryConfig.builder()).wouldRetry(new Odd())).isFalse();
        assertThat(policy(RetryConfig.builder().retryOn(Odd.class)).wouldRetry(new Odd()))
                .isTrue();
    }

    @Test
    void whatAbortsIsStrongerThanWhatIsRetriedWhateverTheHierarchy() {
        RetryConfig.Builder config = RetryConfig.builder()
                .retryOn(SocketTimeoutException.class)
                .retryIf(failure -> true)
                .abortOn(IOException.class);

        assertThat(attempts(config, new SocketTimeoutException())).isEqualTo(1);
    }

    @Test
    void theTestIsAskedBesideTheTypes() {
        RetryConfig.Builder config = RetryConfig.builder()
                .retryOn(IOException.class)
                .retryIf(failure -> "again".equals(failure.getMessage()));

        assertThat(attempts(config, new IOException("no"))).isEqualTo(3);
        assertThat(attempts(config, new IllegalStateException("again"))).isEqualTo(3);
        assertThat(attempts(config, new IllegalStateException("no"))).isEqualTo(1);
    }

    @Test
    void aTestThatThrowsMeansNoRetryAndTheCallerGetsItsOwnFailure() {
        RetryPolicy retry = policy(RetryConfig.builder().retryIf(failure -> {
            throw new ClassCastException("in the test");
        }));
        IOException failure = new IOException();

        assertThat(catchThrowable(() -> retry.call(new Script(failure)))).isSameAs(failure);

        assertThat(failure).hasNoSuppressedExceptions();
    }

    @Test
    void wrappersOfFuturesAreLookedThroughAndStillThrown() {
        Throwable wrapped = new ExecutionException(new CompletionException(new IOException()));
        RetryPolicy retry = policy(RetryConfig.builder().retryOn(IOException.class));
        Script work = new Script(wrapped);

        assertThat(catchThrowable(() -> retry.call(work))).isSameAs(wrapped);

        assertThat(work.attempts()).isEqualTo(3);
        assertThat(attempts(RetryConfig.builder().abortOn(IOException.class), wrapped))
                .isEqualTo(1);
    }

    @Test
    void aCyclicCauseChainIsJudgedAllTheSame() {
        Exception a = new CompletionException("a") {
            private static final long serialVersionUID = 1L;
        };
        Exception b = new CompletionException("b", a);
        a.initCause(b);

        assertThat(attempts(RetryConfig.builder(), a)).isEqualTo(3);
    }

    @Test
    void rejectionsOfMeshAreNotRetried() {
        assertThat(attempts(RetryConfig.builder(), open(Duration.ofSeconds(1)))).isEqualTo(1);
        assertThat(attempts(RetryConfig.builder().retryOn(Exception.class), noInstance()))
                .isEqualTo(1);
        assertThat(attempts(
                        RetryConfig.builder().retryOn(RuntimeException.class).retryIf(f -> true), noInstance()))
                .isEqualTo(1);
    }

    @Test
    void rejectionsOfMeshAreRetriedIfTheirTypeOrOneAboveItInMeshIsNamed() {
        assertThat(attempts(RetryConfig.builder().retryOn(RejectedCallException.class), noInstance()))
                .isEqualTo(3);
        assertThat(attempts(RetryConfig.builder().retryOn(MeshException.class), noInstance()))
                .isEqualTo(3);
        assertThat(attempts(RetryConfig.builder().retryOn(CircuitOpenException.class, Exception.class), noInstance()))
                .isEqualTo(1);
    }

    @Test
    void anOpenCircuitEndsTheRetriesThatOpenedIt() {
        RetryPolicy retry = policy(RetryConfig.builder().maxAttempts(5));
        IOException first = new IOException("1");
        IOException second = new IOException("2");
        CircuitOpenException open = open(Duration.ofSeconds(1));
        Script work = new Script(first, second, open);

        Throwable thrown = catchThrowable(() -> retry.call(work));

        assertThat(thrown).isSameAs(open);
        assertThat(work.attempts()).isEqualTo(3);
        assertThat(thrown.getSuppressed()).startsWith(first, second).hasSize(3);
        assertThat(thrown.getSuppressed()[2])
                .isInstanceOf(RetriesExhaustedException.class)
                .hasMessageEndingWith("after 3 attempts: the failure is not retried.");
        assertThat(events).endsWith(new RetriesEnded("payments", 3, "the failure is not retried", open));
    }

    @Test
    void anOpenCircuitIsWaitedForIfItsTypeIsNamed() throws Exception {
        RetryPolicy retry = policy(RetryConfig.builder().retryOn(CircuitOpenException.class));

        Object result = retry.call(new Script(open(Duration.ofSeconds(2)), "closed"));

        assertThat(result).isEqualTo("closed");
        assertThat(clock.sleeps()).hasSize(1);
        assertThat(clock.sleeps().get(0)).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_100));
    }

    @Test
    void wouldRetryAsksForTheTypeAlone() {
        RetryPolicy retry = policy(RetryConfig.builder().retryOn(IOException.class));

        assertThat(retry.wouldRetry(new ExecutionException(new IOException()))).isTrue();
        assertThat(retry.wouldRetry(new IllegalStateException())).isFalse();
        assertThat(policy(RetryConfig.builder().maxAttempts(1)).wouldRetry(new IOException()))
                .isFalse();
    }

    private int attempts(RetryConfig.Builder config, Throwable failure) {
        Script work = new Script(failure);
        Throwable thrown = catchThrowable(() -> policy(config).call(work));
        assertThat(thrown).isSameAs(failure);
        return work.attempts();
    }

    private RetryPolicy policy(RetryConfig.Builder config) {
        return RetryPolicy.builder("payments")
                .config(config.build())
                .ticker(clock)
                .sleeper(clock)
                .listener(events::add)
                .build();
    }

    private static CircuitOpenException open(Duration retryAfter) {
        return new CircuitOpenException("payments", CircuitState.OPEN, retryAfter.toNanos(), null, 0, false);
    }

    private static NoHealthyInstanceException noInstance() {
        return new NoHealthyInstanceException("orders", 0, 0, 0, 0, false);
    }
}
