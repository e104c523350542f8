package io.mesh.loadbalancer;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whose turn it is among some candidates: the schedule of {@link SmoothWeights}, and how far picks are in it. What
 * strategies that go by turns prepare.
 *
 * <ol>
 * <li>Positions outlive the lists, or every change would send the next call to the same endpoint.
 * <li>Each group of candidates has its own. With a common one, calls that alternate between groups of different size
 *     would pass the same endpoint over again and again (Spring Cloud LoadBalancer's issue 1013).
 * <li>So have retries. If they moved that of first attempts, calls that all fail at their first endpoint would begin with
 *     that again and again.
 * </ol>
 */
final class Turns {

    private final SmoothWeights schedule;
    private final AtomicLong position;
    private final AtomicLong positionOfOthers;

    private Turns(SmoothWeights schedule, AtomicLong position, AtomicLong positionOfOthers) {
        this.schedule = schedule;
        this.position = position;
        this.positionOfOthers = positionOfOthers;
    }

    /** The turns of candidates of these weights, after those of the candidates before. */
    static Turns of(int[] weights, Candidates before, long start) {
        if (before.prepared() instanceof Turns known) {
            return new Turns(known.schedule.forWeights(weights), known.position, known.positionOfOthers);
        }
        return new Turns(SmoothWeights.of(weights), new AtomicLong(start), new AtomicLong(start));
    }

    /** What has been prepared for the candidates. */
    static Turns of(Candidates candidates) {
        return (Turns) Objects.requireNonNull(candidates.prepared());
    }

    SmoothWeights schedule() {
        return schedule;
    }

    AtomicLong position() {
        return position;
    }

    AtomicLong positionOfOthers() {
        return positionOfOthers;
    }

    Endpoint next(Candidates candidates) {
        return candidates.size() == 1 ? candidates.get(0) : schedule.inTurn(candidates, position.getAndIncrement());
    }

    int nextIndexOfOthers() {
        return schedule.index(positionOfOthers.getAndIncrement());
    }
}
