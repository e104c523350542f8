package io.mesh.circuitbreaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** At the end of the open time two calls come at once, and there is one place. */
@JCStressTest
@Outcome(
        id = {"true, false, 1", "false, true, 1"},
        expect = ACCEPTABLE,
        desc = "one of the two")
@Outcome(expect = FORBIDDEN)
@State
public class OneTrialPlace {

    private final CircuitBreaker breaker = Breakers.halfOpen(new Breakers.Clock());

    @Actor
    public void one(ZZI_Result result) {
        result.r1 = breaker.tryAcquire() != null;
    }

    @Actor
    public void other(ZZI_Result result) {
        result.r2 = breaker.tryAcquire() != null;
    }

    @Arbiter
    public void atRest(ZZI_Result result) {
        result.r3 = breaker.snapshot().trials();
    }
}
