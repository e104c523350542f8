package io.mesh.policy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * Time is up just when the work ends. No interrupt of ours is there when the call returns, and none comes after: time was
 * up, flag at the end, flag at rest.
 */
@JCStressTest
@Outcome(id = "false, false, false", expect = ACCEPTABLE, desc = "ended first")
@Outcome(id = "true, false, false", expect = ACCEPTABLE, desc = "time was up first")
@Outcome(expect = FORBIDDEN)
@State
public class EndOfWorkAgainstTimeout {

    private final Timed timer = new Timed();

    @Actor
    public void calls(ZZZ_Result result) {
        Interruption interruption = Interruption.start(timer, 1);
        result.r1 = interruption.end(null);
        result.r2 = Thread.interrupted();
        result.r3 = timer.flagAtRest();
    }

    @Actor
    public void timeIsUp() {
        timer.timeIsUp();
        timer.over();
    }
}
