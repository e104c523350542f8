package io.mesh.circuitbreaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.model.WindowConfig;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A failure and the success that completes the minimum come at once: half of the two have failed, which is enough. */
@JCStressTest
@Outcome(id = "OPEN", expect = ACCEPTABLE)
@Outcome(expect = FORBIDDEN)
@State
public class FailureAndSuccessInACountWindow {

    private final CircuitBreaker breaker =
            Breakers.closed(WindowConfig.count(4).withMinimumCalls(2).withFailureRateThreshold(50));
    private final Permit first = breaker.tryAcquire();
    private final Permit second = breaker.tryAcquire();

    @Actor
    public void fails() {
        first.failure(Breakers.failure());
    }

    @Actor
    public void succeeds() {
        second.success();
    }

    @Arbiter
    public void atRest(L_Result result) {
        result.r1 = breaker.state();
    }
}
