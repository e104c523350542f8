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

/** A call that waits is cancelled just when the only place is given back: it has the place, or nobody has. */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "it got the place before it was cancelled")
@Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "it had gone")
@Outcome(expect = FORBIDDEN)
@State
public class WaiterGoesWhileThePlaceIsGivenBack {

    private final ConcurrencyLimit limit = Limits.waiting();
    private final AtomicInteger places = new AtomicInteger();
    private final CallFuture<String> call = new CallFuture<>(() -> {});

    public WaiterGoesWhileThePlaceIsGivenBack() {
        limit.tryAcquire();
        limit.await(call, Ticker.FOREVER, hasPlace -> places.getAndIncrement());
    }

    @Actor
    public void givesBack() {
        limit.release();
    }

    @Actor
    public void goes() {
        call.cancel(true);
    }

    @Arbiter
    public void atRest(III_Result result) {
        result.r1 = places.get();
        result.r2 = limit.snapshot().inFlight();
        result.r3 = limit.snapshot().waiting();
    }
}
