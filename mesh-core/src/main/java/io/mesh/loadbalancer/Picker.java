package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A strategy: chooses one of the endpoints that may be picked. The built-in ones are those of
 * {@link io.mesh.model.LoadBalancerStrategy}; your own is given to {@link LoadBalancer.Builder#pickers}, or by name to
 * a mesh ({@link io.mesh.model.LoadBalancerConfig#customStrategy()}).
 *
 * <pre>{@code
 * class First implements Picker {
 *     public Endpoint pick(Candidates candidates, CallOptions options, long now) {
 *         return candidates.get(0);
 *     }
 * }
 * }</pre>
 *
 * <p>One picker serves one balancer and outlives its lists, so positions survive their changes. Which endpoints may be
 * picked at all is decided before it is asked: drained, unhealthy and ejected ones are not among the candidates.
 *
 * <p>Must be thread-safe, and should take no lock and allocate nothing in {@link #pick}. What it throws comes out of the
 * call.
 */
public interface Picker {

    /**
     * Chooses an endpoint for the first attempt of a call.
     *
     * @param candidates at least one, each of a weight of at least 1
     * @param options of the call, such as its {@linkplain CallOptions#hashKey hash key}; the defaults if nothing is known
     * @param now the time in nanoseconds from some origin, for {@link Endpoint#load} and to be compared with that of
     *     {@link CallObserver#ended}; {@link Endpoint#UNTIMED} if the clock was not read, which never happens if this
     *     {@linkplain #measuresLatency measures latency}
     * @return one of the candidates
     */
    Endpoint pick(Candidates candidates, CallOptions options, long now);

    /**
     * Chooses an endpoint for a further attempt, or after a pick that was refused. The default picks a few times and
     * then takes any of the others.
     *
     * @param candidates as in {@link #pick}
     * @param options as in {@link #pick}
     * @param now as in {@link #pick}
     * @param passedOver must not be chosen
     * @return one of the other candidates, or null if there is none
     */
    default @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        return candidates.firstOther(() -> candidates.indexOf(pick(candidates, options, now)), passedOver);
    }

    /** {@return whether picks and observers need the time, so that clocks are read for them; default false} */
    default boolean measuresLatency() {
        return false;
    }

    /**
     * Whether a failed call is to count in {@link Endpoint#load} as one more in flight for a while. Without that, an
     * instance that fails fast looks idle. Strategies that do not look at the load should say no.
     *
     * @return default true
     */
    default boolean countsFailures() {
        return true;
    }

    /**
     * Makes what this strategy keeps of an endpoint. Asked once for each, when its id is new or the strategy begins; may
     * be asked for an endpoint that is never used, so it must be free of side effects.
     *
     * @param endpoint to be observed
     * @return hears of the endpoint's calls; null, the default: nothing is kept
     */
    default @Nullable CallObserver observe(Endpoint endpoint) {
        return null;
    }

    /**
     * Computes once for a list what picks from it need, such as a table. Picks go on with the list before until this
     * returns, so it may take some milliseconds; it runs on the thread that has changed the list. If it throws, picks
     * keep the list before, and what was thrown comes out of the change.
     *
     * @param candidates at least one
     * @param before the candidates before this change; empty if there were none, or the strategy was another one
     * @return given to the picks by {@link Candidates#prepared}; null, the default: nothing
     */
    default @Nullable Object prepare(Candidates candidates, Candidates before) {
        return null;
    }
}
