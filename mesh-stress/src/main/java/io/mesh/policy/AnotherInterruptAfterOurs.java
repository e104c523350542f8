package io.mesh.policy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * Work has thrown our interrupt, and somebody else interrupts while it ends. The other's is never lost, whether it comes
 * before or after the end: work has thrown, time was up, flag at rest.
 */
@JCStressTest
@Outcome(id = "true, true, true", expect = ACCEPTABLE)
@Outcome(
        id = {"false, true, true", "false, false, true", "false, true, false"},
        expect = ACCEPTABLE,
        desc = "our interrupt came after the work: two are seen as one, or the call ended in time")
@Outcome(expect = FORBIDDEN)
@State
public class AnotherInterruptAfterOurs {

    private final Timed timer = new Timed();
    private volatile Thread caller;

    @Actor
    public void calls(ZZZ_Result result) {
        caller = Thread.currentThread();
        Interruption interruption = Interruption.start(timer, 1);
        InterruptedException thrown = timer.consumeInterrupt();
        result.r1 = thrown != null;
        result.r2 = interruption.end(thrown);
        result.r3 = timer.flagAtRest();
    }

    @Actor
    public void interrupts() {
        Thread thread = caller;
        while (thread == null) {
            Thread.onSpinWait();
            thread = caller;
        }
        timer.timeIsUp();
        timer.awaitConsumed();
        thread.interrupt();
        timer.over();
    }
}
