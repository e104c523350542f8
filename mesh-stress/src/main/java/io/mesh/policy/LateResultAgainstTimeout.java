package io.mesh.policy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A stage that cannot be cancelled ends just when its time is up. Its result reaches the caller or is closed, once. */
@JCStressTest
@Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "ended first")
@Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "time was up first")
@Outcome(expect = FORBIDDEN)
@State
public class LateResultAgainstTimeout {

    private final Timed timer = new Timed();
    private final AtomicInteger closed = new AtomicInteger();
    private final CompletableFuture<AutoCloseable> stage = new CompletableFuture<>();
    private final CompletableFuture<AutoCloseable> call =
            Timeout.builder("raced").scheduler(timer).build().callAsync(stage::minimalCompletionStage);

    @Actor
    public void completes() {
        stage.complete(closed::incrementAndGet);
    }

    @Actor
    public void timeIsUp() {
        timer.timeIsUp();
    }

    @Arbiter
    public void atRest(ZI_Result result) {
        result.r1 = call.isCompletedExceptionally();
        result.r2 = closed.get();
    }
}
