package io.mesh.loadbalancer;

import io.mesh.model.PickExplanation;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The last picks of a balancer, for whoever asks how they came about.
 *
 * <ol>
 * <li>It begins with the first question and ends a minute after the last. Before, lists have none, and no pick looks for
 *     one.
 * <li>A pick leaves only what it has looked at; what follows from that is worked out for a question.
 * <li>The newest pick takes the place of the oldest; of two at the same moment one may be lost.
 * </ol>
 */
final class PickLog {

    private static final int PICKS = 64;
    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Ticker ticker;
    private final AtomicReferenceArray<@Nullable PickTrace> picks = new AtomicReferenceArray<>(PICKS);
    private final AtomicLong next = new AtomicLong();
    private volatile long asked;

    PickLog(Ticker ticker) {
        this.ticker = ticker;
        this.asked = ticker.now();
    }

    /** Whether nobody has asked for a minute. */
    boolean isOver(long now) {
        return now - asked >= KEPT_NANOS;
    }

    void add(PickTrace pick) {
        picks.set((int) (next.getAndIncrement() % PICKS), pick);
    }

    /** How the last picks came about, the newest first. */
    List<PickExplanation> explain() {
        long now = ticker.now();
        asked = now;
        List<PickExplanation> explained = new ArrayList<>();
        long end = next.get();
        for (long i = end - 1; i >= Math.max(0, end - PICKS); i--) {
            PickTrace pick = picks.get((int) (i % PICKS));
            if (pick != null) {
                explained.add(pick.explain(Duration.ofNanos(Math.max(0, now - pick.at()))));
            }
        }
        return List.copyOf(explained);
    }
}
