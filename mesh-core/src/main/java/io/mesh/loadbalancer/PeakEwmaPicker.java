package io.mesh.loadbalancer;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Of two different endpoints drawn at random the one that is likely to answer sooner: average latency × (calls in
 * flight + 1) / weight, the latency being that of {@link PeakEwma}.
 *
 * <ul>
 * <li>A new endpoint is drawn like any other and wins, since nothing is known of it; until its first call is answered
 *     it loses against every one that has been measured. So it gets a single call to show what it can do, not a herd
 *     (as in Finagle's {@code PeakEwma}). Picks at the same moment may each be that call.
 * <li>Each call that failed a moment ago adds the average latency, but at least a second: an endpoint that fails fast
 *     would otherwise look like the fastest of all.
 * </ul>
 */
final class PeakEwmaPicker extends TwoChoices {

    private static final double UNMEASURED = 0x1p47; // ns, 39 hours; multiplied by calls it stays exact in a double

    PeakEwmaPicker(RandomGenerator random) {
        super(random);
    }

    @Override
    public boolean measuresLatency() {
        return true;
    }

    @Override
    public @Nullable CallObserver observe(Endpoint endpoint) {
        return new PeakEwma();
    }

    @Override
    boolean isSecondBetter(Candidates candidates, int first, int second, long now) {
        return cost(candidates, second, now) * candidates.weight(first)
                < cost(candidates, first, now) * candidates.weight(second);
    }

    private static double cost(Candidates candidates, int index, long now) {
        Endpoint endpoint = candidates.get(index);
        PeakEwma latency = (PeakEwma) candidates.observer(index);
        double average = latency == null ? 0 : latency.average(now); // never null: observe makes one for each
        int calls = endpoint.inFlight();
        double cost = average == 0 ? UNMEASURED * calls : average * (calls + 1);
        return cost + endpoint.ghosts(now) * Math.max(average, (double) PeakEwma.FAILURE_NANOS);
    }
}
