package io.mesh.retry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Who ends a call and who abandons it both give its retry back. It comes back once. */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE)
@Outcome(expect = FORBIDDEN)
@State
public class OneRetryGivenBackByTwo {

    private final RetryBudget budget = Budgets.ofOne();
    private final Withdrawal taken = Budgets.taken(budget);

    @Actor
    public void ends() {
        taken.giveBack();
    }

    @Actor
    public void abandons() {
        taken.giveBackUnlessSpent();
    }

    @Arbiter
    public void atRest(JJ_Result result) {
        result.r1 = budget.snapshot().retries();
        result.r2 = budget.snapshot().balance();
    }
}
