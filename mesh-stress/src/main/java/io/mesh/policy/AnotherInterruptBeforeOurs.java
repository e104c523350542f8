package io.mesh.policy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Somebody else interrupts the call, then its time is up, while it ends. The other's interrupt is never lost. */
@JCStressTest
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "ended first")
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "time was up first")
@Outcome(expect = FORBIDDEN)
@State
public class AnotherInterruptBeforeOurs {

    private final Timed timer = new Timed();
    private volatile Thread caller;

    @Actor
    public void calls(ZZ_Result result) {
        caller = Thread.currentThread();
        Interruption interruption = Interruption.start(timer, 1);
        result.r1 = interruption.end(null);
        result.r2 = timer.flagAtRest();
    }

    @Actor
    public void interrupts() {
        Thread thread = caller;
        while (thread == null) {
            Thread.onSpinWait();
            thread = caller;
        }
        thread.interrupt();
        timer.timeIsUp();
        timer.over();
    }
}
