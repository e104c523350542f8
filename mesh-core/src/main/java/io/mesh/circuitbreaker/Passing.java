package io.mesh.circuitbreaker;

import io.mesh.policy.FailureMatcher;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A period in which every call passes. It is itself the permit of these calls, so a call allocates nothing,
 * and a success writes nothing but one striped counter: the failures in a row are reset only if there are any.
 */
abstract sealed class Passing extends Period implements Permit permits Closed, Disabled {

    private static final long NOT_TIMED = 0;

    /** Failures in a row. Shared by the periods that follow each other by reconfiguring. */
    final AtomicInteger failures;

    /** What decides instead of the failures in a row; null if they do. */
    final @Nullable FailureWindow window;

    /** Whether the window is one of time. */
    private final boolean readsClock;

    /** Not null for some time after the circuit was half-open: then only a share of the calls passes. */
    final @Nullable Recovery recovery;

    /** Whether this is a permit for every call, and nothing is to be asked before. */
    final boolean plain;

    /** The same, but that calls are timed. */
    final boolean onlyTimed;

    /** The first period of a breaker. */
    Passing(CircuitBreaker breaker, Settings settings, long since) {
        super(breaker, settings, since);
        this.failures = new AtomicInteger();
        this.window = newWindow(since);
        this.readsClock = window != null && window.readsClock();
        this.recovery = null;
        this.plain = settings.isPlain();
        this.onlyTimed = settings.isOnlyTimed();
    }

    /** A stay that begins, with nothing counted. */
    Passing(Period before, long since, int openings, @Nullable Recovery recovery) {
        super(before, since, null, openings);
        this.failures = new AtomicInteger();
        this.window = newWindow(since);
        this.readsClock = window != null && window.readsClock();
        this.recovery = recovery;
        this.plain = recovery == null && settings.isPlain();
        this.onlyTimed = recovery == null && settings.isOnlyTimed();
    }

    /** The same stay, after an event. */
    Passing(Passing before, long since) {
        super(before, since, null, before.openings);
        this.failures = before.failures;
        this.window = before.window;
        this.readsClock = window != null && window.readsClock();
        this.recovery = before.recovery;
        this.plain = before.plain;
        this.onlyTimed = before.onlyTimed;
    }

    /** The same stay with other settings, or another recovery. */
    Passing(Passing same, Settings settings, @Nullable Recovery recovery) {
        super(same, settings);
        this.failures = same.failures;
        this.window = same.windowWith(settings.window());
        this.readsClock = window != null && window.readsClock();
        this.recovery = recovery;
        this.plain = recovery == null && settings.isPlain();
        this.onlyTimed = recovery == null && settings.isOnlyTimed();
    }

    /** The same state, counted anew: calls under way are late from now on. */
    Passing(Passing same) {
        super(same, same.settings, 0);
        this.failures = new AtomicInteger();
        this.window = newWindow(breaker.now());
        this.readsClock = window != null && window.readsClock();
        this.recovery = null;
        this.plain = settings.isPlain();
        this.onlyTimed = settings.isOnlyTimed();
    }

    private @Nullable FailureWindow windowWith(@Nullable WindowRules rules) {
        if (rules == null) {
            return null;
        }
        if (window == null) {
            return rules.newWindow(breaker.statistics(), breaker.now());
        }
        return rules.equals(settings.window()) ? window : window.with(rules, breaker.statistics(), breaker.now());
    }

    private @Nullable FailureWindow newWindow(long now) {
        WindowRules rules = settings.window();
        return rules == null ? null : rules.newWindow(breaker.statistics(), now);
    }

    /** What was counted may be enough to open. */
    abstract void counted(Evidence evidence, long now);

    /** This period as it goes on after reconfiguring, or null if it has ended. */
    final @Nullable Passing live() {
        return breaker.current() instanceof Passing current && current.failures == failures ? current : null;
    }

    /** The permit is this period itself, unless the call is timed or watched. */
    @Override
    final @Nullable Permit tryEnter(long now) {
        if (recovery != null && !recovery.admits(now)) {
            return null;
        }
        Permit permit = settings.timesCalls() ? new TimedPermit(this, now) : this;
        StuckCalls watch = breaker.watch();
        return watch == null ? permit : new WatchedPermit(permit, watch.begin());
    }

    @Override
    final boolean goesOn() {
        return live() != null;
    }

    @Override
    final long nanosUntilPermit(long now) {
        return 0;
    }

    @Override
    final int consecutiveFailures() {
        return failures.get();
    }

    @Override
    final Rates rates(long now) {
        return window == null ? Rates.NONE : window.rates(now);
    }

    @Override
    public final void success() {
        succeed(NOT_TIMED);
    }

    @Override
    public final boolean result(@Nullable Object result) {
        return result(result, NOT_TIMED);
    }

    @Override
    public final boolean failure(Throwable failure) {
        return failure(failure, NOT_TIMED);
    }

    @Override
    public final void release() {
        breaker.statistics().ignored();
    }

    /** As {@link #result(Object)}, of a call that began then, if this period times its calls. */
    final boolean result(@Nullable Object result, long begunAt) {
        if (result != null && settings.classification().isFailure(result)) {
            fail(result, begunAt);
            return true;
        }
        succeed(begunAt);
        return false;
    }

    /** As {@link #failure(Throwable)}, of a call that began then, if this period times its calls. */
    final boolean failure(Throwable failure, long begunAt) {
        Classification.Verdict verdict = settings.classification().of(failure);
        switch (verdict) {
            case SUCCESS -> succeed(begunAt);
            case FAILURE -> fail(FailureMatcher.unwrap(failure), begunAt);
            case IGNORED -> release();
        }
        return verdict == Classification.Verdict.FAILURE;
    }

    /** As {@link #success()}, of a call that began then, if this period times its calls. */
    final void succeed(long begunAt) {
        if (window == null) {
            breaker.statistics().succeeded();
            if (failures.get() != 0) {
                failures.set(0);
            }
        } else {
            succeedInWindow(begunAt);
        }
    }

    /** A call that is under way has hung for too long. */
    final void stuck() {
        fail(StuckCall.STUCK, breaker.now());
    }

    private void succeedInWindow(long begunAt) {
        Passing live = live();
        if (live == null) {
            breaker.statistics().succeededLate();
            return;
        }
        breaker.statistics().succeeded();
        if (failures.get() != 0) {
            failures.set(0);
        }
        FailureWindow current = live.window;
        if (current == null) {
            return;
        }
        boolean timed = settings.timesCalls();
        long now = timed || live.readsClock ? breaker.now() : 0;
        Rates rates = current.ended(false, timed && live.settings.isSlow(now - begunAt), now);
        if (rates != null) {
            counted(new Evidence(failures.get(), rates, null), breaker.now());
        }
    }

    private void fail(Object what, long begunAt) {
        long now = breaker.now();
        Passing live = live();
        if (live == null) {
            breaker.statistics().failedLate(what, now);
            return;
        }
        breaker.statistics().failed(what, now);
        int inARow = failures.updateAndGet(n -> n == Integer.MAX_VALUE ? n : n + 1);
        FailureWindow current = live.window;
        boolean slow = settings.timesCalls() && live.settings.isSlow(now - begunAt);
        Rates rates = current == null ? Rates.NONE : current.ended(true, slow, now);
        if (rates != null) {
            counted(new Evidence(inARow, rates, what), now);
        }
    }
}
