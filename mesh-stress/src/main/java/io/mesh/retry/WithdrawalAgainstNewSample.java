package io.mesh.retry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.time.Ticker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJJ_Result;

/** A call asks just when what is earned becomes known. It is paid for or not, and at rest the books are right. */
@JCStressTest
@Outcome(id = "true, 1, 0", expect = ACCEPTABLE, desc = "known already")
@Outcome(id = "false, 0, 1", expect = ACCEPTABLE, desc = "not known yet")
@Outcome(expect = FORBIDDEN)
@State
public class WithdrawalAgainstNewSample implements Ticker {

    private volatile long now;
    private final RetryBudget budget = Budgets.ofOneEarned(this);

    @Override
    public long now() {
        return now;
    }

    @Actor
    public void asks(ZJJ_Result result) {
        result.r1 = Budgets.pays(budget);
    }

    @Actor
    public void timePasses() {
        now = Samples.SECOND;
        budget.tick();
    }

    @Arbiter
    public void atRest(ZJJ_Result result) {
        result.r2 = budget.snapshot().retries();
        result.r3 = budget.snapshot().balance();
    }
}
