package io.mesh.retry;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/**
 * A call is cancelled just when its wait is over. Its end is told once, with the attempts that were made, and it has paid
 * for these: began, ends told, attempts told, retries spent.
 */
@JCStressTest
@Outcome(id = "true, 1, 2, 1", expect = ACCEPTABLE, desc = "the attempt began first")
@Outcome(id = "false, 1, 1, 0", expect = ACCEPTABLE, desc = "cancelled first")
@Outcome(expect = FORBIDDEN)
@State
public class NextAttemptAgainstCancel {

    private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();
    private final RetryPolicy retry = RetryPolicy.builder("raced")
            .config(RetryConfig.builder().budget(RetryBudgetConfig.defaults()).build())
            .ticker(() -> 0)
            .listener(events::add)
            .build();
    private final IllegalStateException failure = new IllegalStateException("no");
    private final Attempts attempts = retry.attempts();

    public NextAttemptAgainstCancel() {
        attempts.delayAfter(failure);
        events.clear();
    }

    @Actor
    public void begins(LLLL_Result result) {
        result.r1 = attempts.mayBegin(failure);
    }

    @Actor
    public void cancels() {
        attempts.abandoned();
    }

    @Arbiter
    public void atRest(LLLL_Result result) {
        result.r2 = events.size();
        for (MeshEvent event : events) {
            if (event instanceof RetriesEnded ended) {
                result.r3 = ended.attempts();
            }
        }
        result.r4 = retry.budget().snapshot().retries();
    }
}
