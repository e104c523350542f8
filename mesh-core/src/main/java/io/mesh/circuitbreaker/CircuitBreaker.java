package io.mesh.circuitbreaker;

import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.event.MeshListener;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.CircuitState;
import io.mesh.model.Mode;
import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.FailureMatcher;
import io.mesh.policy.Policy;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Stops calling what keeps failing, and tries again later.
 *
 * <p>Closed, it lets every call pass; after {@code failureThreshold} failures in a row it opens and rejects
 * every call with {@link CircuitOpenException}; after {@code openTimeout} it lets a few trial calls pass,
 * which close it or open it again. No thread and no timer is behind it: the first call after the open time
 * makes it half-open, and until then {@link #state()} says open.
 *
 * <p>{@link #call} and {@link #callAsync} do all that is needed around a call. Who drives calls itself asks
 * {@link #tryAcquire()} and tells the permit what came of it.
 *
 * <p>With {@link Mode#OBSERVE} it measures, opens, half-opens, closes and tells of it all the same, but every call
 * passes: one that it would have rejected is counted as rejected, and what comes of it changes nothing but lifetime
 * totals.
 *
 * <p>Thread-safe and without locks. A successful call through a closed circuit allocates nothing, reads no
 * clock and writes one striped counter.
 */
public final class CircuitBreaker implements Policy {

    private static final EventQueue SILENT = new EventQueue(List.of());
    private static final long LEAST_RETRY_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final VarHandle CURRENT;

    static {
        try {
            CURRENT = MethodHandles.lookup().findVarHandle(CircuitBreaker.class, "current", Period.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final String name;
    private final Ticker ticker;
    private final EventQueue events;
    private final boolean stackTraces;
    private final CallStatistics statistics = new CallStatistics();
    private final Scheduler scheduler;
    private final RandomGenerator random;
    private final AtomicReference<@Nullable StuckCalls> watch = new AtomicReference<>();
    private volatile Ejections ejections;
    private volatile Period current;

    private CircuitBreaker(Builder builder) {
        this.name = builder.name;
        this.ticker = builder.ticker;
        this.events = builder.listeners.isEmpty() ? SILENT : new EventQueue(builder.listeners);
        this.stackTraces = builder.stackTraces;
        this.scheduler = builder.scheduler;
        this.random = builder.random;
        this.ejections = builder.ejections;
        this.current = new Closed(this, builder.settings(), ticker.now());
        watchCalls();
    }

    /** Begins or ends watching for stuck calls as the settings say. Calls under way go on being watched as they were. */
    private void watchCalls() {
        while (true) {
            StuckCalls before = watch.get();
            Settings settings = current.settings;
            if (before == null ? !settings.watchesCalls() : before.nanos() == settings.stuckNanos()) {
                return;
            }
            StuckCalls after = settings.watchesCalls() ? new StuckCalls(this, scheduler, settings.stuckNanos()) : null;
            if (watch.compareAndSet(before, after)) {
                if (before != null) {
                    before.stop();
                }
                if (after != null) {
                    after.start();
                }
            }
        }
    }

    /**
     * A closed breaker that stands alone.
     *
     * @param name of the breaker, for people
     * @param config its settings
     * @return the breaker
     */
    public static CircuitBreaker of(String name, CircuitBreakerConfig config) {
        return builder(name).config(config).build();
    }

    /**
     * A closed breaker that stands alone and takes its time from a ticker.
     *
     * @param name of the breaker, for people
     * @param config its settings
     * @param ticker the time
     * @return the breaker
     */
    public static CircuitBreaker of(String name, CircuitBreakerConfig config, Ticker ticker) {
        return builder(name).config(config).ticker(ticker).build();
    }

    /**
     * Starts a breaker.
     *
     * @param name of the breaker, for people
     * @return a builder with the default settings
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** {@return the name of this breaker} */
    public String name() {
        return name;
    }

    /** {@return the settings now} */
    public CircuitBreakerConfig config() {
        return current.settings.config();
    }

    /** {@return whether this breaker acts or only observes} */
    public Mode mode() {
        return current.settings.mode();
    }

    /** {@return the state now; open until a call asks, even if the open time is over} */
    public CircuitState state() {
        return current.state();
    }

    /** {@return what this breaker looks like now; looking changes nothing} */
    public BreakerSnapshot snapshot() {
        return snapshot(current, ticker.now());
    }

    private BreakerSnapshot snapshot(Period period, long now) {
        CallStatistics.Totals totals = statistics.totals();
        CircuitState state = period.state();
        return new BreakerSnapshot(
                name,
                period.settings.mode(),
                state,
                Duration.ofNanos(Math.max(0, now - period.since)),
                period.reason(),
                totals.succeeded(),
                totals.failed(),
                totals.ignored(),
                totals.rejected(),
                period.consecutiveFailures(),
                window(period, now),
                period.trials(),
                state == CircuitState.OPEN || state == CircuitState.HALF_OPEN
                        ? Duration.ofNanos(period.nanosUntilPermit(now))
                        : null,
                statistics.lastFailures(now));
    }

    /** {@return how many calls have ended well since the breaker was made; exact at rest, allocates nothing} */
    public long successes() {
        return statistics.successes();
    }

    /**
     * What has been counted, for who compares breakers with each other. Looking changes nothing.
     *
     * @return lifetime totals; exact at rest
     */
    public Tally tally() {
        Period period = current;
        CallStatistics.Totals totals = statistics.totals();
        return new Tally(period.sequence, period instanceof Closed, totals.succeeded(), totals.failed());
    }

    /**
     * Opens a closed circuit on evidence that this breaker does not have: its instance does worse than the others. From
     * then on it is like any other opening: it takes a place among the ejected of its fleet, stays open for the open time,
     * longer if it was open shortly before, and closes by trial calls.
     *
     * @param reason why, for people
     * @return whether it was opened now; not if it is not closed, or its fleet has no place left
     */
    public boolean eject(String reason) {
        while (current instanceof Closed closed) {
            Ejections fleet = ejections;
            if (!fleet.tryTake()) {
                return false;
            }
            EjectionPlace place = new EjectionPlace(fleet);
            if (change(closed, new Open(closed, ticker.now(), place, null), reason)) {
                return true;
            }
            place.giveBack();
        }
        return false;
    }

    /**
     * Whether a call that throws this counts as a success: an answer, such as "not found". Changes nothing.
     *
     * @param failure what a call threw, with or without the wrappers of futures
     * @return true if it is neither a failure nor no evidence at all
     */
    public boolean isAnswer(Throwable failure) {
        return current.settings.classification().of(failure) == Classification.Verdict.SUCCESS;
    }

    /**
     * Why the breaker is in its state, which failures came last, what will change the state and when: sentences for
     * people, each on its line. Asking changes nothing. The wording may change; {@link #snapshot()} is for programs.
     *
     * @return more than one line, without a line break at the end
     */
    public String explain() {
        Period period = current;
        long now = ticker.now();
        long openAgainFor = period.settings.openTimes().nanos(period.recentOpenings(now) + 1);
        long recoversFor = period.recoveryNanosLeft(now);
        return new Explanation(
                        snapshot(period, now),
                        period.settings.config(),
                        Duration.ofNanos(openAgainFor),
                        Duration.ofNanos(recoversFor))
                .text();
    }

    private static BreakerSnapshot.@Nullable Window window(Period period, long now) {
        if (!(period instanceof Passing) || period.settings.window() == null) {
            return null;
        }
        Rates rates = period.rates(now);
        return new BreakerSnapshot.Window(rates.calls(), rates.failed(), rates.slow());
    }

    /**
     * Calls the work, or rejects the call.
     *
     * @throws CircuitOpenException if the circuit is open, or half-open with every trial place taken; then
     *     the work is not begun. Never with {@link Mode#OBSERVE}
     */
    @Override
    public <T extends @Nullable Object, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work)
            throws E {
        Permit permit;
        if (current instanceof Passing passing && passing.plain) {
            permit = passing;
        } else if (current instanceof Passing passing && passing.onlyTimed) {
            return this.<T, E>callTimed(passing, work);
        } else {
            permit = enterOrThrow();
        }
        T result;
        try {
            result = work.get();
        } catch (Throwable failure) {
            permit.failure(failure);
            throw failure;
        }
        permit.result(result);
        return result;
    }

    /** The same with a closed circuit that looks at how long calls take; makes no object for that. */
    private <T extends @Nullable Object, E extends Throwable> T callTimed(
            Passing passing, CheckedSupplier<? extends T, ? extends E> work) throws E {
        long begunAt = now();
        T result;
        try {
            result = work.get();
        } catch (Throwable failure) {
            passing.failure(failure, begunAt);
            throw failure;
        }
        passing.result(result, begunAt);
        return result;
    }

    /**
     * Calls work whose result comes later, or rejects the call: a {@link CircuitOpenException} comes through
     * the future. The outcome is counted before the future completes. If the future is cancelled, or completed
     * by somebody else, the work is cancelled and counts as ignored, and a result that comes all the same is
     * closed if it can be.
     */
    @Override
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        Permit permit;
        try {
            permit = current instanceof Passing passing && passing.plain ? passing : enterOrThrow();
        } catch (CircuitOpenException rejection) {
            return CompletableFuture.failedFuture(rejection);
        }
        CompletionStage<? extends T> stage = CallFuture.start(work);
        CallFuture<T> future = new CallFuture<>(() -> {
            permit.release();
            CallFuture.cancel(stage);
        });
        try {
            stage.whenComplete((value, failure) -> {
                if (failure != null) {
                    fail(future, permit, failure);
                } else if (future.claim()) {
                    permit.result(value);
                    future.end(value);
                } else {
                    CallFuture.discard(value);
                }
            });
        } catch (Throwable broken) { // a stage that cannot be listened to
            fail(future, permit, broken);
        }
        return future;
    }

    private static void fail(CallFuture<?> future, Permit permit, Throwable failure) {
        if (future.claim()) {
            permit.failure(failure);
            future.fail(FailureMatcher.unwrap(failure));
        }
    }

    /**
     * Asks for a permit for a call that begins now. Whoever gets one must report to it, whatever happens.
     *
     * @return the permit, or null if the call is rejected, which is counted; never null with {@link Mode#OBSERVE}
     */
    public @Nullable Permit tryAcquire() {
        return current instanceof Passing passing && passing.plain ? passing : enter(ticker.now());
    }

    private Permit enterOrThrow() {
        long now = ticker.now();
        Permit permit = enter(now);
        if (permit == null) {
            throw rejection(now);
        }
        return permit;
    }

    /**
     * The way in while not every call passes. Whoever finds a period over goes round again and is treated like
     * all others: at the end of the open time many come at once.
     */
    private @Nullable Permit enter(long asked) {
        long now = asked;
        while (true) {
            Period period = current;
            if (period.endIfDue(now)) {
                now = ticker.now(); // listeners may have taken their time
                continue;
            }
            Permit permit = period.tryEnter(now);
            if (permit == null) {
                statistics.rejected();
                return period.settings.observes() ? new WouldBeRejected(period) : null;
            }
            if (period.goesOn()) {
                return permit;
            }
            if (permit instanceof Trial trial) {
                trial.withdraw();
            }
        }
    }

    /**
     * The exception that a call rejected now gets. Counts nothing.
     *
     * @return always a new object. Its {@code retryAfter()} is at least 1 ms, and empty only while forced
     *     open; if the circuit lets calls pass again by now, it says half-open and 1 ms
     */
    public CircuitOpenException rejection() {
        return rejection(ticker.now());
    }

    private CircuitOpenException rejection(long now) {
        Period period = current;
        CircuitState state = period instanceof Passing ? CircuitState.HALF_OPEN : period.state();
        long retryAfter =
                state == CircuitState.FORCED_OPEN ? 0 : Math.max(LEAST_RETRY_AFTER_NANOS, period.nanosUntilPermit(now));
        LastFailures.Entry last = statistics.lastFailure();
        return new CircuitOpenException(
                name,
                state,
                retryAfter,
                last == null ? null : last.type(),
                last == null ? 0 : last.age(now),
                stackTraces);
    }

    /**
     * Whether every call passes: closed, disabled or only observing. One volatile read.
     *
     * @return false while open, half-open or forced open, unless it only observes
     */
    public boolean isFree() {
        Period period = current;
        return period instanceof Passing || period.settings.observes();
    }

    /**
     * Whether a trial call is wanted, so that one should be sent here before anywhere else: the open time is
     * over, or the circuit is half-open, has a free place, and fewer trials are under way than it still
     * needs to close.
     *
     * @param now a reading of this breaker's ticker
     * @return true if a call made now would help to find out whether the circuit may close; false if it only observes
     */
    public boolean isTrialDue(long now) {
        Period period = current;
        return !period.settings.observes() && period.isTrialDue(now);
    }

    /**
     * Whether {@link #tryAcquire()} would give a permit. Changes nothing and takes no place.
     *
     * @param now a reading of this breaker's ticker
     * @return true if a call made now would pass, as far as one can tell while others call
     */
    public boolean wouldPermit(long now) {
        return nanosUntilTrial(now) == 0;
    }

    /**
     * The time until a call will pass.
     *
     * @param now a reading of this breaker's ticker
     * @return in nanoseconds; 0 if a call would pass now, as always if it only observes,
     *     {@link Ticker#FOREVER} while forced open, else at
     *     least 1
     */
    public long nanosUntilTrial(long now) {
        Period period = current;
        return period.settings.observes() ? 0 : period.nanosUntilPermit(now);
    }

    /** Opens the circuit until {@link #reset()} or {@link #disable()}. Results of calls under way come late. */
    public void forceOpen() {
        while (true) {
            Period period = current;
            if (period instanceof ForcedOpen || change(period, new ForcedOpen(period, ticker.now()), Reason.FORCED)) {
                return;
            }
        }
    }

    /**
     * Lets all calls pass, whatever comes of them, until {@link #reset()} or {@link #forceOpen()}. They are
     * still counted. Results of calls under way come late.
     */
    public void disable() {
        while (true) {
            Period period = current;
            if (period instanceof Disabled || change(period, new Disabled(period, ticker.now()), Reason.DISABLED)) {
                return;
            }
        }
    }

    /**
     * Closes the circuit, with no failures in a row. Lifetime totals stay. Results of calls under way come
     * late.
     */
    public void reset() {
        while (true) {
            Period period = current;
            boolean done = period instanceof Closed closed
                    ? replace(closed, closed.restarted())
                    : change(period, Closed.afresh(period, ticker.now()), Reason.RESET);
            if (done) {
                return;
            }
        }
    }

    /**
     * Changes the settings, and leaves the {@link #mode()}. The state and everything counted stay, and calls under way
     * still count; a change
     * of state comes with the next outcome or call at the earliest. The open time is measured anew from when
     * the circuit opened. A circuit that is half-open keeps the number of its trial places until it opens the
     * next time.
     *
     * @param config the new settings
     */
    public void reconfigure(CircuitBreakerConfig config) {
        while (true) {
            Period period = current;
            if (reconfigured(period, Settings.of(config, period.settings.mode(), ticker))) {
                return;
            }
        }
    }

    /**
     * Changes the settings as {@link #reconfigure(CircuitBreakerConfig)} does, and whether the breaker acts on what it
     * decides. That holds at once, with the state that it is in: a circuit that has opened while it only observed
     * rejects the next call.
     *
     * @param config the new settings
     * @param mode the new mode
     */
    public void reconfigure(CircuitBreakerConfig config, Mode mode) {
        reconfigure(Settings.of(config, mode, ticker));
    }

    /**
     * Changes settings and mode to those that another breaker has now, as {@link #reconfigure(CircuitBreakerConfig, Mode)}
     * does; both share the memory for what follows from them.
     *
     * @param other has the same ticker
     */
    public void reconfigureLike(CircuitBreaker other) {
        reconfigure(other.current.settings);
    }

    private void reconfigure(Settings settings) {
        while (true) {
            if (reconfigured(current, settings)) {
                return;
            }
        }
    }

    /** False if another thread has changed something meanwhile. */
    private boolean reconfigured(Period period, Settings settings) {
        Period changed = period.with(settings);
        if (!replace(period, changed)) {
            return false;
        }
        changed.begun();
        watchCalls();
        if (period.settings.mode() != settings.mode()) {
            ejections.changed();
        }
        return true;
    }

    /**
     * Takes this breaker out of its fleet: a place among the ejected that it holds is given back, once, and
     * from now on it asks its {@link Ejections} for nothing and tells them nothing. Calls under way may go on
     * and still count; the breaker works on like one that stands alone. Twice is once.
     */
    public void retire() {
        ejections = StandAlone.INSTANCE; // first: a place taken before is seen below or, later, by change()
        EjectionPlace place = current.place;
        if (place != null) {
            place.giveBack();
        }
        StuckCalls watching = watch.getAndSet(null);
        if (watching != null) {
            watching.stop();
        }
    }

    /** {@return how many changes of state no listener heard of, because one blocked for too long} */
    public long lostEvents() {
        return events.lost();
    }

    Period current() {
        return current;
    }

    CallStatistics statistics() {
        return statistics;
    }

    Ejections ejections() {
        return ejections;
    }

    long now() {
        return ticker.now();
    }

    /**
     * Ends a period, unless another thread has, and does all that belongs to a change of state.
     *
     * @return false if another thread has ended it, or it was reconfigured
     */
    boolean change(Period from, Period to, String reason) {
        to.begins(reason);
        if (!replace(from, to)) {
            return false;
        }
        from.ended();
        to.begun();
        Ejections fleet = ejections;
        if (from.place != null && from.place != to.place) {
            from.place.giveBack();
        }
        if (to.place != null && !to.place.isOf(fleet)) {
            to.place.giveBack(); // retired meanwhile
        }
        fleet.changed();
        if (!events.isSilent()) {
            String told = to.settings.observes() ? Reason.onlyObserved(reason) : reason;
            events.publish(from.sequence, new MeshEvent.StateChanged(name, from.state(), to.state(), told));
        }
        return true;
    }

    /** Watches for stuck calls; null if that is not wanted. */
    @Nullable
    StuckCalls watch() {
        return watch.get();
    }

    Scheduler scheduler() {
        return scheduler;
    }

    RandomGenerator random() {
        return random;
    }

    /** Puts another object in the place of a period that goes on; no event. */
    boolean replace(Period from, Period to) {
        return CURRENT.compareAndSet(this, from, to);
    }

    @Override
    public String toString() {
        return "CircuitBreaker[" + name + ", " + state() + "]";
    }

    /** Collects what a breaker is made of; not thread-safe. */
    public static final class Builder {

        private final String name;
        private CircuitBreakerConfig config = CircuitBreakerConfig.defaults();
        private Mode mode = Mode.ACT;
        private @Nullable CircuitBreaker like;
        private Ticker ticker = Ticker.system();
        private Ejections ejections = StandAlone.INSTANCE;
        private Scheduler scheduler = Scheduler.system();
        private RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
        private boolean stackTraces;
        private final List<MeshListener> listeners = new ArrayList<>();

        private Builder(String name) {
            this.name = Objects.requireNonNull(name, "name");
        }

        /**
         * Sets the settings.
         *
         * @param settings replace those set before; {@link CircuitBreakerConfig#defaults()} if not set
         * @return this builder
         */
        public Builder config(CircuitBreakerConfig settings) {
            this.config = settings;
            return this;
        }

        /**
         * Sets whether the breaker acts on what it decides.
         *
         * @param actOrObserve {@link Mode#ACT} if not set
         * @return this builder
         */
        public Builder mode(Mode actOrObserve) {
            this.mode = actOrObserve;
            return this;
        }

        /**
         * Sets that the breaker begins with the settings and the mode of another, whatever else is set of them; both
         * share the memory for what follows from them.
         *
         * @param other has the same ticker
         * @return this builder
         */
        public Builder like(CircuitBreaker other) {
            this.like = other;
            return this;
        }

        private Settings settings() {
            return like == null ? Settings.of(config, mode, ticker) : like.current.settings;
        }

        /**
         * Sets where the time comes from.
         *
         * @param time a ticker; the system's if not set
         * @return this builder
         */
        public Builder ticker(Ticker time) {
            this.ticker = time;
            return this;
        }

        /**
         * Adds somebody who hears of every change of state.
         *
         * @param listener hears the events in order
         * @return this builder
         */
        public Builder listener(MeshListener listener) {
            this.listeners.add(listener);
            return this;
        }

        /**
         * Adds some who hear of every change of state.
         *
         * @param more hear the events in order, in the order of the collection
         * @return this builder
         */
        public Builder listeners(Collection<? extends MeshListener> more) {
            this.listeners.addAll(more);
            return this;
        }

        /**
         * Sets the fleet that has a say in whether the circuit may open.
         *
         * @param fleet asked before opening; if not set, the breaker stands alone and always may
         * @return this builder
         */
        public Builder ejections(Ejections fleet) {
            this.ejections = fleet;
            return this;
        }

        /**
         * Sets the timer behind {@code eagerHalfOpen} and {@code stuckCallTimeout}. Asked for nothing without them.
         *
         * @param timer default {@link Scheduler#system()}
         * @return this builder
         */
        public Builder scheduler(Scheduler timer) {
            this.scheduler = timer;
            return this;
        }

        /**
         * Sets where {@code openTimeoutJitter} takes its chance from.
         *
         * @param source thread-safe; default {@code ThreadLocalRandom}
         * @return this builder
         */
        public Builder random(RandomGenerator source) {
            this.random = source;
            return this;
        }

        /**
         * Sets whether rejections walk the stack.
         *
         * @param wanted true for stack traces, at many times the cost of a rejection; default false
         * @return this builder
         */
        public Builder stackTraces(boolean wanted) {
            this.stackTraces = wanted;
            return this;
        }

        /**
         * Makes the breaker.
         *
         * @return a closed breaker
         */
        public CircuitBreaker build() {
            return new CircuitBreaker(this);
        }
    }
}
