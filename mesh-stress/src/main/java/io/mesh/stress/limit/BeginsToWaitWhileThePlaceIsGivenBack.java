package io.mesh.stress.limit;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.limit.ConcurrencyLimit;
import io.mesh.policy.CallFuture;
import io.mesh.time.Ticker;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A call begins to wait just when the only place is given back: it gets it, and nobody waits for ever. */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "it has the place")
@Outcome(expect = FORBIDDEN)
@State
public class BeginsToWaitWhileThePlaceIsGivenBack {

    private final ConcurrencyLimit limit = Limits.waiting();
    private final AtomicInteger places = new AtomicInteger();

    public BeginsToWaitWhileThePlaceIsGivenBack() {
        limit.tryAcquire();
    }

    @Actor
    public void givesBack() {
        limit.release();
    }

    @Actor
    public void waits() {
        limit.await(new CallFuture<String>(() -> {}), Ticker.FOREVER, hasPlace -> places.getAndIncrement());
    }

    @Arbiter
    public void atRest(III_Result result) {
        result.r1 = places.get();
        result.r2 = limit.snapshot().inFlight();
        result.r3 = limit.snapshot().waiting();
    }
}
