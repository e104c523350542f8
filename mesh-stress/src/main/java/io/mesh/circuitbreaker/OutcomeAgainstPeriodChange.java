package io.mesh.circuitbreaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** A failure opens the circuit while a call of the same period succeeds: neither is lost, and the circuit stays open. */
@JCStressTest
@Outcome(id = "OPEN, 1, 1", expect = ACCEPTABLE, desc = "open, one failed, one succeeded")
@Outcome(expect = FORBIDDEN)
@State
public class OutcomeAgainstPeriodChange {

    private final CircuitBreaker breaker =
            Breakers.closed(CircuitBreakerConfig.builder().failureThreshold(1));
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
    public void atRest(LLL_Result result) {
        BreakerSnapshot snapshot = breaker.snapshot();
        result.r1 = snapshot.state();
        result.r2 = snapshot.failed();
        result.r3 = snapshot.succeeded();
    }
}
