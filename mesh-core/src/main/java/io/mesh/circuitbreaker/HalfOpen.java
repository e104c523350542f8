package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;
import org.jspecify.annotations.Nullable;

/**
 * A few trial calls pass; {@code successThreshold} successes close the circuit, one failure opens it again.
 *
 * <p>No history can keep it here for ever: a trial that does not report loses its place after
 * {@code trialTimeout}, and if all that came in an {@code openTimeout} were calls that are no evidence, at least
 * {@code successThreshold} of them, the next call finds the circuit closed.
 *
 * <p>An opening that got no place among the ejected of its fleet closes at its first success.
 */
final class HalfOpen extends Period {

    /** Shared by the periods that follow each other by reconfiguring. */
    private final TrialPlaces places;

    HalfOpen(Open before, long since) {
        super(before, since, before.place, before.openings);
        this.places = new TrialPlaces(settings.config().halfOpenMaxCalls());
    }

    private HalfOpen(HalfOpen same, Settings settings) {
        super(same, settings);
        this.places = same.places;
    }

    @Override
    CircuitState state() {
        return CircuitState.HALF_OPEN;
    }

    @Override
    HalfOpen with(Settings settings) {
        return new HalfOpen(this, settings);
    }

    @Override
    boolean goesOn() {
        return live() != null;
    }

    /** This period as it goes on after reconfiguring, or null if it has ended. */
    private @Nullable HalfOpen live() {
        return breaker.current() instanceof HalfOpen current && current.places == places ? current : null;
    }

    @Override
    @Nullable
    Permit tryEnter(long now) {
        return places.tryTake(this, now, patienceNanos());
    }

    @Override
    boolean endIfDue(long now) {
        if (!closesWithoutEvidence(now)) {
            return false;
        }
        breaker.change(this, Closed.after(this, now), Reason.trialsIgnored(places.ignored()));
        return true;
    }

    private boolean closesWithoutEvidence(long now) {
        return places.ignored() >= successThreshold() && now - since >= settings.openNanos();
    }

    @Override
    long nanosUntilPermit(long now) {
        if (closesWithoutEvidence(now)) {
            return 0;
        }
        long untilFree = places.nanosUntilFree(now, patienceNanos());
        return places.ignored() >= successThreshold()
                ? Math.min(untilFree, settings.openNanos() - (now - since))
                : untilFree;
    }

    /** Only as many trials are wanted as are still needed to close; more may pass if they come. */
    @Override
    boolean isTrialDue(long now) {
        if (closesWithoutEvidence(now)) {
            return true;
        }
        int needed = Math.max(1, successThreshold() - places.succeeded());
        return places.nanosUntilFree(now, patienceNanos()) == 0 && places.underWay(now, patienceNanos()) < needed;
    }

    @Override
    int trials() {
        return places.taken();
    }

    /** A trial ended well. Counted before its place is free, so that no more trials seem to be needed than are. */
    void succeeded(Trial trial) {
        int successes = places.addSuccess();
        places.leave(trial);
        HalfOpen live = live();
        while (live != null && successes >= live.successThreshold()) {
            if (breaker.change(live, Closed.after(live, breaker.now()), Reason.trialsSucceeded(successes))) {
                return;
            }
            live = live();
        }
    }

    /** A trial failed; it keeps its place. */
    void failed(@Nullable Object what, long now, String reason) {
        HalfOpen live = live();
        while (live != null && !breaker.change(live, new Open(live, now, live.place, what), reason)) {
            live = live();
        }
    }

    /** A trial came back without evidence. */
    void ignored(Trial trial) {
        places.addIgnored();
        places.leave(trial);
    }

    /** A trial was not made after all, or its caller did not wait for it. */
    void released(Trial trial) {
        places.leave(trial);
    }

    private int successThreshold() {
        return place == null ? 1 : settings.config().successThreshold();
    }

    private long patienceNanos() {
        return settings.trialNanos();
    }
}
