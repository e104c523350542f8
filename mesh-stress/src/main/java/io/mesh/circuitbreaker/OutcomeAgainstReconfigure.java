package io.mesh.circuitbreaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.model.CircuitBreakerConfig;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/** A failure that is enough under both settings opens the circuit, whatever is changed meanwhile. */
@JCStressTest
@Outcome(id = "OPEN, 9", expect = ACCEPTABLE)
@Outcome(expect = FORBIDDEN)
@State
public class OutcomeAgainstReconfigure {

    private final CircuitBreaker breaker =
            Breakers.closed(CircuitBreakerConfig.builder().failureThreshold(1));
    private final Permit permit = breaker.tryAcquire();

    @Actor
    public void fails() {
        permit.failure(Breakers.failure());
    }

    @Actor
    public void reconfigures() {
        breaker.reconfigure(CircuitBreakerConfig.builder()
                .failureThreshold(1)
                .successThreshold(9)
                .build());
    }

    @Arbiter
    public void atRest(LI_Result result) {
        result.r1 = breaker.state();
        result.r2 = breaker.config().successThreshold();
    }
}
