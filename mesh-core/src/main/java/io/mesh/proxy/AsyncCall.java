package io.mesh.proxy;

import io.mesh.circuitbreaker.Permit;
import io.mesh.limit.ConcurrencyLimit;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedFunction;
import io.mesh.policy.FailureMatcher;
import io.mesh.policy.Timeout;
import io.mesh.retry.AsyncRetry;
import io.mesh.retry.Attempts;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One call whose result comes later: the same steps as {@link SyncCall}, driven by {@link AsyncRetry}.
 *
 * <p>The connection of an attempt is counted, and its places of concurrency limits are taken, until its stage ends, even if the caller has given up or the attempt has
 * taken too long before.
 *
 * @param <T> the result
 */
final class AsyncCall<T extends @Nullable Object> implements AsyncRetry.Call<T> {

    private final Service service;
    private final CallOptions options;
    private final CheckedFunction<? super ServiceInstance, ? extends CompletionStage<? extends T>, ?> work;
    private final CallState state;
    private final long startedAt;
    private final @Nullable Timeout attemptTimeout;
    private boolean unwanted;

    private AsyncCall(
            Service service,
            CallOptions options,
            CheckedFunction<? super ServiceInstance, ? extends CompletionStage<? extends T>, ?> work) {
        this.service = service;
        this.options = options;
        this.work = work;
        boolean timed = service.isTimed(options);
        this.startedAt = timed ? service.now() : 0;
        this.attemptTimeout = service.retry().attemptTimeout();
        this.state = new CallState(service, options, timed, startedAt, Attempts.mark());
    }

    static <T extends @Nullable Object> CompletableFuture<T> run(
            Service service,
            CallOptions options,
            CheckedFunction<? super ServiceInstance, ? extends CompletionStage<? extends T>, ?> work) {
        AsyncCall<T> call = new AsyncCall<>(service, options, work);
        if (call.state.admit()) {
            return AsyncRetry.run(call, service.waits());
        }
        ConcurrencyLimit limit = service.limitToWaitFor();
        return limit == null ? CompletableFuture.failedFuture(service.reject()) : call.runAfterWait(limit);
    }

    /** Waits for a place, and holds no thread for that. */
    private CompletableFuture<T> runAfterWait(ConcurrencyLimit limit) {
        CallFuture<T> future = new CallFuture<>(() -> {});
        try {
            limit.await(future, hasPlace -> {
                if (hasPlace && future.isDone()) {
                    limit.release();
                } else {
                    runNow(future, hasPlace ? limit : null);
                }
            });
        } catch (RejectedExecutionException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return future;
    }

    private void runNow(CallFuture<T> future, @Nullable ConcurrencyLimit reserved) {
        future.begin(() -> {
                    if (reserved == null) {
                        return CompletableFuture.failedFuture(service.reject());
                    }
                    state.reserve(reserved);
                    return state.admit()
                            ? AsyncRetry.run(this, service.waits())
                            : CompletableFuture.failedFuture(service.reject());
                })
                .whenComplete((result, failure) -> {
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
        Endpoint endpoint = state.endpoint();
        Permit permit = state.permit();
        boolean first = state.number() == 1;
        LimitedPermit.lastUntilEnd(permit);
        endpoint.begin();
        CallFuture<T> outcome = new CallFuture<>(permit::release);
        try {
            limitTime(outcome, endpoint, permit, first);
        } catch (RejectedExecutionException refused) {
            threw(outcome, endpoint, permit, refused, first);
            return outcome;
        }
        CompletionStage<? extends T> stage = outcome.begin(() -> work.apply(endpoint.instance()));
        try {
            stage.whenComplete((result, thrown) -> {
                if (thrown == null) {
                    returned(outcome, endpoint, permit, result, first);
                } else {
                    threw(outcome, endpoint, permit, thrown, first);
                }
            });
        } catch (Throwable broken) { // a stage that cannot be listened to
            threw(outcome, endpoint, permit, broken, first);
        }
        return outcome;
    }

    /** When time is up the breaker hears of it; the connection ends with the stage. */
    private void limitTime(CallFuture<T> outcome, Endpoint endpoint, Permit permit, boolean first) {
        if (attemptTimeout != null) {
            attemptTimeout.limit(
                    outcome,
                    service.nanosLeft(options, startedAt),
                    failure -> service.threw(endpoint, permit, failure, first));
        }
    }

    private void returned(CallFuture<T> outcome, Endpoint endpoint, Permit permit, T result, boolean first) {
        if (outcome.claim()) {
            unwanted = service.returned(endpoint, permit, result, first); // seen by whoever sees the outcome
            ended(endpoint, permit);
            outcome.end(result);
        } else {
            ended(endpoint, permit);
            CallFuture.discard(result);
        }
    }

    private void threw(CallFuture<T> outcome, Endpoint endpoint, Permit permit, Throwable thrown, boolean first) {
        if (outcome.claim()) {
            Throwable failure = FailureMatcher.unwrap(thrown);
            service.threw(endpoint, permit, failure, first);
            ended(endpoint, permit);
            outcome.fail(failure);
        } else {
            ended(endpoint, permit);
        }
    }

    private static void ended(Endpoint endpoint, Permit permit) {
        endpoint.end();
        LimitedPermit.end(permit);
    }

    @Override
    public long delayAfter(Throwable failure) {
        return state.delayAfter(state.endpoint(), failure, RepeatRule.wasNotSent(options, failure));
    }

    @Override
    public boolean isUnwanted(T result) {
        return unwanted;
    }

    @Override
    public long delayAfterResult(T result) {
        return state.delayAfterResult(state.endpoint(), result);
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
