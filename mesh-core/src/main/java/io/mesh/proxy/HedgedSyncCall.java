package io.mesh.proxy;

import io.mesh.loadbalancer.Endpoint;
import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedFunction;
import io.mesh.policy.Interruption;
import io.mesh.policy.Timeout;
import io.mesh.retry.Attempts;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One blocking call that may be hedged: the same steps as {@link SyncCall}, each attempt a {@link Race}. First attempts run
 * on the calling thread, hedges on those of the mesh's executor.
 *
 * <ol>
 * <li>When a hedge succeeds first, the calling thread is interrupted, and none of that interrupt is left when the call
 *     returns ({@link Interruption}); work that ignores it is waited for.
 * <li>When the calling thread's own attempt has failed and a hedge is under way, the thread waits for that. An interrupt by
 *     somebody else cancels the hedge and ends the call with the failure, or the unwanted result, the flag set. A hedge
 *     that no thread has taken when the time of the call is over is not waited for.
 * </ol>
 *
 * @param <T> the result
 * @param <E> what the work may throw
 */
final class HedgedSyncCall<T extends @Nullable Object, E extends Throwable> {

    private final Service service;
    private final Hedging hedging;
    private final Executor executor;
    private final CheckedFunction<? super ServiceInstance, ? extends T, ? extends E> work;
    private final CallState state;
    private final AsyncWork<T> here;
    private final AsyncWork<T> elsewhere;
    private @Nullable AsyncAttempt<T> own;

    private HedgedSyncCall(
            Service service,
            CallOptions options,
            Hedging hedging,
            Executor executor,
            CheckedFunction<? super ServiceInstance, ? extends T, ? extends E> work) {
        this.service = service;
        this.hedging = hedging;
        this.executor = executor;
        this.work = work;
        boolean timed = service.isTimed(options);
        long startedAt = timed ? service.now() : 0;
        Timeout attemptTimeout = service.retry().attemptTimeout();
        this.state = new CallState(service, options, timed, startedAt, Attempts.mark());
        this.here = new AsyncWork<>(service, options, startedAt, attemptTimeout, true, this::workHere);
        this.elsewhere = new AsyncWork<>(service, options, startedAt, attemptTimeout, true, this::workElsewhere);
    }

    static <T extends @Nullable Object, E extends Throwable> T run(
            Service service,
            CallOptions options,
            Hedging hedging,
            Executor executor,
            CheckedFunction<? super ServiceInstance, ? extends T, ? extends E> work)
            throws E {
        return new HedgedSyncCall<T, E>(service, options, hedging, executor, work).run();
    }

    private T run() throws E {
        if (!state.admit() && !state.waitAndAdmit()) {
            throw state.reject();
        }
        while (true) {
            AsyncAttempt<T> first = new AsyncAttempt<>(here, state.endpoint(), state.permit(), state.number() == 1);
            own = first;
            Race<T> race = new Race<>(elsewhere, state, hedging);
            Ending<T> ending = Ending.of(race.begin(first));
            ending.await(race, state);
            AsyncAttempt<T> last = race.last();
            Endpoint lastOn = last == null ? first.endpoint() : last.endpoint();
            Throwable failure = ending.failure;
            if (failure != null) {
                long delay = state.delayAfter(lastOn, failure, RepeatRule.wasNotSent(here.options(), failure));
                if (delay < 0 || !SyncCall.waitAndAdmit(service, state, delay, failure)) {
                    throw asThrown(failure);
                }
                continue;
            }
            T result = ending.result();
            if (last == null || !last.isUnwanted()) {
                state.succeeded();
                return result;
            }
            long delay = state.delayAfterResult(lastOn, result);
            if (delay < 0 || !SyncCall.waitAndAdmit(service, state, delay, null)) {
                return result;
            }
            CallFuture.discard(result);
        }
    }

    @SuppressWarnings("unchecked") // the work has thrown it, or Mesh an unchecked one
    private E asThrown(Throwable failure) {
        return (E) failure;
    }

    /** The calling thread's own attempt: interrupted by whatever ends it before the work does. */
    private CompletionStage<T> workHere(ServiceInstance instance) {
        Interruption interruption = Interruption.start();
        Objects.requireNonNull(own).outcome().whenComplete((result, failure) -> interruption.run());
        T result;
        try {
            result = work.apply(instance);
        } catch (Throwable thrown) {
            interruption.end(thrown);
            return CompletableFuture.failedFuture(thrown);
        }
        interruption.end(null);
        return CompletableFuture.completedFuture(result);
    }

    private CompletionStage<T> workElsewhere(ServiceInstance instance) {
        HedgeTask<T> task = new HedgeTask<>(() -> {
            hedging.sent();
            return work.apply(instance);
        });
        task.handTo(executor);
        return task;
    }

    /** How a future has ended, and a thread that waits for that. */
    private static final class Ending<T extends @Nullable Object> {

        private final Thread thread = Thread.currentThread();
        private volatile boolean there;
        private @Nullable T result;
        private @Nullable Throwable failure;

        static <T extends @Nullable Object> Ending<T> of(CompletableFuture<T> future) {
            Ending<T> ending = new Ending<>();
            future.whenComplete((value, thrown) -> {
                ending.result = value;
                ending.failure = thrown;
                ending.there = true;
                LockSupport.unpark(ending.thread);
            });
            return ending;
        }

        /** Waits until the race has ended. To be called when the thread's own attempt has. */
        void await(Race<T> race, CallState state) {
            boolean interrupted = false;
            boolean left = false;
            boolean inTime = true;
            while (!there) {
                interrupted |= Thread.interrupted();
                if (interrupted && !left && !race.isOver()) {
                    left = true;
                    race.leave();
                } else if (inTime) {
                    long nanos = state.nanosLeft();
                    if (nanos > 0) {
                        LockSupport.parkNanos(this, nanos);
                    } else {
                        inTime = false;
                        race.withdrawWaiting();
                    }
                } else {
                    LockSupport.park(this);
                }
            }
            if (interrupted) {
                thread.interrupt();
            }
        }

        @SuppressWarnings("NullAway") // without a failure it is what the work returned, null included
        T result() {
            return result;
        }
    }
}
