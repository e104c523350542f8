package io.mesh.limit;

import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.event.MeshListener;
import io.mesh.model.AdaptiveLimitConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitException;
import io.mesh.model.ConcurrencyLimitSnapshot;
import io.mesh.model.Mode;
import io.mesh.model.RejectedCallException;
import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.FailureMatcher;
import io.mesh.policy.Policy;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many calls run at once and no more: one that finds no place waits for at most {@code maxWait}, and is
 * rejected with {@link ConcurrencyLimitException} if there is none by then.
 *
 * <p>A blocking call that waits parks its thread; a virtual thread frees its carrier. An asynchronous call that waits
 * holds no thread; its work is started by whoever ends a call, so starting must not block. Those who wait are served in
 * order. An interrupt ends the wait: the call is rejected and the interrupt flag stays set.
 *
 * <p>The place of an asynchronous call is taken until its stage ends, whether its caller has given up before or not.
 *
 * <ol>
 * <li>A place is taken by a compare-and-set of the number of calls in flight and given back once, whatever comes of the
 *     call.
 * <li>Whoever waits stands in the queue first and looks for a place then; whoever gives a place back does so first and
 *     looks into the queue then. So one of the two sees the other, and no place stays free while somebody waits.
 * <li>Nobody takes a place while somebody waits, but to hand it to the first in the queue. A call that comes at the very
 *     moment in which another begins to wait may be first.
 * </ol>
 *
 * <p>With {@link Mode#OBSERVE} nobody is rejected and nobody waits: a call that finds no place is counted as rejected, and
 * runs. Since it does, the next ones find less room than if the limit acted.
 *
 * <p>With {@link ConcurrencyLimitConfig#adaptive()} the limit finds its own size; only then, and for a call that waits or a
 * rejection that listeners hear of, a clock is read. Thread-safe and without locks. A call that finds a place allocates nothing.
 */
public final class ConcurrencyLimit implements Policy {

    /** Says that a call says nothing about how long calls take. */
    private static final long NOT_TIMED = Long.MIN_VALUE;

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final String name;
    private final Ticker ticker;
    private final Scheduler scheduler;
    private final EventQueue events;
    private final boolean stackTraces;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Queue<Waiter> queue = new ConcurrentLinkedQueue<>();
    private final LongAdder rejected = new LongAdder();
    private final AtomicLong quietUntil;
    private final AtomicReference<Settings> settings;

    private ConcurrencyLimit(Builder builder) {
        this.name = builder.name;
        this.ticker = builder.ticker;
        this.scheduler = builder.scheduler;
        this.events = new EventQueue(builder.listeners);
        this.stackTraces = builder.stackTraces;
        boolean timed = builder.config.adaptive() != null || !events.isSilent();
        long now = timed ? ticker.now() : 0;
        this.quietUntil = new AtomicLong(now);
        this.settings = new AtomicReference<>(Settings.of(builder.config, builder.mode, null, now));
    }

    /** The settings, made ready for use. */
    private record Settings(
            ConcurrencyLimitConfig config,
            Mode mode,
            int fixed,
            long maxWaitNanos,
            @Nullable AdaptiveSize adaptive) {

        /**
         * Settings made ready. A size that nobody is held to cannot be found, so one that only observes stays at
         * {@code initialLimit}.
         *
         * @param before the size found so far, or null if there is none
         */
        static Settings of(ConcurrencyLimitConfig config, Mode mode, @Nullable AdaptiveSize before, long now) {
            AdaptiveLimitConfig adaptive = config.adaptive();
            long maxWaitNanos = Ticker.nanos(config.maxWait());
            if (adaptive == null) {
                return new Settings(config, mode, config.maxConcurrent(), maxWaitNanos, null);
            }
            int first = before == null ? adaptive.initialLimit() : before.size();
            return new Settings(
                    config,
                    mode,
                    adaptive.initialLimit(),
                    maxWaitNanos,
                    mode == Mode.OBSERVE ? null : new AdaptiveSize(config, adaptive, first, now));
        }

        Settings changed(ConcurrencyLimitConfig newConfig, Mode newMode, Ticker ticker) {
            if (config.equals(newConfig) && mode == newMode) {
                return this;
            }
            return of(newConfig, newMode, adaptive, newConfig.adaptive() == null ? 0 : ticker.now());
        }

        int limit() {
            return adaptive == null ? fixed : adaptive.limit();
        }
    }

    /**
     * A limit on the clock and the scheduler of the process.
     *
     * @param name said in rejections
     * @param config the settings
     * @return the limit
     */
    public static ConcurrencyLimit of(String name, ConcurrencyLimitConfig config) {
        return builder(name).config(config).build();
    }

    /**
     * A builder that starts from the default settings, and the clock and the scheduler of the process.
     *
     * @param name said in rejections
     * @return the builder
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** {@return the name of this limit} */
    public String name() {
        return name;
    }

    /** {@return the settings in force} */
    public ConcurrencyLimitConfig config() {
        return settings.get().config;
    }

    /** {@return whether calls are rejected, or only counted as such} */
    public Mode mode() {
        return settings.get().mode;
    }

    /** {@return what this limit looks like now; looking changes nothing} */
    public ConcurrencyLimitSnapshot snapshot() {
        return new ConcurrencyLimitSnapshot(settings.get().limit(), inFlight.get(), waiting.get(), rejected.sum());
    }

    /**
     * Changes the settings, and leaves the {@link #mode()}, as {@link #reconfigure(ConcurrencyLimitConfig, Mode)}.
     *
     * @param config the new settings
     */
    public void reconfigure(ConcurrencyLimitConfig config) {
        update(current -> current.changed(config, current.mode, ticker));
    }

    /**
     * Changes the settings. Calls that run stay where they are, so a lower limit may be exceeded for a while. Calls that wait
     * go on waiting as long as they would have, but run at once if the limit only observes from now on. A limit that finds its
     * own size goes on from the size it has; settings equal to those in force change nothing.
     *
     * @param config the new settings
     * @param mode the new mode
     */
    public void reconfigure(ConcurrencyLimitConfig config, Mode mode) {
        update(current -> current.changed(config, mode, ticker));
    }

    private void update(UnaryOperator<Settings> change) {
        settings.updateAndGet(change);
        serve();
    }

    /**
     * Calls the work if there is a place for it within {@code maxWait}.
     *
     * @throws ConcurrencyLimitException if there was none, or the thread was interrupted while it waited; then the work is
     *     not begun
     * @throws RejectedExecutionException if the call has to wait and the scheduler has been shut down; then the work is not
     *     begun
     */
    @Override
    public <T extends @Nullable Object, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work)
            throws E {
        if (!tryAcquire() && !acquire()) {
            rejected();
            throw rejection(Thread.currentThread().isInterrupted() ? Duration.ZERO : config().maxWait());
        }
        long startedAt = NOT_TIMED;
        T result;
        try {
            startedAt = startedAt();
            result = work.get();
        } catch (Throwable failure) {
            failed(startedAt, failure);
            throw failure;
        }
        succeeded(startedAt);
        return result;
    }

    /**
     * Calls work whose result comes later if there is a place for it within {@code maxWait}; otherwise a
     * {@link ConcurrencyLimitException} comes through the future. The place is given back before the future ends, unless
     * somebody else has ended it: then when the stage ends. A call that is cancelled while it waits leaves the queue.
     */
    @Override
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        if (tryAcquire()) {
            CallFuture<T> future = new CallFuture<>(() -> {});
            begin(future, work);
            return future;
        }
        CallFuture<T> future = new CallFuture<>(() -> {});
        try {
            await(future, Ticker.FOREVER, granted -> {
                if (!granted) {
                    reject(future);
                } else if (future.isDone()) {
                    release();
                } else {
                    begin(future, work);
                }
            });
        } catch (Throwable refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return future;
    }

    private void reject(CallFuture<?> future) {
        rejected();
        if (future.claim()) {
            future.fail(rejection(config().maxWait()));
        }
    }

    private <T extends @Nullable Object> void begin(
            CallFuture<T> future, CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        Place place = new Place(this);
        CompletionStage<? extends T> stage = future.begin(() -> {
            place.startedAt = startedAt();
            return work.get();
        });
        try {
            stage.whenComplete((value, thrown) -> {
                if (thrown == null) {
                    place.succeeded();
                    end(future, value);
                } else {
                    fail(future, place, FailureMatcher.unwrap(thrown));
                }
            });
        } catch (Throwable broken) { // a stage that cannot be listened to
            fail(future, place, broken);
        }
    }

    private static <T extends @Nullable Object> void end(CallFuture<T> future, T value) {
        if (future.claim()) {
            future.end(value);
        } else {
            CallFuture.discard(value);
        }
    }

    private static void fail(CallFuture<?> future, Place place, Throwable failure) {
        place.failed(failure);
        if (future.claim()) {
            future.fail(failure);
        }
    }

    /** The place of one asynchronous call, given back once, however often its stage says that it has ended. */
    private static final class Place extends AtomicBoolean {

        private static final long serialVersionUID = 1L;

        private final transient ConcurrencyLimit limit;
        private transient long startedAt = NOT_TIMED;

        Place(ConcurrencyLimit limit) {
            this.limit = limit;
        }

        void succeeded() {
            if (compareAndSet(false, true)) {
                limit.succeeded(startedAt);
            }
        }

        void failed(Throwable failure) {
            if (compareAndSet(false, true)) {
                limit.failed(startedAt, failure);
            }
        }
    }

    /**
     * Takes a place if there is one now. Whoever gets it calls {@link #succeeded}, {@link #failed} or {@link #release}
     * once, whatever happens.
     *
     * @return false if there is none, or others wait for one; counts nothing. True while the limit only observes: then one
     *     that finds none is counted as rejected
     */
    public boolean tryAcquire() {
        return (waiting.get() == 0 && take()) || passes();
    }

    /** Observing, a call runs although there is no place for it. */
    private boolean passes() {
        Settings current = settings.get();
        if (current.mode == Mode.ACT) {
            return false;
        }
        rejected();
        began(current, inFlight.incrementAndGet());
        return true;
    }

    private static void began(Settings current, int running) {
        if (current.adaptive != null) {
            current.adaptive.began(running);
        }
    }

    /** As {@link #acquire(long)}, with {@code maxWait} alone. */
    private boolean acquire() {
        return acquire(Ticker.FOREVER);
    }

    /**
     * Takes a place, and lets the calling thread wait for it for at most {@code maxWait}. Whoever gets it calls
     * {@link #succeeded}, {@link #failed} or {@link #release} once, whatever happens.
     *
     * @param mostNanos how long the thread may wait besides, in nanoseconds; 0 or less: not at all
     * @return false if there was none, or the thread was interrupted while it waited: then its interrupt flag is set. Counts
     *     nothing
     * @throws RejectedExecutionException if the thread has to wait and the scheduler has been shut down
     */
    public boolean acquire(long mostNanos) {
        if (tryAcquire()) {
            return true;
        }
        long maxWaitNanos = Math.min(settings.get().maxWaitNanos, mostNanos);
        if (maxWaitNanos <= 0) {
            return false;
        }
        Waiter waiter = Waiter.parked(Thread.currentThread());
        stand(waiter, maxWaitNanos);
        while (waiter.isWaiting()) {
            if (Thread.currentThread().isInterrupted()) {
                leave(waiter);
            } else {
                LockSupport.park(this);
            }
        }
        return waiter.isGranted();
    }

    /**
     * Takes a place for an asynchronous call, and lets the call wait for it for at most {@code maxWait}. Nobody is told
     * if the future ends before.
     *
     * @param future of the call
     * @param mostNanos how long the call may wait besides, in nanoseconds; 0 or less: not at all
     * @param told true if the call has a place: then {@link #succeeded}, {@link #failed} or {@link #release} has to be
     *     called once, whatever happens; false if there was none, which is not counted. Told by this method, by whoever
     *     gives a place back, or by the scheduler's thread, so it must not block; must not throw
     * @throws RejectedExecutionException if the call has to wait and the scheduler has been shut down; nobody is told
     */
    public void await(CallFuture<?> future, long mostNanos, Consumer<? super Boolean> told) {
        long maxWaitNanos = Math.min(settings.get().maxWaitNanos, mostNanos);
        if (maxWaitNanos <= 0) {
            told.accept(tryAcquire());
            return;
        }
        Waiter waiter = Waiter.told(told);
        future.whenComplete((value, failure) -> leave(waiter));
        if (waiter.isWaiting()) {
            stand(waiter, maxWaitNanos);
        }
    }

    private void stand(Waiter waiter, long nanos) {
        waiting.getAndIncrement();
        queue.add(waiter);
        serve();
        if (!waiter.isWaiting()) {
            return;
        }
        try {
            waiter.timer(scheduler.schedule(() -> expire(waiter), nanos));
        } catch (Throwable refused) { // also an Error of a scheduler that cannot start its thread
            if (leave(waiter)) {
                throw refused;
            }
        }
    }

    private void expire(Waiter waiter) {
        if (leave(waiter)) {
            waiter.tell(false);
        }
    }

    private boolean leave(Waiter waiter) {
        if (!waiter.goAway()) {
            return false;
        }
        if (queue.remove(waiter)) {
            waiting.getAndDecrement();
        }
        return true;
    }

    private boolean take() {
        Settings current = settings.get();
        int limit = current.limit();
        while (true) {
            int running = inFlight.get();
            if (running >= limit) {
                return false;
            }
            if (inFlight.compareAndSet(running, running + 1)) {
                began(current, running + 1);
                return true;
            }
        }
    }

    /** Hands free places to those who wait, in order. */
    private void serve() {
        while (!queue.isEmpty() && (take() || passes())) {
            Waiter first = firstToGrant();
            if (first == null) {
                inFlight.getAndDecrement(); // and look again: somebody may have come and found it taken
            } else {
                first.tell(true);
            }
        }
    }

    private @Nullable Waiter firstToGrant() {
        while (true) {
            Waiter waiter = queue.poll();
            if (waiter == null) {
                return null;
            }
            waiting.getAndDecrement();
            if (waiter.grant()) {
                return waiter;
            }
        }
    }

    /**
     * What the outcome of a call that begins now is to be told with. Reads the clock if the limit finds its own size.
     *
     * @return to be handed back as it is
     */
    public long startedAt() {
        if (settings.get().adaptive == null) {
            return NOT_TIMED;
        }
        long now = ticker.now();
        return now == NOT_TIMED ? now + 1 : now;
    }

    /**
     * Gives back the place of a call that went well.
     *
     * @param startedAt what {@link #startedAt()} returned when it began
     */
    public void succeeded(long startedAt) {
        AdaptiveSize adaptive = settings.get().adaptive;
        try {
            if (adaptive != null && startedAt != NOT_TIMED) {
                adaptive.took(startedAt, ticker.now());
            }
        } finally {
            release();
        }
    }

    /**
     * Gives back the place of a call that failed.
     *
     * @param startedAt what {@link #startedAt()} returned when it began
     * @param failure what it threw, or null if its result was a failure; if Mesh rejected the call further in, it says
     *     nothing about how long calls take
     */
    public void failed(long startedAt, @Nullable Throwable failure) {
        AdaptiveSize adaptive = settings.get().adaptive;
        try {
            if (adaptive != null && startedAt != NOT_TIMED && !(failure instanceof RejectedCallException)) {
                adaptive.failed(startedAt, ticker.now());
            }
        } finally {
            release();
        }
    }

    /** Gives back the place of a call that was not made after all. */
    public void release() {
        inFlight.getAndDecrement();
        if (waiting.get() > 0) {
            serve();
        }
    }

    /** Counts a call that found no place, and tells the listeners, at most once a second. */
    public void rejected() {
        rejected.increment();
        if (events.isSilent()) {
            return;
        }
        long now = ticker.now();
        long until = quietUntil.get();
        if (now - until >= 0 && quietUntil.compareAndSet(until, now + SECOND)) {
            events.publish(
                    new MeshEvent.ConcurrencyLimitReached(name, settings.get().limit(), rejected.sum()));
        }
    }

    /**
     * The exception that a call rejected now gets. Counts nothing.
     *
     * @param waited how long the call has waited in vain, 0 if it was rejected at once
     * @return always a new object
     */
    public ConcurrencyLimitException rejection(Duration waited) {
        return new ConcurrencyLimitException(name, settings.get().limit(), inFlight.get(), waited, stackTraces);
    }

    /**
     * Whether as many calls run as may, or others wait for a place.
     *
     * @return true if {@link #tryAcquire()} would find no place, as far as one can tell while others call
     */
    public boolean isFull() {
        Settings current = settings.get();
        return current.mode == Mode.ACT && (waiting.get() > 0 || inFlight.get() >= current.limit());
    }

    /** Collects what a limit is made of; not thread-safe. */
    public static final class Builder {

        private final String name;
        private final List<MeshListener> listeners = new ArrayList<>();
        private ConcurrencyLimitConfig config = ConcurrencyLimitConfig.defaults();
        private Ticker ticker = Ticker.system();
        private Scheduler scheduler = Scheduler.system();
        private boolean stackTraces;
        private Mode mode = Mode.ACT;

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Sets the settings.
         *
         * @param settings replace those set before
         * @return this builder
         */
        public Builder config(ConcurrencyLimitConfig settings) {
            this.config = settings;
            return this;
        }

        /**
         * Sets whether calls that find no place are rejected, or only counted and told of as such.
         *
         * @param actOrObserve default {@link Mode#ACT}
         * @return this builder
         */
        public Builder mode(Mode actOrObserve) {
            this.mode = actOrObserve;
            return this;
        }

        /**
         * Sets where the time is read.
         *
         * @param source default {@link Ticker#system()}
         * @return this builder
         */
        public Builder ticker(Ticker source) {
            this.ticker = source;
            return this;
        }

        /**
         * Sets what tells that a call has waited long enough; default the scheduler of the process.
         *
         * @param timer any
         * @return this builder
         */
        public Builder scheduler(Scheduler timer) {
            this.scheduler = timer;
            return this;
        }

        /**
         * Adds a listener to what happens to this limit.
         *
         * @param listener hears the events
         * @return this builder
         */
        public Builder listener(MeshListener listener) {
            listeners.add(listener);
            return this;
        }

        /**
         * Adds listeners to what happens to this limit.
         *
         * @param more hear the events
         * @return this builder
         */
        public Builder listeners(Collection<? extends MeshListener> more) {
            listeners.addAll(more);
            return this;
        }

        /**
         * Sets whether rejections walk the stack, which costs far more than the rejection itself.
         *
         * @param walk default false
         * @return this builder
         */
        public Builder stackTraces(boolean walk) {
            this.stackTraces = walk;
            return this;
        }

        /** {@return the limit} */
        public ConcurrencyLimit build() {
            return new ConcurrencyLimit(this);
        }
    }
}
