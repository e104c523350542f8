package io.mesh.retry;

import io.mesh.time.RecentCount;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One retry taken from a budget: spent when its attempt begins, given back if it never does. Given back at most
 * once, whoever does it. Only made when something has failed or takes long, so it may be an object.
 */
public final class Withdrawal implements RetryBudget.Answer {

    private enum State {
        TAKEN,
        SPENT,
        GIVEN_BACK
    }

    private final RecentCount inTtl;
    private final RecentCount inSecond;
    private final long at;
    private final AtomicReference<State> state = new AtomicReference<>(State.TAKEN);

    Withdrawal(RecentCount inTtl, RecentCount inSecond, long at) {
        this.inTtl = inTtl;
        this.inSecond = inSecond;
        this.at = at;
    }

    /** The attempt is about to begin. False if nobody waits for it any more. */
    boolean spend() {
        return state.compareAndSet(State.TAKEN, State.SPENT);
    }

    /** The attempt will not begin; told by whoever would have begun it. */
    public void giveBack() {
        if (state.getAndSet(State.GIVEN_BACK) != State.GIVEN_BACK) {
            putBack();
        }
    }

    /** Nobody waits for the attempt any more; told by anybody, and too late if it is about to begin. */
    void giveBackUnlessSpent() {
        if (state.compareAndSet(State.TAKEN, State.GIVEN_BACK)) {
            putBack();
        }
    }

    private void putBack() {
        inTtl.remove(at);
        inSecond.remove(at);
    }
}
