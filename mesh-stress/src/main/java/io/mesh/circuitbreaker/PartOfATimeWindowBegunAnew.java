package io.mesh.circuitbreaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.mesh.time.RecentCount;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Two calls begin a part anew that holds old counts: both are in it, of the old ones none. */
@JCStressTest
@Outcome(id = "2, 0", expect = ACCEPTABLE)
@Outcome(expect = FORBIDDEN)
@State
public class PartOfATimeWindowBegunAnew {

    private static final long OLD = 3;
    private static final long NEW = OLD + RecentCount.BUCKETS;

    private final RecentCount counts = new RecentCount(RecentCount.BUCKETS, 0);

    public PartOfATimeWindowBegunAnew() {
        counts.add(OLD, 7);
    }

    @Actor
    public void one() {
        counts.add(NEW);
    }

    @Actor
    public void other() {
        counts.add(NEW);
    }

    @Arbiter
    public void atRest(JJ_Result result) {
        result.r1 = counts.inTenthOf(NEW);
        result.r2 = counts.inTenthOf(OLD);
    }
}
