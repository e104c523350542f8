package io.mesh.circuitbreaker;

import io.mesh.model.CircuitState;
import org.jspecify.annotations.Nullable;

/**
 * One stay of a breaker in one state. A breaker has exactly one current period.
 *
 * <pre>{@code
 *            threshold reached          openTimeout over, next call
 *   CLOSED --------------------> OPEN ------------------------------> HALF_OPEN
 *     ^                            ^                                   |  |
 *     |                            '------- a trial call fails --------'  |
 *     '--------------- successThreshold trial calls succeed -------------'
 *
 *   any state -- forceOpen() --> FORCED_OPEN     any -- disable() --> DISABLED     any -- reset() --> CLOSED
 * }</pre>
 *
 * <ol>
 * <li>Periods change only by a compare-and-set of the breaker's {@code current} from the period that
 *     decided to end, so each period ends once and its event is published once.
 * <li>An outcome is told to the period that admitted the call. If that has ended, only lifetime
 *     totals change.
 * <li>Reconfiguring replaces a period by one of the same state with the same counters, without an event.
 *     Whether an outcome is late is told by the counters, so calls under way still count.
 * <li>A failed trial call keeps its trial place. Freed before the breaker opens, the place could admit a
 *     call that the old period (full) and the new one (open) would both refuse.
 * <li>A place among the ejected of a fleet goes with the period from opening to closing and is given back
 *     once.
 * </ol>
 */
abstract sealed class Period permits Passing, Open, HalfOpen, ForcedOpen {

    final CircuitBreaker breaker;
    final Settings settings;
    final long since;

    /** How many changes of state came before; the number of the event that will end this period. */
    final long sequence;

    /** The place that this opening holds among the ejected; null if it holds none. */
    final @Nullable EjectionPlace place;

    /** The number of this opening, or of the last, from which those forgotten since are not yet taken off. */
    final int openings;

    /** Why this period began, for people. Set once, before anybody else can see the period. */
    private String reason = Reason.NEW;

    /** The first period of a breaker. */
    Period(CircuitBreaker breaker, Settings settings, long since) {
        this.breaker = breaker;
        this.settings = settings;
        this.since = since;
        this.sequence = 0;
        this.place = null;
        this.openings = 0;
    }

    /** The period after another, in another state. */
    Period(Period before, long since, @Nullable EjectionPlace place, int openings) {
        this.breaker = before.breaker;
        this.settings = before.settings;
        this.since = since;
        this.sequence = before.sequence + 1;
        this.place = place;
        this.openings = openings;
    }

    /** A period that goes on with other settings. */
    Period(Period same, Settings settings) {
        this(same, settings, same.openings);
    }

    /** The same, with another number of openings. */
    Period(Period same, Settings settings, int openings) {
        this.breaker = same.breaker;
        this.settings = settings;
        this.since = same.since;
        this.sequence = same.sequence;
        this.place = same.place;
        this.openings = openings;
        this.reason = same.reason();
    }

    /** Tells why this period begins, before it does. */
    final void begins(String why) {
        reason = why;
    }

    final String reason() {
        return reason;
    }

    abstract CircuitState state();

    /** This period with other settings and the same counters. */
    abstract Period with(Settings settings);

    /** Whether this period, perhaps with other settings by now, is the current one. */
    abstract boolean goesOn();

    /** This period has become the current one, or goes on with other settings. */
    void begun() {}

    /** This period is no longer the current one. */
    void ended() {}

    /** A permit for a call that begins now, or null if it is refused. */
    abstract @Nullable Permit tryEnter(long now);

    /** Ends this period if only time was missing. True if it has ended, by whatever thread. */
    boolean endIfDue(long now) {
        return false;
    }

    /** How many openings came shortly before, so that one that follows is longer. */
    int recentOpenings(long now) {
        return openings;
    }

    /** How long only a share of the calls passes. */
    long recoveryNanosLeft(long now) {
        return 0;
    }

    /** Time until a call will be let through: 0 if now, {@code Ticker.FOREVER} if nobody can tell. */
    abstract long nanosUntilPermit(long now);

    /** Whether a trial call is wanted now. */
    boolean isTrialDue(long now) {
        return false;
    }

    /** What is in the window; nothing if there is none. */
    Rates rates(long now) {
        return Rates.NONE;
    }

    int consecutiveFailures() {
        return 0;
    }

    /** Trial calls under way. */
    int trials() {
        return 0;
    }
}
