package io.mesh.retry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.time.Ticker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/** A call and the timer look at what has been earned at the same moment. Whoever looks first, it is there, once. */
@JCStressTest
@Outcome(id = "true, true, 1, 0", expect = ACCEPTABLE)
@Outcome(expect = FORBIDDEN)
@State
public class WithdrawalAgainstTick implements Ticker {

    private volatile long now;
    private final RetryBudget budget = Budgets.ofOneEarned(this);

    public WithdrawalAgainstTick() {
        now = Samples.SECOND;
    }

    @Override
    public long now() {
        return now;
    }

    @Actor
    public void asks(LLLL_Result result) {
        result.r1 = Budgets.pays(budget);
    }

    @Actor
    public void ticks(LLLL_Result result) {
        result.r2 = budget.tick();
    }

    @Arbiter
    public void atRest(LLLL_Result result) {
        result.r3 = budget.snapshot().retries();
        result.r4 = budget.snapshot().balance();
    }
}
