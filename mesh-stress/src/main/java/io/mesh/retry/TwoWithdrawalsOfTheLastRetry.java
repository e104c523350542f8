package io.mesh.retry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** Two calls ask for the last retry of a budget. It is never spent twice. */
@JCStressTest
@Outcome(
        id = {"true, false, 1", "false, true, 1"},
        expect = ACCEPTABLE,
        desc = "one of the two")
@Outcome(id = "false, false, 0", expect = ACCEPTABLE_INTERESTING, desc = "each saw the other's, and gave back its own")
@Outcome(expect = FORBIDDEN)
@State
public class TwoWithdrawalsOfTheLastRetry {

    private final RetryBudget budget = Budgets.ofOne();

    @Actor
    public void one(ZZJ_Result result) {
        result.r1 = Budgets.pays(budget);
    }

    @Actor
    public void other(ZZJ_Result result) {
        result.r2 = Budgets.pays(budget);
    }

    @Arbiter
    public void atRest(ZZJ_Result result) {
        result.r3 = budget.snapshot().retries();
    }
}
