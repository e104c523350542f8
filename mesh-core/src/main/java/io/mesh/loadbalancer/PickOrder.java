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
        long at = timed ? penalty.at(reading, now.isTimed()) : Endpoint.UNTIMED;
        Endpoint chosen = passedOver.isEmpty() ? first(now, route, options, reading, at, trace) : null;
        if (chosen == null) {
            chosen = further(now, route, options, reading, at, passedOver, trace);
        }
        if (chosen == null) {
            chosen = restricted.pickable(route.restricted(), reading, passedOver);
            if (trace != null) {
                trace.chosen(chosen, Choice.LAST_RESORT);
            }
        }
        return chosen;
    }

    private @Nullable Endpoint first(
            EndpointList now, Route route, CallOptions options, long reading, long at, @Nullable PickTrace trace) {
        int pool = route.draw(options, random);
        Endpoint trial = trial(route.trials(pool), reading, NOBODY, trace);
        if (trial != null) {
            return trial;
        }
        Candidates free = route.firstFor(pool, options, random);
        if (free.isEmpty()) {
            return null;
        }
        Endpoint chosen = ofFirst(now, free, options, reading, at, trace);
        if (trace != null) {
            trace.chosen(chosen, free);
        }
        return chosen;
    }

    private @Nullable Endpoint trial(
            Endpoint[] ofThese, long reading, Collection<Endpoint> passedOver, @Nullable PickTrace trace) {
        Endpoint due = restricted.due(ofThese, reading, passedOver);
        if (due != null) {
            due.clearPenalty();
            if (trace != null) {
                trace.chosen(due, Choice.TRIAL);
            }
        }
        return due;
    }

    /** The chosen one or, if that is new and does not take this call, one that is not new. Retries go wherever they can. */
    private Endpoint ofFirst(
            EndpointList now, Candidates free, CallOptions options, long reading, long at, @Nullable PickTrace trace) {
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

    private @Nullable Endpoint further(
            EndpointList now,
            Route route,
            CallOptions options,
            long reading,
            long at,
            Collection<Endpoint> passedOver,
            @Nullable PickTrace trace) {
        for (Pool pool : route.inOrder()) {
            Endpoint trial = trial(pool.restricted(), reading, passedOver, trace);
            if (trial != null) {
                return trial;
            }
            Candidates free = pool.free();
            Endpoint other = free.isEmpty() ? null : now.picker().pickOther(free, options, at, passedOver);
            if (other != null) {
                if (trace != null) {
                    trace.chosen(other, free);
                }
                return other;
            }
        }
        return null;
    }
}
