package io.mesh.policy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.model.CallTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LZI_Result;

/**
 * A stage ends just when its time is up. The caller gets one of the two, and a result that the caller does not get is
 * closed once, or was refused by the cancelled stage: outcome, result taken by the stage, times closed.
 */
@JCStressTest
@Outcome(id = "result, true, 0", expect = ACCEPTABLE, desc = "ended first")
@Outcome(id = "timeout, true, 1", expect = ACCEPTABLE, desc = "time was up first, the result came too late")
@Outcome(id = "timeout, false, 0", expect = ACCEPTABLE, desc = "time was up first, the stage was cancelled")
@Outcome(expect = FORBIDDEN)
@State
public class CompletionAgainstTimeout {

    private final Timed timer = new Timed();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicInteger outcomes = new AtomicInteger();
    private final CompletableFuture<AutoCloseable> stage = new CompletableFuture<>();
    private final CompletableFuture<AutoCloseable> call =
            Timeout.builder("raced").scheduler(timer).build().callAsync(() -> stage);

    public CompletionAgainstTimeout() {
        call.whenComplete((result, failure) -> outcomes.incrementAndGet());
    }

    @Actor
    public void completes(LZI_Result result) {
        result.r2 = stage.complete(closed::incrementAndGet);
    }

    @Actor
    public void timeIsUp() {
        timer.timeIsUp();
    }

    @Arbiter
    public void atRest(LZI_Result result) {
        result.r1 = outcomes.get() == 1
                ? call.handle(CompletionAgainstTimeout::outcome).getNow("none")
                : "none or two";
        result.r3 = closed.get();
    }

    private static String outcome(AutoCloseable result, Throwable failure) {
        if (failure == null) {
            return "result";
        }
        return failure instanceof CallTimeoutException ? "timeout" : "failure";
    }
}
