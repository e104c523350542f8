package io.mesh.retry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJJ_Result;

/** The only retry of a budget is given back while another call asks for it. At rest the books are right. */
@JCStressTest
@Outcome(id = "true, 1, 0", expect = ACCEPTABLE, desc = "given back first")
@Outcome(id = "false, 0, 1", expect = ACCEPTABLE, desc = "asked first")
@Outcome(expect = FORBIDDEN)
@State
public class WithdrawalAgainstRefund {

    private final RetryBudget budget = Budgets.ofOne();
    private final Withdrawal taken = Budgets.taken(budget);

    @Actor
    public void givesBack() {
        taken.giveBack();
    }

    @Actor
    public void asks(ZJJ_Result result) {
        result.r1 = Budgets.pays(budget);
    }

    @Arbiter
    public void atRest(ZJJ_Result result) {
        result.r2 = budget.snapshot().retries();
        result.r3 = budget.snapshot().balance();
    }
}
