package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import io.mesh.model.PickExplanation.Choice;
import io.mesh.time.Ticker;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Whom a pick asks, one after the other: a restricted endpoint that is due for a trial, the strategy, whoever is restricted
 * but may be picked. Reads the clock only if one of them looks at it.
 */
final class PickOrder {

    private static final List<Endpoint> NOBODY = List.of();

    private final Ticker ticker;
    private final RandomGenerator random;
    private final FailurePenalty penalty;
    private final Restricted restricted = new Restricted();

    PickOrder(Ticker ticker, RandomGenerator random, FailurePenalty penalty) {
        this.ticker = ticker;
        this.random = random;
        this.penalty = penalty;
    }

    /** Whether a pick among those who are free looks at the time. */
    boolean needsClock(EndpointList now) {
        return now.isTimed() || penalty.isLive() || !now.slowStart().isOver();
    }

    /**
     * Picks once.
     *
     * @param trace hears how it came about; null if nobody asks
     */
    @Nullable
    Endpoint pick(
            EndpointList now,
            Route route,
            CallOptions options,
            Collection<Endpoint> passedOver,
            @Nullable PickTrace trace) {
        boolean timed = route.restricted().length > 0 || needsClock(now);
        long reading = timed ? ticker.now() : 0; // then nobody looks at it
        Endpoint chosen = restricted.due(route.restricted(), reading, passedOver);
        Choice choice = Choice.TRIAL;
        if (chosen != null) {
            chosen.clearPenalty();
        } else {
            choice = Choice.STRATEGY;
            long at = timed ? penalty.at(reading, now.isTimed()) : Endpoint.UNTIMED;
            chosen = passedOver.isEmpty()
                    ? first(now, route, options, reading, at, trace)
                    : further(now, route, options, at, passedOver, trace);
            if (chosen == null) {
                choice = Choice.LAST_RESORT;
                chosen = restricted.pickable(route.restricted(), reading, passedOver);
            }
        }
        if (trace != null) {
            trace.chosen(chosen, choice);
        }
        return chosen;
    }

    /** The chosen one or, if that is new and does not take this call, one that is not new. Retries go wherever they can. */
    private @Nullable Endpoint first(
            EndpointList now, Route route, CallOptions options, long reading, long at, @Nullable PickTrace trace) {
        Candidates free = route.firstFor(options, random);
        if (free.isEmpty()) {
            return further(now, route, options, at, NOBODY, trace);
        }
        if (trace != null) {
            trace.from(free);
        }
        Endpoint chosen = now.picker().pick(free, options, at);
        SlowStart slowStart = now.slowStart();
        if (slowStart.takes(chosen, free, reading, random)) {
            return chosen;
        }
        Endpoint other = now.picker().pickOther(free, options, at, slowStart.endpoints());
        if (other != null && trace != null) {
            trace.slow(chosen);
        }
        return other == null ? chosen : other;
    }

    private static @Nullable Endpoint further(
            EndpointList now,
            Route route,
            CallOptions options,
            long at,
            Collection<Endpoint> passedOver,
            @Nullable PickTrace trace) {
        for (Pool pool : route.inOrder()) {
            Candidates free = pool.free();
            Endpoint other = free.isEmpty() ? null : now.picker().pickOther(free, options, at, passedOver);
            if (other != null) {
                if (trace != null) {
                    trace.from(free);
                }
                return other;
            }
        }
        return null;
    }
}
