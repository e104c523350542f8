package io.mesh.proxy;

import io.mesh.circuitbreaker.Permit;
import io.mesh.loadbalancer.CallOutcome;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.model.CallTimeoutException;
import io.mesh.policy.CallFuture;
import io.mesh.policy.FailureMatcher;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call whose result comes later: recorded once, by whatever ends it first, its stage, its time limit or
 * whoever cancels it. The connection is counted until the stage ends, as are the places of concurrency limits, and a result
 * that comes after the end is closed.
 *
 * @param <T> the result
 */
final class AsyncAttempt<T extends @Nullable Object> {

    private final AsyncWork<T> call;
    private final Endpoint endpoint;
    private final Permit permit;
    private final boolean first;
    private final CallFuture<T> outcome;
    private final AtomicLong begunAt = new AtomicLong(Endpoint.RECORDED); // taken by whoever records the outcome
    private boolean unwanted; // these two: seen by whoever sees the outcome
    private boolean refused;
    private volatile @Nullable CompletionStage<? extends T> begun;

    /**
     * An attempt not yet begun.
     *
     * @param permit of the endpoint's breaker, released if the attempt is cancelled
     * @param first whether it is the first attempt of its call
     */
    AsyncAttempt(AsyncWork<T> call, Endpoint endpoint, Permit permit, boolean first) {
        this.call = call;
        this.endpoint = endpoint;
        this.permit = permit;
        this.first = first;
        this.outcome = new CallFuture<>(permit::release);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** What comes of it; to be cancelled by whoever does not want it any more. */
    CallFuture<T> outcome() {
        return outcome;
    }

    /** Whether its result is not what was wanted. */
    boolean isUnwanted() {
        return unwanted;
    }

    /** Whether there was no thread for it, so that it has not begun. */
    boolean isRefused() {
        return refused;
    }

    /**
     * From now on the places of concurrency limits are held until the work has ended.
     *
     * @return false if it has been cancelled before: then it must not begin, and holds none
     */
    boolean hold() {
        LimitedPermit.lastUntilEnd(permit);
        if (outcome.isDone()) { // whoever has done that, and did not see that the places are held, is seen here
            LimitedPermit.notBegun(permit);
            return false;
        }
        return true;
    }

    /** Begins the work, which {@link #hold} has allowed. */
    CallFuture<T> begin() {
        begunAt.set(endpoint.begin());
        try {
            limitTime();
        } catch (Throwable refused) { // also an Error of a scheduler that cannot start its thread
            threw(refused);
            return outcome;
        }
        CompletionStage<? extends T> stage = outcome.begin(() -> {
            CompletionStage<? extends T> started = call.work().apply(endpoint.instance());
            begun = started;
            return started;
        });
        try {
            stage.whenComplete((result, thrown) -> {
                if (thrown == null) {
                    returned(result);
                } else {
                    threw(thrown);
                }
            });
        } catch (Throwable broken) { // a stage that cannot be listened to
            threw(broken);
        }
        return outcome;
    }

    /** Cancels the attempt if its work still waits for a thread. */
    void withdraw() {
        if (isWithdrawn()) {
            outcome.cancel(true);
        }
    }

    /** Whether the work has not begun, and now never will. */
    private boolean isWithdrawn() {
        if (begun instanceof HedgeTask<?> task && task.withdraw()) {
            refused = true;
            return true;
        }
        return false;
    }

    /** When time is up the breaker hears of it, unless the work has not begun; the connection ends with the stage. */
    private void limitTime() {
        if (call.attemptTimeout() != null) {
            call.attemptTimeout()
                    .limit(outcome, call.service().nanosLeft(call.options(), call.startedAt()), this::tookTooLong);
        }
    }

    private void tookTooLong(CallTimeoutException failure) {
        if (isWithdrawn()) {
            permit.release();
        } else {
            call.service().threw(endpoint, permit, failure, first, takeBegunAt());
        }
    }

    private void returned(T result) {
        if (outcome.claim()) {
            unwanted = call.service().returned(endpoint, permit, result, first, takeBegunAt());
            end();
            outcome.end(result);
        } else {
            end();
            CallFuture.discard(result);
        }
    }

    private void threw(Throwable thrown) {
        if (outcome.claim()) {
            Throwable failure = call.blocking() ? thrown : FailureMatcher.unwrap(thrown);
            refused = failure instanceof HedgeRefusedException;
            if (refused) {
                permit.release();
            } else {
                call.service().threw(endpoint, permit, failure, first, takeBegunAt());
            }
            end();
            outcome.fail(failure);
        } else {
            end();
        }
    }

    private long takeBegunAt() {
        return begunAt.getAndSet(Endpoint.RECORDED);
    }

    private void end() {
        endpoint.record(CallOutcome.ABANDONED, takeBegunAt()); // unless its outcome has been recorded
        endpoint.end();
        LimitedPermit.end(permit);
    }
}
