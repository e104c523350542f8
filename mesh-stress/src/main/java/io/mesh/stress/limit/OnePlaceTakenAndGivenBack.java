package io.mesh.stress.limit;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.limit.ConcurrencyLimit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** The only place is given back while another call asks for it: it is got or not, and never counted twice. */
@JCStressTest
@Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "it came in time")
@Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "it came too early")
@Outcome(expect = FORBIDDEN)
@State
public class OnePlaceTakenAndGivenBack {

    private final ConcurrencyLimit limit = Limits.withoutWait();

    public OnePlaceTakenAndGivenBack() {
        limit.tryAcquire();
    }

    @Actor
    public void givesBack() {
        limit.release();
    }

    @Actor
    public void asks(ZI_Result result) {
        result.r1 = limit.tryAcquire();
    }

    @Arbiter
    public void atRest(ZI_Result result) {
        result.r2 = limit.snapshot().inFlight();
    }
}
