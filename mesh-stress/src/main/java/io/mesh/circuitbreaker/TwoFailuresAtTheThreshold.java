package io.mesh.circuitbreaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Two failures that are both enough open the circuit once. */
@JCStressTest
@Outcome(id = "OPEN, 2, 1", expect = ACCEPTABLE, desc = "open, two failed, one event")
@Outcome(expect = FORBIDDEN)
@State
public class TwoFailuresAtTheThreshold {

    private final AtomicInteger events = new AtomicInteger();
    private final CircuitBreaker breaker = CircuitBreaker.builder("raced")
            .config(CircuitBreakerConfig.builder().failureThreshold(1).build())
            .listener(event -> events.getAndIncrement())
            .build();
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
    public void atRest(LLL_Result result) {
        BreakerSnapshot snapshot = breaker.snapshot();
        result.r1 = snapshot.state();
        result.r2 = snapshot.failed();
        result.r3 = events.get();
    }
}
