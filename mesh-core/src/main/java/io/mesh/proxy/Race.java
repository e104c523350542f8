package io.mesh.proxy;

import io.mesh.model.CallTimeoutException;
import io.mesh.policy.CallFuture;
import io.mesh.time.Scheduler;
import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
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
 *     denied, or there is none, or no thread for it, the race goes on with what is under way, and no further hedge is
 *     tried.
 * <li>A failure that is not retried ends the race. Any other, and a result that is not what was wanted, is kept until
 *     something else decides the race or nothing else is under way; then the last one is the outcome.
 * <li>The race ends once: by a success, by a failure, or by somebody else who ends the outcome. What is under way then
 *     is cancelled, also what begins at that very moment.
 * <li>Failures and delays are dealt with one at a time, in turn, by whatever thread comes first; only then is the
 *     {@link CallState} used. A success waits for no turn, so work that is slow to start holds up no result.
 * </ol>
 *
 * @param <T> the result
 */
final class Race<T extends @Nullable Object> {

    private static final System.Logger LOG = System.getLogger("io.mesh");

    private final AsyncWork<T> call;
    private final Service service;
    private final CallState state;
    private final Hedging hedging;
    private final CallFuture<T> outcome = new CallFuture<>(() -> stop(false));
    private final Queue<Runner<T>> runners = new ConcurrentLinkedQueue<>();
    private volatile boolean over;
    private @Nullable Runner<T> last; // whose outcome it was; seen by whoever sees that

    /** How the last one ended that did not succeed, until the race is decided; whoever takes it out closes its result. */
    private final AtomicReference<@Nullable Ended<T>> kept = new AtomicReference<>();

    private final Queue<Runnable> events = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private int begun; // these four: only in turn
    private int underWay;
    private boolean committed;
    private boolean leaving;
    private volatile Scheduler.@Nullable Cancellation timer;

    /** A race for the call, whose state has found the first endpoint. */
    Race(AsyncWork<T> call, CallState state, Hedging hedging) {
        this.call = call;
        this.service = call.service();
        this.state = state;
        this.hedging = hedging;
    }

    /**
     * An attempt in the race.
     *
     * @param payment of a hedge; null if it is none
     */
    private record Runner<T extends @Nullable Object>(
            AsyncAttempt<T> attempt, long beganAt, @Nullable HedgePayment payment) {

        boolean isHedge() {
            return payment != null;
        }
    }

    /** An attempt that has failed, or given a result that is not what was wanted. */
    private record Ended<T extends @Nullable Object>(
            Runner<T> runner, @Nullable T result, @Nullable Throwable failure) {}

