package io.mesh.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.event.MeshEvent;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitException;
import io.mesh.model.ConcurrencyLimitSnapshot;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.Mode;
import io.mesh.model.RetryConfig;
import io.mesh.retry.RetryPolicy;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();

    @AfterEach
    void nothingIsLeftBehind() {
        assertThat(Thread.interrupted()).isFalse();
        assertThat(clock.scheduled()).isZero();
    }

    private ConcurrencyLimit limit(int maxConcurrent, Duration maxWait) {
        return ConcurrencyLimit.builder("payments")
                .config(config(maxConcurrent, maxWait))
                .ticker(clock)
                .scheduler(clock)
                .listener(events::add)
                .build();
    }

    private static ConcurrencyLimitConfig config(int maxConcurrent, Duration maxWait) {
        return ConcurrencyLimitConfig.builder()
                .maxConcurrent(maxConcurrent)
                .maxWait(maxWait)
                .build();
    }

    private static Thread started(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void awaitWaiting(ConcurrencyLimit limit, int waiting) {
        await().until(() -> limit.snapshot().waiting() == waiting);
    }

    private static void fails(ThrowingCallable call) {
        assertThat(catchThrowable(call)).isNotNull();
    }

    @Test
    void soManyCallsRunAtOnceAndTheNextIsRejected() {
        ConcurrencyLimit limit = limit(2, Duration.ZERO);
        AtomicReference<Throwable> third = new AtomicReference<>();

        String result = limit.call(() -> limit.call(() -> {
            third.set(catchThrowable(() -> limit.run(() -> {})));
            return "done";
        }));

        assertThat(result).isEqualTo("done");
        assertThat(third.get())
                .isInstanceOf(ConcurrencyLimitException.class)
                .hasMessage("Concurrency limit 'payments' has no place for the call: 2 running, 2 allowed."
                        + " Call again later, or raise maxConcurrent.");
        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(2, 0, 0, 1));
        assertThat(limit.<String, RuntimeException>call(() -> "again")).isEqualTo("again");
    }

    @Test
    void observingItLetsEveryCallRunAtOnceAndCountsThoseItWouldReject() {
        ConcurrencyLimit limit = limit(1, Duration.ofSeconds(1));
        limit.reconfigure(limit.config(), Mode.OBSERVE);

        String result = limit.call(() -> limit.call(() -> {
            assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 2, 0, 1));
            assertThat(limit.isFull()).isFalse();
            return "done";
        }));

        assertThat(result).isEqualTo("done");
        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 1));
        assertThat(events).containsExactly(new MeshEvent.ConcurrencyLimitReached("payments", 1, 1));

        limit.reconfigure(config(1, Duration.ZERO));
        assertThat(limit.mode()).isEqualTo(Mode.OBSERVE);
        limit.reconfigure(limit.config(), Mode.ACT);
        limit.run(() ->
                assertThat(catchThrowable(() -> limit.run(() -> {}))).isInstanceOf(ConcurrencyLimitException.class));
    }

    @Test
    void whateverTheWorkThrowsComesAsItIsAndThePlaceIsGivenBack() {
        ConcurrencyLimit limit = limit(1, Duration.ZERO);
        for (Throwable thrown : List.of(new IOException("io"), new StackOverflowError(), new InterruptedException())) {
            assertThat(catchThrowable(() -> limit.call(() -> {
                        throw thrown;
                    })))
                    .isSameAs(thrown);
        }

        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 0));
    }

    @Test
    void aCallWaitsForAPlaceInTheOrderInWhichItCame() throws Exception {
        ConcurrencyLimit limit = limit(1, Duration.ofSeconds(1));
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Thread> threads = new ArrayList<>();
        assertThat(limit.tryAcquire()).isTrue();
        for (int i = 0; i < 5; i++) {
            int number = i;
            threads.add(started(() -> limit.run(() -> order.add(number))));
            awaitWaiting(limit, i + 1);
        }

        limit.release();

        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 0, 0, 0));
    }

    @Test
    void aCallThatHasWaitedLongEnoughIsRejected() throws Exception {
        ConcurrencyLimit limit = limit(1, Duration.ofMillis(50));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        limit.tryAcquire();
        Thread waiting = started(() -> thrown.set(catchThrowable(() -> limit.run(() -> {}))));
        await().until(() -> clock.scheduled() == 1);

        clock.advance(Duration.ofMillis(49));
        assertThat(limit.snapshot().waiting()).isEqualTo(1);
        clock.advance(Duration.ofMillis(1));
        waiting.join();

        assertThat(thrown.get())
                .isInstanceOf(ConcurrencyLimitException.class)
                .hasMessageContaining("1 running, 1 allowed, none free within 50 ms.");
        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 1, 0, 1));
        limit.release();
    }

    @Test
    void anInterruptEndsTheWaitAndTheFlagStaysSet() throws Exception {
        ConcurrencyLimit limit = limit(1, Duration.ofSeconds(1));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicInteger flag = new AtomicInteger();
        limit.tryAcquire();
        Thread waiting = started(() -> {
            thrown.set(catchThrowable(() -> limit.run(() -> {})));
            flag.set(Thread.currentThread().isInterrupted() ? 1 : 2);
        });
        await().until(() -> clock.scheduled() == 1);

        waiting.interrupt();
        waiting.join();

        assertThat(thrown.get())
                .isInstanceOf(ConcurrencyLimitException.class)
                .hasMessage("Concurrency limit 'payments' has no place for the call: 1 running, 1 allowed."
                        + " Call again later, or raise maxConcurrent."); // not: none free within 1 s
        assertThat(flag.get()).isEqualTo(1);
        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 1, 0, 1));
        limit.release();
    }

    @Test
    void aSchedulerThatHasBeenShutDownIsSaidAndNobodyIsLeftWaiting() {
        ConcurrencyLimit limit = ConcurrencyLimit.builder("payments")
                .config(config(1, Duration.ofSeconds(1)))
                .scheduler((task, delay) -> {
                    throw new RejectedExecutionException("shut down");
                })
                .build();
        limit.tryAcquire();

        assertThat(catchThrowable(() -> limit.run(() -> {}))).isInstanceOf(RejectedExecutionException.class);

        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 1, 0, 0));
    }

    @Test
    void aHigherLimitServesThoseWhoWaitAndALowerOneLetsThoseInFlightFinish() throws Exception {
        ConcurrencyLimit limit = limit(1, Duration.ofSeconds(1));
        limit.tryAcquire();
        AtomicInteger done = new AtomicInteger();
        Thread waiting = started(() -> limit.run(done::incrementAndGet));
        await().until(() -> clock.scheduled() == 1);

        limit.reconfigure(config(2, Duration.ZERO));
        waiting.join();
        assertThat(done).hasValue(1);

        assertThat(limit.tryAcquire()).isTrue();
        limit.reconfigure(config(1, Duration.ZERO));
        assertThat(limit.snapshot()).isEqualTo(new ConcurrencyLimitSnapshot(1, 2, 0, 0));
        limit.release();
        assertThat(limit.tryAcquire()).isFalse();
        limit.release();
        assertThat(limit.tryAcquire()).isTrue();
    }

    @Test
    void settingsThatAreRefusedChangeNothing() {
        ConcurrencyLimit limit = limit(2, Duration.ZERO);

        assertThat(catchThrowable(() -> limit.reconfigure(
                        limit.config().toBuilder().maxConcurrent(0).build())))
                .isInstanceOf(InvalidSettingException.class);

        assertThat(limit.config()).isEqualTo(config(2, Duration.ZERO));
    }

    @Test
    void rejectionsAreToldAtMostOnceASecond() {
        ConcurrencyLimit limit = limit(1, Duration.ZERO);
        limit.tryAcquire();
        for (int i = 0; i < 3; i++) {
            fails(() -> limit.run(() -> {}));
        }
        clock.advance(Duration.ofSeconds(1));

        fails(() -> limit.run(() -> {}));

        assertThat(events)
                .containsExactly(
                        new MeshEvent.ConcurrencyLimitReached("payments", 1, 1),
                        new MeshEvent.ConcurrencyLimitReached("payments", 1, 4));
    }

    /** Resilience4j #989: rejections of a bulkhead opened the breaker around it. */
    @Test
    void rejectionsNeverOpenABreakerAndAreNotRetriedUnlessNamed() {
        ConcurrencyLimit limit = limit(1, Duration.ZERO);
        CircuitBreaker breaker = CircuitBreaker.of(
                "b", CircuitBreakerConfig.builder().failureThreshold(1).build(), clock);
        AtomicInteger attempts = new AtomicInteger();
        limit.tryAcquire();

        RetryPolicy retry = retry(RetryConfig.builder());
        assertThat(catchThrowable(() -> retry.run(() -> {
                    attempts.incrementAndGet();
                    breaker.around(limit).run(() -> {});
                })))
                .isInstanceOf(ConcurrencyLimitException.class);
        assertThat(attempts).hasValue(1);
        assertThat(breaker.state()).isEqualTo(CircuitState.CLOSED);

        attempts.set(0);
        RetryPolicy naming = retry(RetryConfig.builder().retryOn(ConcurrencyLimitException.class));
        fails(() -> naming.run(() -> {
            attempts.incrementAndGet();
            limit.run(() -> {});
        }));
        assertThat(attempts).hasValue(3);
    }

    private RetryPolicy retry(RetryConfig.Builder config) {
        return RetryPolicy.builder("r")
                .config(config.build())
                .ticker(clock)
                .sleeper(clock)
                .build();
    }

    /** Sentinel #1638: a trial call that was rejected further in kept its place for ever. */
    @Test
    void aTrialCallThatIsRejectedFurtherInGivesItsPlaceBack() {
        ConcurrencyLimit limit = limit(1, Duration.ZERO);
        CircuitBreaker breaker = CircuitBreaker.of(
                "b",
                CircuitBreakerConfig.builder()
                        .failureThreshold(1)
                        .halfOpenMaxCalls(1)
                        .successThreshold(1)
                        .build(),
                clock);
        fails(() -> breaker.run(() -> {
            throw new IOException();
        }));
        clock.advance(breaker.config().openTimeout());
        limit.tryAcquire();

        for (int i = 0; i < 3; i++) {
            assertThat(catchThrowable(() -> breaker.around(limit).run(() -> {})))
                    .isInstanceOf(ConcurrencyLimitException.class);
        }
        assertThat(breaker.state()).isEqualTo(CircuitState.HALF_OPEN);
        limit.release();
        breaker.around(limit).run(() -> {});

        assertThat(breaker.state()).isEqualTo(CircuitState.CLOSED);
    }
}
