package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.event.MeshEvent.RetryScheduled;
import io.mesh.event.MeshEvent.RetrySucceeded;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.HedgeConfig;
import io.mesh.model.Jitter;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.policy.CheckedSupplier;
import io.mesh.retry.RetryPolicy;
import io.mesh.time.ManualClock;
import io.mesh.time.Sleeper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/**
 * What a listener hears of a call that is retried is what happened to it, whoever drives the attempts: threads that wait
 * and stages, a policy by itself and a service.
 */
class RetryEventsTest {

    private static final String NAME = "orders";
    private static final Duration DELAY = Duration.ofMillis(100);

    /** How one attempt ends. */
    enum Ending {
        WELL,
        FAILS,
        UNWANTED,
        FAILS_FOR_GOOD,
        /** Fails, and the wait that follows is interrupted, or the future is cancelled in it. */
        FAILS_AND_THE_CALLER_LEAVES,
        UNWANTED_AND_THE_CALLER_LEAVES;

        boolean throwsSomething() {
            return this == FAILS || this == FAILS_FOR_GOOD || this == FAILS_AND_THE_CALLER_LEAVES;
        }

        boolean isTheCallersLast() {
            return this == FAILS_AND_THE_CALLER_LEAVES || this == UNWANTED_AND_THE_CALLER_LEAVES;
        }
    }

    private final List<Ending> script = new ArrayList<>();
    private final List<@Nullable Exception> thrown = new ArrayList<>();
    private final List<MeshEvent> events = new ArrayList<>();
    private final ManualClock clock = new ManualClock();

    private int attempts() {
        return thrown.size();
    }

    private Ending last() {
        return script.get(attempts() - 1);
    }

    private Object attempt() throws Exception {
        Ending ending = script.get(attempts());
        Exception failure =
                switch (ending) {
                    case FAILS, FAILS_AND_THE_CALLER_LEAVES -> new IOException("attempt " + attempts());
                    case FAILS_FOR_GOOD -> new IllegalArgumentException("attempt " + attempts());
                    default -> null;
                };
        thrown.add(failure);
        if (failure != null) {
            throw failure;
        }
        return ending;
    }

    private void sleep(long nanos) throws InterruptedException {
        clock.advance(Duration.ofNanos(nanos));
        if (last().isTheCallersLast()) {
            throw new InterruptedException();
        }
    }

    private static RetryConfig config(int maxAttempts) {
        return RetryConfig.builder()
                .maxAttempts(maxAttempts)
                .initialDelay(DELAY)
                .multiplier(1)
                .jitter(Jitter.NONE)
                .abortOn(IllegalArgumentException.class)
                .retryOnResult(Ending.class, ending -> ending != Ending.WELL)
                .budget(RetryBudgetConfig.none())
                .build();
    }

    private RetryPolicy policy(int maxAttempts, Sleeper sleeper) {
        return RetryPolicy.builder(NAME)
                .config(config(maxAttempts))
                .ticker(clock)
                .sleeper(sleeper)
                .scheduler(clock)
                .listener(events::add)
                .build();
    }

    /** Calls of one that is hedged find no budget for that. */
    private ServiceProxy service(int maxAttempts, Sleeper sleeper, boolean hedged) {
        HedgeConfig hedge = HedgeConfig.builder()
                .delay(Duration.ofMillis(5))
                .maxExtraLoad(0.001)
                .build();
        return Mesh.builder()
                .ticker(clock)
                .sleeper(sleeper)
                .scheduler(clock)
                .hedgeExecutor(Runnable::run)
                .listener(event -> {
                    if (!(event instanceof MeshEvent.Hedged)) {
                        events.add(event);
                    }
                })
                .service(NAME, s -> s.instances("a:1", "b:1")
                        .circuitBreaker(CircuitBreakerConfig.builder()
                                .failureThreshold(Integer.MAX_VALUE)
                                .build())
                        .hedge(hedged ? hedge : null)
                        .retry(config(maxAttempts)))
                .build()
                .service(NAME);
    }

    /** What there is to be heard of the attempts that were made, the last of which ended the call. */
    private List<MeshEvent> happened(int maxAttempts, String leaving) {
        List<MeshEvent> happened = new ArrayList<>();
        int made = attempts();
        for (int number = 1; number < made; number++) {
            happened.add(new RetryScheduled(NAME, number, DELAY, thrown.get(number - 1)));
        }
        Exception failure = thrown.get(made - 1);
        if (last() == Ending.WELL) {
            if (made > 1) {
                happened.add(new RetrySucceeded(NAME, made));
            }
        } else if (last() == Ending.FAILS_FOR_GOOD) {
            if (made > 1) {
                happened.add(new RetriesEnded(NAME, made, "the failure is not retried", failure));
            }
        } else if (made == maxAttempts) {
            if (made > 1) {
                happened.add(new RetriesEnded(NAME, made, "that is maxAttempts", failure));
            }
        } else {
            happened.add(new RetryScheduled(NAME, made, DELAY, failure));
            happened.add(new RetriesEnded(NAME, made, leaving, failure));
        }
        return happened;
    }

