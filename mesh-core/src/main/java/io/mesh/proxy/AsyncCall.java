package io.mesh.proxy;

import io.mesh.limit.ConcurrencyLimit;
import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedFunction;
import io.mesh.retry.AsyncRetry;
import io.mesh.retry.Attempts;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call whose result comes later: the same steps as {@link SyncCall}, driven by {@link AsyncRetry}. Each attempt is an
 * {@link AsyncAttempt}, or a {@link Race} of several if it is hedged.
 *
 * @param <T> the result
 */
final class AsyncCall<T extends @Nullable Object> implements AsyncRetry.Call<T> {

    private final AsyncWork<T> call;
    private final CallState state;
    private @Nullable AsyncAttempt<T> attempt;
    private @Nullable Race<T> race; // of this attempt, if it is hedged

    private AsyncCall(
            Service service,
            CallOptions options,
            CheckedFunction<? super ServiceInstance, ? extends CompletionStage<? extends T>, ?> work) {
        boolean timed = service.isTimed(options);
        long startedAt = timed ? service.now() : 0;
        this.call = new AsyncWork<>(service, options, startedAt, service.retry().attemptTimeout(), false, work);
        this.state = new CallState(service, options, timed, startedAt, Attempts.mark());
    }

    static <T extends @Nullable Object> CompletableFuture<T> run(
            Service service,
            CallOptions options,
            CheckedFunction<? super ServiceInstance, ? extends CompletionStage<? extends T>, ?> work) {
        AsyncCall<T> call = new AsyncCall<>(service, options, work);
        try {
            return call.run();
        } catch (Throwable fault) { // of a strategy, or a subset that there is not
            return CompletableFuture.failedFuture(fault);
        }
    }

    private CompletableFuture<T> run() {
        if (state.admit()) {
            return AsyncRetry.run(this, call.service().waits());
        }
        CompletableFuture<?> found = state.instancesAwaited();
        if (found == null) {
            return runWhenThereIsAPlace();
        }
        return found.isDone() ? runOnceFound() : runAfterWait(found);
    }

    /** Discovery may have found an instance by now. */
    private CompletableFuture<T> runOnceFound() {
        return state.admit() ? AsyncRetry.run(this, call.service().waits()) : runWhenThereIsAPlace();
    }

    private CompletableFuture<T> runWhenThereIsAPlace() {
        ConcurrencyLimit limit = call.service().limitToWaitFor(call.options());
        return limit == null ? CompletableFuture.failedFuture(state.reject()) : runAfterWait(limit);
    }

    /** Waits for the first instance, and holds no thread for that. Discovery's own threads start no calls. */
    private CompletableFuture<T> runAfterWait(CompletableFuture<?> found) {
        CallFuture<T> future = new CallFuture<>(() -> {});
        found.whenCompleteAsync((nothing, never) -> {
            if (!future.isDone()) {
                begin(future, this::runOnceFound);
            }
        });
        return future;
    }

    /** Waits for a place, and holds no thread for that. */
    private CompletableFuture<T> runAfterWait(ConcurrencyLimit limit) {
        CallFuture<T> future = new CallFuture<>(() -> {});
        long mostNanos = state.nanosLeft();
        try {
            limit.await(future, mostNanos, hasPlace -> {
                if (!hasPlace) {
                    state.waitedInVain(limit, mostNanos);
                    runNow(future, null);
                } else if (future.isDone()) {
                    limit.release();
                } else {
                    runNow(future, limit);
                }
            });
        } catch (Throwable refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return future;
    }

    private void runNow(CallFuture<T> future, @Nullable ConcurrencyLimit reserved) {
        Service service = call.service();
        begin(future, () -> {
            if (reserved == null) {
                return CompletableFuture.failedFuture(state.reject());
            }
            state.reserve(reserved);
            return state.admit()
                    ? AsyncRetry.run(this, service.waits())
                    : CompletableFuture.failedFuture(state.reject());
        });
    }

    /** Starts the call of a future that its caller has already. */
    private void begin(CallFuture<T> future, Supplier<CompletableFuture<T>> start) {
        future.begin(start::get).whenComplete((result, failure) -> {
            if (!future.claim()) {
                CallFuture.discard(result);
            } else if (failure == null) {
                future.end(result);
            } else {
                future.fail(failure);
            }
        });
    }

    @Override
    public CompletionStage<? extends T> attempt() {
        AsyncAttempt<T> next = new AsyncAttempt<>(call, state.endpoint(), state.permit(), state.number() == 1);
        attempt = next;
        Hedging hedging = call.service().hedging(call.options());
        if (hedging == null) {
            race = null;
            next.hold(); // nobody else knows it yet who could have cancelled it
            return next.begin();
        }
        Race<T> hedged = new Race<>(call, state, hedging);
        race = hedged;
        return hedged.begin(next);
    }

    /** The attempt that has ended. */
    private AsyncAttempt<T> ended() {
        AsyncAttempt<T> last = race == null ? null : race.last();
        return last != null ? last : Objects.requireNonNull(attempt);
    }

    @Override
    public long delayAfter(Throwable failure) {
        return state.delayAfter(ended().endpoint(), failure, RepeatRule.wasNotSent(call.options(), failure));
    }

    @Override
    public boolean isUnwanted(T result) {
        return ended().isUnwanted();
    }

    @Override
    public void succeeded() {
        state.succeeded();
    }

    @Override
    public long delayAfterResult(T result) {
        return state.delayAfterResult(ended().endpoint(), result);
    }

    @Override
    public boolean mayGoOn(@Nullable Throwable failure) {
        return state.goOn(failure);
    }

    @Override
    public void stopped(@Nullable Throwable failure, String reason) {
        state.stopped(failure, reason);
    }

    @Override
    public void waitAbandoned() {
        state.waitAbandoned();
    }

    @Override
    public void abandoned() {
        // the attempt under way is cancelled, and gives back what it holds
    }
}
