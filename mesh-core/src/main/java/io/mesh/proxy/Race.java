package io.mesh.proxy;

import io.mesh.model.CallTimeoutException;
import io.mesh.policy.CallFuture;
import io.mesh.time.Scheduler;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call and its hedges, each on an instance of its own: the first success is the outcome, and the others
 * are cancelled. To the call it is a single attempt.
 *
 * <pre>{@code
 *   attempt   ---------------------------------x  cancelled: its breaker hears nothing, its connection ends with it
 *             |<-- delay -->|
 *   hedge                    ------------------>  the result
 * }</pre>
 *
 * <ol>
 * <li>A hedge is sent when the youngest attempt has been under way for the delay, or has failed in a way that is
 *     retried: then at once. It must be paid for, and there must be an instance the call has not been to. If it is
 *     denied, or there is none, the race goes on with what is under way, and no further hedge is tried.
 * <li>A failure that is not retried ends the race. Any other is the outcome only if nothing else is under way.
 * <li>The race ends once: by a success, by a failure, or by somebody else who ends the outcome. What is under way then
 *     is cancelled, also what begins at that very moment.
 * <li>Failures and delays are dealt with one at a time, in turn, by whatever thread comes first; only then is the
 *     {@link CallState} used. A success waits for no turn, so work that is slow to start holds up no result.
 * </ol>
 *
 * @param <T> the result
 */
final class Race<T extends @Nullable Object> {

    private final AsyncWork<T> call;
    private final Service service;
    private final CallState state;
    private final Hedging hedging;
    private final CallFuture<T> outcome = new CallFuture<>(() -> stop(false));
    private final Queue<Runner<T>> runners = new ConcurrentLinkedQueue<>();
    private volatile boolean over;
    private @Nullable Runner<T> last; // whose outcome it was; seen by whoever sees that

    private final Queue<Runnable> events = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private int begun; // these three: only in turn
    private int underWay;
    private boolean committed;
    private volatile Scheduler.@Nullable Cancellation timer;

    /** A race for the call, whose state has found the first endpoint. */
    Race(AsyncWork<T> call, CallState state, Hedging hedging) {
        this.call = call;
        this.service = call.service();
        this.state = state;
        this.hedging = hedging;
    }

    /** An attempt in the race. */
    private record Runner<T extends @Nullable Object>(AsyncAttempt<T> attempt, long beganAt, boolean hedge) {}

    /** Begins the race with an attempt that has not begun. */
    CallFuture<T> begin(AsyncAttempt<T> first) {
        if (state.number() == 1) {
            hedging.earn();
        }
        inTurn(() -> {
            enter(new Runner<>(first, service.now(), false));
            awaitDelay();
        });
        first.begin(); // out of turn, so that it may take its time
        return outcome;
    }

    /** The attempt whose outcome was that of the race, once that has ended; null if the race itself went wrong. */
    @Nullable
    AsyncAttempt<T> last() {
        return last == null ? null : last.attempt;
    }

    private void enter(Runner<T> runner) {
        state.isAt(runner.attempt.endpoint());
        begun++;
        underWay++;
        runners.add(runner); // whoever ends the race either finds it here or is found to have ended it
        runner.attempt.outcome().whenComplete((result, failure) -> {
            if (failure == null && !runner.attempt.isUnwanted()) {
                succeeded(runner, result);
            } else if (!runner.attempt.isRefused()) {
                inTurn(() -> failed(runner, result, failure));
            }
        });
    }

    private void succeeded(Runner<T> runner, T result) {
        if (!outcome.claim()) {
            CallFuture.discard(result);
            return;
        }
        hedging.took(runner.beganAt);
        if (runner.hedge) {
            hedging.won();
        }
        last = runner;
        try {
            stop(true);
        } finally {
            outcome.end(result);
        }
    }

    private void failed(Runner<T> runner, @Nullable T result, @Nullable Throwable failure) {
        underWay--;
        if (over) {
            CallFuture.discard(result);
            return;
        }
        if (failure instanceof CallTimeoutException) {
            hedging.took(runner.beganAt);
        }
        boolean fatal = failure != null && !service.retry().isRetryable(failure);
        if (!fatal && (hedge() || underWay > 0)) {
            state.failedBeside(failure);
            CallFuture.discard(result);
        } else {
            end(runner, result, failure);
        }
    }

    @SuppressWarnings("NullAway") // without a failure the result is what the attempt gave, null included
    private void end(Runner<T> runner, @Nullable T result, @Nullable Throwable failure) {
        if (!outcome.claim()) {
            CallFuture.discard(result);
            return;
        }
        last = runner;
        try {
            stop(true);
        } finally {
            if (failure == null) {
                outcome.end(result);
            } else {
                outcome.fail(failure);
            }
        }
    }

    /** Sends a hedge if there may be one. True if it has begun. */
    private boolean hedge() {
        if (committed || over || !state.mayHedge(hedging.maxHedges())) {
            return false;
        }
        committed = true;
        HedgePayment payment = hedging.pay(service.retry().budget(), state.hedges());
        if (payment == null) {
            return false;
        }
        if (!state.admitHedge()) {
            payment.giveBack();
            return false;
        }
        Runner<T> runner =
                new Runner<>(new AsyncAttempt<>(call, state.endpoint(), state.permit(), false), service.now(), true);
        enter(runner);
        if (over) {
            runner.attempt.outcome().cancel(true); // gives the permit back, if nobody has
            payment.giveBack();
            return false;
        }
        hedging.sent();
        runner.attempt.begin();
        if (runner.attempt.isRefused()) {
            underWay--;
            payment.giveBack();
            hedging.refused();
            return false;
        }
        committed = false;
        awaitDelay();
        return true;
    }

    /** Sends the next hedge when the attempt that was begun last has been under way for the delay. */
    private void awaitDelay() {
        cancelTimer();
        long delay = hedging.delay();
        if (delay == Hedging.NOT_KNOWN || !state.mayHedge(hedging.maxHedges())) {
            return;
        }
        int youngest = begun;
        try {
            timer = service.timer().schedule(() -> inTurn(() -> delayIsOver(youngest)), delay);
        } catch (RejectedExecutionException shutDown) {
            committed = true; // a scheduler that has been shut down only means that there is no hedge
        }
        if (over) {
            cancelTimer();
        }
    }

    private void delayIsOver(int youngest) {
        if (youngest == begun) {
            hedge();
        }
    }

    /**
     * The race is over: cancels what is still under way.
     *
     * @param decided by one of the attempts, not by somebody else
     */
    private void stop(boolean decided) {
        over = true;
        cancelTimer();
        for (Runner<T> runner : runners) {
            CallFuture<T> late = runner.attempt.outcome();
            if (!late.isDone()) {
                if (decided) {
                    hedging.took(runner.beganAt); // at least; or the percentile would sink with every hedge
                }
                late.cancel(true);
            }
        }
    }

    private void cancelTimer() {
        Scheduler.Cancellation scheduled = timer;
        if (scheduled != null) {
            scheduled.cancel();
        }
    }

    private void inTurn(Runnable event) {
        events.add(event);
        if (waiting.getAndIncrement() == 0) {
            do {
                try {
                    events.remove().run();
                } catch (Throwable fault) {
                    fail(fault);
                }
            } while (waiting.decrementAndGet() != 0);
        }
    }

    /** So that the call ends whatever goes wrong. */
    private void fail(Throwable fault) {
        if (outcome.claim()) {
            try {
                stop(false);
            } finally {
                outcome.fail(fault);
            }
        }
    }
}