    private interface Blocking {
        Object call() throws Exception;
    }

    private void blocking(Blocking call, int maxAttempts) {
        try {
            assertThat(call.call()).isEqualTo(last());
            assertThat(last().throwsSomething()).isFalse();
        } catch (Exception failure) {
            assertThat(failure).isSameAs(thrown.get(attempts() - 1));
        } finally {
            Thread.interrupted();
        }

        assertThat(events).isEqualTo(happened(maxAttempts, "interrupted"));
    }

    /** Stages that have ended when they come, and stages that end 10 ms later. */
    private CompletionStage<Object> stage(boolean later) {
        CompletableFuture<Object> stage = new CompletableFuture<>();
        Runnable end = () -> {
            try {
                stage.complete(attempt());
            } catch (Exception failure) {
                stage.completeExceptionally(failure);
            }
        };
        if (later) {
            clock.schedule(end, Duration.ofMillis(10).toNanos());
        } else {
            end.run();
        }
        return stage;
    }

    private void asynchronous(CompletableFuture<Object> call, int maxAttempts) {
        while (!call.isDone()) {
            clock.advance(Duration.ofMillis(10));
            if (attempts() > 0 && last().isTheCallersLast()) {
                call.cancel(true);
            }
        }
        clock.advance(Duration.ofMinutes(1));

        assertThat(clock.scheduled()).isZero();
        if (attempts() < maxAttempts && last() == Ending.UNWANTED_AND_THE_CALLER_LEAVES) {
            Exception lastFailure = lastFailure();
            List<MeshEvent> expected = happened(maxAttempts, "");
            expected.set(
                    expected.size() - 1,
                    new RetriesEnded(NAME, attempts(), "the call was ended from outside", lastFailure));
            assertThat(events).isEqualTo(expected);
        } else {
            assertThat(events).isEqualTo(happened(maxAttempts, "the call was ended from outside"));
        }
    }

    private @Nullable Exception lastFailure() {
        Exception last = null;
        for (Exception failure : thrown) {
            last = failure != null ? failure : last;
        }
        return last;
    }

    private void script(List<Ending> endings) {
        script.clear();
        script.addAll(endings);
        thrown.clear();
        events.clear();
    }

    @Property
    void ofBlockingCallsOfAPolicy(
            @ForAll @Size(6) List<Ending> endings, @ForAll @IntRange(min = 1, max = 6) int maxAttempts) {
        script(endings);

        RetryPolicy retry = policy(maxAttempts, this::sleep);

        blocking(() -> retry.call((CheckedSupplier<Object, Exception>) this::attempt), maxAttempts);
    }

    @Property
    void ofBlockingCallsOfAService(
            @ForAll @Size(6) List<Ending> endings,
            @ForAll @IntRange(min = 1, max = 6) int maxAttempts,
            @ForAll boolean hedged) {
        script(endings);

        ServiceProxy orders = service(maxAttempts, this::sleep, hedged);

        blocking(() -> orders.call(CallOptions.idempotent(true), instance -> attempt()), maxAttempts);
    }

    @Property
    void ofAsynchronousCallsOfAPolicy(
            @ForAll @Size(6) List<Ending> endings,
            @ForAll @IntRange(min = 1, max = 6) int maxAttempts,
            @ForAll boolean later) {
        script(endings);

        RetryPolicy retry = policy(maxAttempts, clock);

        asynchronous(retry.callAsync(() -> stage(later)), maxAttempts);
    }

    @Property
    void ofAsynchronousCallsOfAService(
            @ForAll @Size(6) List<Ending> endings,
            @ForAll @IntRange(min = 1, max = 6) int maxAttempts,
            @ForAll boolean later,
            @ForAll boolean hedged) {
        script(endings);

        ServiceProxy orders = service(maxAttempts, clock, hedged);

        asynchronous(orders.callAsync(CallOptions.idempotent(true), instance -> stage(later)), maxAttempts);
    }

    @Property(tries = 20)
    void anAttemptThatIsCancelledWhileItRunsCountsAsMade(
            @ForAll @IntRange(min = 1, max = 5) int running, @ForAll boolean ofAService, @ForAll boolean hedged) {
        script(List.of(Ending.FAILS, Ending.FAILS, Ending.FAILS, Ending.FAILS, Ending.FAILS));
        CompletableFuture<Object> never = new CompletableFuture<>();
        CheckedSupplier<CompletionStage<Object>, RuntimeException> work =
                () -> attempts() == running - 1 ? never : stage(false);

        CompletableFuture<Object> call = ofAService
                ? service(6, clock, hedged).callAsync(CallOptions.idempotent(true), instance -> work.get())
                : policy(6, clock).callAsync(work);
        clock.advance(Duration.ofSeconds(10));
        call.cancel(true);

        assertThat(never).isCancelled();
        if (running == 1) {
            assertThat(events).isEmpty();
        } else {
            assertThat(events)
                    .hasSize(running)
                    .endsWith(new RetriesEnded(NAME, running, "the call was ended from outside", lastFailure()));
        }
    }
}
