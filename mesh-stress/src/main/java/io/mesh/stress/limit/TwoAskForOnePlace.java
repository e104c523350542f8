package io.mesh.stress.limit;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.limit.ConcurrencyLimit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Two calls ask for the only place at once. */
@JCStressTest
@Outcome(
        id = {"true, false, 1", "false, true, 1"},
        expect = ACCEPTABLE,
        desc = "one of the two")
@Outcome(expect = FORBIDDEN)
@State
public class TwoAskForOnePlace {

    private final ConcurrencyLimit limit = Limits.withoutWait();

    @Actor
    public void one(ZZI_Result result) {
        result.r1 = limit.tryAcquire();
    }

    @Actor
    public void other(ZZI_Result result) {
        result.r2 = limit.tryAcquire();
    }

    @Arbiter
    public void atRest(ZZI_Result result) {
        result.r3 = limit.snapshot().inFlight();
    }
}