    /** Begins the race with an attempt that has not begun. */
    CallFuture<T> begin(AsyncAttempt<T> first) {
        if (state.number() == 1) {
            hedging.earn();
        }
        first.hold(); // before a hedge can win and cancel it
        inTurn(() -> {
            enter(new Runner<>(first, service.now(), null));
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

    /** Whether the race has been decided, or somebody has ended it. */
    boolean isOver() {
        return over;
    }

    /** Nobody waits any longer: the race ends with what has come of it, or with what comes next. */
    void leave() {
        inTurn(() -> {
            leaving = true;
            committed = true;
            endWithKept();
        });
    }

    /** There is no time for a hedge to begin any more: those that wait for a thread are withdrawn. */
    void withdrawWaiting() {
        inTurn(() -> {
            committed = true;
            runners.forEach(runner -> runner.attempt.withdraw());
        });
    }

    private void enter(Runner<T> runner) {
        state.isAt(runner.attempt.endpoint());
        begun++;
        underWay++;
        runners.add(runner); // whoever ends the race either finds it here or is found to have ended it
        runner.attempt.outcome().whenComplete((result, failure) -> {
            if (failure == null && !runner.attempt.isUnwanted()) {
                succeeded(runner, result);
            } else if (runner.attempt.isRefused()) {
                inTurn(() -> notSent(runner, failure));
            } else {
                inTurn(() -> failed(new Ended<>(runner, result, failure)));
            }
        });
    }

    private void succeeded(Runner<T> runner, T result) {
        if (!outcome.claim()) {
            CallFuture.discard(result);
            return;
        }
        if (runner.isHedge()) {
            hedging.won();
        } else {
            hedging.took(runner.beganAt);
        }
        last = runner;
        try {
            stop(true);
        } finally {
            outcome.end(result);
        }
    }

    private void failed(Ended<T> ended) {
        underWay--;
        if (over) {
            CallFuture.discard(ended.result);
            return;
        }
        Throwable failure = ended.failure;
        if (failure instanceof CallTimeoutException && !ended.runner.isHedge()) {
            hedging.took(ended.runner.beganAt);
        }
        keep(ended);
        boolean fatal = failure != null && !state.isRetryable(failure);
        if (fatal || leaving || !(hedge() || underWay > 0)) {
            endWithKept();
        }
    }

    /** The work of a hedge was not begun and never will be. */
    private void notSent(Runner<T> runner, @Nullable Throwable failure) {
        underWay--;
        committed = true;
        cancelTimer();
        HedgePayment payment = runner.payment;
        if (payment != null) {
            payment.giveBack();
        }
        hedging.refused();
        if (failure instanceof HedgeRefusedException) {
            hedging.sayFault(failure.getCause());
        }
        if (!over) {
            state.hedgeNotSent(runner.attempt.endpoint());
            if (underWay == 0) {
                endWithKept();
            }
        }
    }

    /** The one that was kept before has failed beside this one. */
    private void keep(Ended<T> ended) {
        Ended<T> before = kept.getAndSet(ended);
        if (before != null) {
            state.failedBeside(before.failure);
            CallFuture.discard(before.result);
        }
        if (over) {
            discardKept();
        }
    }

    private void discardKept() {
        Ended<T> ended = kept.getAndSet(null);
        if (ended != null) {
            CallFuture.discard(ended.result);
        }
    }

    /** Ends the race with what is kept; if nothing is, it is over, or has not come so far. */
    @SuppressWarnings("NullAway") // without a failure the result is what the attempt gave, null included
    private void endWithKept() {
        Ended<T> ended = kept.getAndSet(null);
        if (ended == null) {
            return;
        }
        if (!outcome.claim()) {
            CallFuture.discard(ended.result);
            return;
        }
        last = ended.runner;
        try {
            stop(true);
        } finally {
            if (ended.failure == null) {
                outcome.end(ended.result);
            } else {
                outcome.fail(ended.failure);
            }
        }
    }

    /** Sends a hedge if there may be one. False if there is none; one that finds no thread is told of in its turn. */
    private boolean hedge() {
        if (committed || over || !state.mayHedge(hedging.maxHedges())) {
            return false;
        }
        committed = true;
        HedgePayment payment = hedging.pay(service.retry().budget(), state.taken());
        if (payment == null) {
            return false;
        }
        if (!admitHedge()) {
            payment.giveBack();
            return false;
        }
        Runner<T> runner =
                new Runner<>(new AsyncAttempt<>(call, state.endpoint(), state.permit(), false), service.now(), payment);
        enter(runner);
        if (over || !runner.attempt.hold()) {
            runner.attempt.outcome().cancel(true); // gives the permit back, if nobody has
            payment.giveBack();
            return false;
        }
        if (!call.blocking()) { // that of a blocking one begins when it has a thread
            hedging.sent();
        }
        committed = false;
        runner.attempt.begin();
        awaitDelay();
        return true;
    }

    /** What goes wrong here, in a random generator of the user's for example, means no hedge and ends no call. */
    private boolean admitHedge() {
        try {
            return state.admitHedge();
        } catch (Throwable fault) {
            hedging.sayFault(fault);
            return false;
        }
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
        } catch (Throwable refused) { // a scheduler that has been shut down, or can start no thread
            committed = true;
            hedging.sayFault(refused);
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
        discardKept();
        for (Runner<T> runner : runners) {
            CallFuture<T> late = runner.attempt.outcome();
            if (!late.isDone()) {
                if (decided && !runner.isHedge()) {
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
        } else {
            LOG.log(
                    Level.WARNING,
                    "Hedging of service '" + service.name() + "' went wrong after its call had ended.",
                    fault);
        }
    }
}
