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

/** Of two calls that wait the first goes just when the only place is given back: one of them gets it, at once. */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "the first, the second still waits")
@Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "the second, nobody waits")
@Outcome(expect = FORBIDDEN)
@State
public class TwoWaitWhileTheFirstGoes {

    private final ConcurrencyLimit limit = Limits.waiting();
    private final AtomicInteger first = new AtomicInteger();
    private final AtomicInteger second = new AtomicInteger();
    private final CallFuture<String> call = new CallFuture<>(() -> {});

    public TwoWaitWhileTheFirstGoes() {
        limit.tryAcquire();
        limit.await(call, Ticker.FOREVER, hasPlace -> first.getAndIncrement());
        limit.await(new CallFuture<String>(() -> {}), Ticker.FOREVER, hasPlace -> second.getAndIncrement());
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
        result.r1 = first.get();
        result.r2 = second.get();
        result.r3 = limit.snapshot().waiting();
    }
}
