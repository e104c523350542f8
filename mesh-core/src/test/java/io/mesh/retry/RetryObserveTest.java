package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.event.MeshEvent.RetryBudgetExhausted;
import io.mesh.event.MeshEvent.RetryObserved;
import io.mesh.event.MeshEvent.TimeoutObserved;
import io.mesh.model.Jitter;
import io.mesh.model.Mode;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A policy that decides and does not act. */
class RetryObserveTest {

    private static final Duration DELAY = Duration.ofMillis(100);

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private final IOException broken = new IOException("broken");

    private RetryPolicy policy(UnaryOperator<RetryConfig.Builder> settings) {
        return RetryPolicy.builder("payments")
                .config(settings.apply(RetryConfig.builder().jitter(Jitter.NONE))
                        .build())
                .mode(Mode.OBSERVE)
                .ticker(clock)
                .sleeper(clock)
                .scheduler(clock)
                .listener(events::add)
                .build();
    }

    @Test
    void aFailedCallIsNotMadeAgainItIsSaidThatItWouldHaveBeenAndTheFailureIsLeftAsItIs() {
        RetryPolicy retry = policy(settings -> settings);
        Script script = new Script(broken, "fine");

        Throwable thrown = catchThrowable(() -> retry.call(script));

        assertThat(thrown).isSameAs(broken).hasNoSuppressedExceptions();
        assertThat(script.attempts()).isEqualTo(1);
        assertThat(clock.sleeps()).isEmpty();
        assertThat(events).containsExactly(new RetryObserved("payments", DELAY, broken));
        assertThat(retry.mode()).isEqualTo(Mode.OBSERVE);
    }

    @Test
    void norIsAnAsynchronousOne() {
        Script script = new Script(broken, "fine");

        CompletableFuture<Object> call = policy(settings -> settings).callAsync(script.stages());

        assertThat(call).isCompletedExceptionally();
        assertThat(catchThrowable(call::get)).cause().isSameAs(broken).hasNoSuppressedExceptions();
        assertThat(script.attempts()).isEqualTo(1);
        assertThat(clock.scheduled()).isZero();
        assertThat(events).containsExactly(new RetryObserved("payments", DELAY, broken));
    }

    @Test
    void aResultThatIsNotWantedReachesTheCallerAndIsNotClosed() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        AutoCloseable unwanted = () -> closed.set(true);
        RetryPolicy retry = policy(settings -> settings.retryOnResult(AutoCloseable.class, result -> true));

        assertThat(retry.<AutoCloseable, RuntimeException>call(() -> unwanted)).isSameAs(unwanted);

        assertThat(closed).isFalse();
        assertThat(events).containsExactly(new RetryObserved("payments", DELAY, null));
    }

    @Test
    void whatWouldNotHaveBeenRepeatedIsNotTold() {
        Throwable thrown = catchThrowable(
                () -> policy(settings -> settings.abortOn(IOException.class)).call(new Script(broken, "fine")));
        Throwable single =
                catchThrowable(() -> policy(settings -> settings.maxAttempts(1)).call(new Script(broken, "fine")));

        assertThat(single).isSameAs(broken);
        assertThat(thrown).isSameAs(broken).hasNoSuppressedExceptions();
        assertThat(events).isEmpty();
    }

    @Test
    void theBudgetPaysForWhatWouldHaveBeenMadeAndDeniesWhatItWouldHaveDenied() {
        RetryPolicy retry = policy(settings -> settings.budget(
                RetryBudgetConfig.builder().ratio(0).minPerSecond(2).build()));

        for (int i = 0; i < 5; i++) {
            IOException failure = new IOException();
            assertThat(catchThrowable(() -> retry.call(new Script(failure))))
                    .isSameAs(failure)
                    .hasNoSuppressedExceptions();
        }

        assertThat(events).filteredOn(RetryObserved.class::isInstance).hasSize(2);
        assertThat(events).filteredOn(RetriesEnded.class::isInstance).hasSize(3);
        assertThat(events).filteredOn(RetryBudgetExhausted.class::isInstance).hasSize(1);
    }

    @Test
    void aPolicyAroundItThatActsRepeatsTheCall() {
        RetryPolicy acting = RetryPolicy.builder("outer").sleeper(clock).build();
        Script script = new Script(broken, "fine");

        assertThat(catchThrowable(() -> assertThat(
                                acting.around(policy(settings -> settings)).call(script))
                        .isEqualTo("fine")))
                .isNull();

        assertThat(script.attempts()).isEqualTo(2);
    }

    @Test
    void noAttemptIsCutAndThatItTookTooLongIsTold() {
        RetryPolicy retry = policy(settings -> settings.attemptTimeout(Duration.ofMillis(50)));

        String result = retry.call(() -> {
            clock.advance(Duration.ofSeconds(1));
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            return "fine";
        });

        assertThat(result).isEqualTo("fine");
        assertThat(events).containsExactly(new TimeoutObserved("payments", Duration.ofMillis(50)));
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void actingBeginsWithTheNextCall() throws Exception {
        RetryPolicy retry = policy(settings -> settings);
        Script script = new Script(broken, new IOException(), "fine");
        assertThat(catchThrowable(() -> retry.call(script))).isSameAs(broken);

        retry.reconfigure(retry.config(), Mode.ACT);

        assertThat(retry.call(script)).isEqualTo("fine");
        assertThat(script.attempts()).isEqualTo(3);

        retry.reconfigure(retry.config(), Mode.OBSERVE);
        retry.reconfigure(retry.config().toBuilder().maxAttempts(5).build());

        assertThat(retry.mode()).isEqualTo(Mode.OBSERVE);
    }
}
