package io.mesh.circuitbreaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A trial gives its place back, twice, while another call asks for one: never two hold it, none is lost. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the other got it")
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the other came too early")
@Outcome(expect = FORBIDDEN)
@State
public class TrialPlaceGivenBack {

    private final CircuitBreaker breaker = Breakers.halfOpen(new Breakers.Clock());
    private final Permit trial = breaker.tryAcquire();

    @Actor
    public void givesBack() {
        trial.release();
        trial.release();
    }

    @Actor
    public void asks(II_Result result) {
        result.r1 = breaker.tryAcquire() == null ? 0 : 1;
    }

    @Arbiter
    public void atRest(II_Result result) {
        result.r2 = breaker.snapshot().trials();
    }
}
