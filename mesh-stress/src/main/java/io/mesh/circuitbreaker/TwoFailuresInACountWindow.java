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

/** The two failures that fill a window at once are enough together: whoever stores last sees both. */
@JCStressTest
@Outcome(id = "OPEN", expect = ACCEPTABLE)
@Outcome(expect = FORBIDDEN)
@State
public class TwoFailuresInACountWindow {

    private final CircuitBreaker breaker = Breakers.closed(WindowConfig.count(2).withFailureRateThreshold(100));
    private final Permit first = breaker.tryAcquire();
    private final Permit second = breaker.tryAcquire();

    @Actor
    public void one() {
        first.failure(Breakers.failure());
    }

    @Actor
    public void other() {
        second.failure(Breakers.failure());
    }

    @Arbiter
    public void atRest(L_Result result) {
        result.r1 = breaker.state();
    }
}
