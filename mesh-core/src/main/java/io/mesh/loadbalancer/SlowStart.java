package io.mesh.loadbalancer;

import io.mesh.model.SlowStartConfig;
import io.mesh.time.Ticker;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoints of one list are new, and so take only a part of the calls that they are given.
 *
 * <ol>
 * <li>New is who may be picked in this list, and could not be in the one before, because it was not there, drained or
 *     unhealthy. What comes to an empty list is not new: there is nobody who could take its calls.
 * <li>When each came is kept from list to list by endpoint, so that others that come do not begin it anew (Envoy's issue
 *     29008), and rounded to no weight, so that a light one has its part, too (Armeria's 6014).
 * <li>Of those among whom a call is given, who is not new takes at most as much again as its own share, however many are new: at the end of a rolling
 *     deployment the last of the old would otherwise take nearly all calls.
 * <li>A pick finds out that nobody is new any more, without a timer.
 * </ol>
 */
final class SlowStart {

    /** Nobody is new. */
    static final SlowStart OVER = new SlowStart(null, Map.of(), 0);

    private static final double ALL = 100;

    private final @Nullable SlowStartConfig config;
    private final Map<Endpoint, Long> since;
    private final long newest;
    private volatile boolean over;

    private SlowStart(@Nullable SlowStartConfig config, Map<Endpoint, Long> since, long newest) {
        this.config = config;
        this.since = Map.copyOf(since);
        this.newest = newest;
        this.over = since.isEmpty();
    }

    /**
     * Who is new in the list that follows.
     *
     * @param settings null: nobody
     * @param before who could be picked in this list
     * @param after who can be picked in the next
     */
    SlowStart next(@Nullable SlowStartConfig settings, Set<Endpoint> before, Set<Endpoint> after, Ticker ticker) {
        if (settings == null || before.isEmpty()) {
            return OVER;
        }
        long now = ticker.now();
        long window = Ticker.nanos(settings.window());
        Map<Endpoint, Long> next = new HashMap<>();
        long latest = now - window;
        for (Endpoint endpoint : after) {
            Long came = before.contains(endpoint) ? since.get(endpoint) : Long.valueOf(now);
            if (came != null && now - came < window) {
                next.put(endpoint, came);
                latest = came - latest > 0 ? came : latest;
            }
        }
        return next.isEmpty() ? OVER : new SlowStart(settings, next, latest);
    }

    /** Whether nobody is known to be new, so that picks need not ask for the time. */
    boolean isOver() {
        return over;
    }

    /** Those who are new, or were when the list was made. */
    Set<Endpoint> endpoints() {
        return since.keySet();
    }

    /** Whether an endpoint that was chosen of some candidates takes the call at that time. */
    boolean takes(Endpoint endpoint, Candidates candidates, long now, RandomGenerator random) {
        if (over || config == null) {
            return true;
        }
        double window = Ticker.nanos(config.window());
        if (now - newest >= window) {
            over = true;
            return true;
        }
        Long came = since.get(endpoint);
        return came == null
                || random.nextDouble()
                        >= (1 - share((now - came) / window, config)) * candidates.othersForEachOf(since.keySet());
    }

    private static double share(double elapsed, SlowStartConfig config) {
        double grown = Math.pow(Math.max(0, elapsed), 1 / config.aggression());
        return Math.max(config.minPercent() / ALL, grown);
    }
}
