package io.mesh.retry;

import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.event.MeshListener;
import io.mesh.model.Mode;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.Policy;
import io.mesh.policy.TimedCall;
import io.mesh.policy.Timeout;
import io.mesh.time.Scheduler;
import io.mesh.time.Sleeper;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Makes a failed call again, not at once and not for ever.
 *
 * <p>Whoever hands work to a policy says by that that it may be repeated. Which failures are retried, how
 * often and after how long is told by {@link RetryConfig}. What the caller gets:
 *
 * <ul>
 * <li>the failure of the last attempt, as it was thrown; those of earlier attempts are added to it as
 *     suppressed ones (ten at most), and after more than one attempt a
 *     {@link io.mesh.model.RetriesExhaustedException} that says why there was no further one (after one attempt,
 *     too, if it was the budget that denied the second);
 * <li>or, if results were being retried, the last result. Earlier ones are closed if they are
 *     {@code AutoCloseable}, right before the next attempt.
 * </ul>
 *
 * <p>A blocking call waits on the calling thread. An interrupt ends it at once with what it has, and with the
 * interrupt flag set; work that fails while the flag is set is not repeated. An asynchronous call holds no
 * thread while it waits; cancelling its future cancels the running attempt or the wait. After a wait the next
 * attempt is started on the thread of the scheduler, so starting it must not block.
 *
 * <p>With {@code attemptTimeout} an attempt that takes too long fails with
 * {@link io.mesh.model.CallTimeoutException}, see {@link Timeout}. It acts innermost: {@link #around} hands the inner
 * policy work that is limited already.
 *
 * <p>With {@link Mode#OBSERVE} no call is made again: what would have been is told by
 * {@link io.mesh.event.MeshEvent.RetryObserved} and paid for by the budget, and the caller gets the first failure or
 * result untouched. No attempt is cut by {@code attemptTimeout}.
 *
 * <p>A call that goes well at once reads no clock (unless {@code maxDuration} is set), allocates nothing and
 * counts nothing, but for one striped counter if there is a {@linkplain RetryBudget budget}; with {@code attemptTimeout}
 * it makes an entry in the scheduler for each attempt. Thread-safe.
 */
public final class RetryPolicy implements Policy {

    private final String name;
    private final Ticker ticker;
    private final Sleeper sleeper;
    private final Scheduler scheduler;
    private final @Nullable RandomGenerator random;
    private final Scheduler timer;
    private final BooleanSupplier stopped;
    private final EventQueue events;
    private final RetryBudgetConfig budgetByDefault;
    private final @Nullable LongSupplier firstSuccesses;
    private final Consumer<? super RetryBudget> awoken;

    /** Kept while the settings say that there is none: there may be one again. */
    private final AtomicReference<@Nullable RetryBudget> budget = new AtomicReference<>();

    private volatile RetryRules rules;

    private RetryPolicy(Builder builder) {
        this.name = builder.name;
        this.ticker = builder.ticker;
        this.sleeper = builder.sleeper;
        this.scheduler = builder.scheduler;
        this.timer = builder.timer == null ? builder.scheduler : builder.timer;
        this.random = builder.random;
        this.stopped = builder.stopped;
        this.events = new EventQueue(builder.listeners);
        this.budgetByDefault = builder.budgetByDefault;
        this.firstSuccesses = builder.firstSuccesses;
        this.awoken = builder.awoken;
        this.rules = rules(builder.config, builder.mode);
    }

    /**
     * A policy on the time of the system, with nobody listening.
     *
     * @param name said in events and notes
     * @param config the settings
     * @return the policy
     */
    public static RetryPolicy of(String name, RetryConfig config) {
        return builder(name).config(config).build();
    }

    /**
     * A builder that starts from the default settings and the time of the system.
     *
     * @param name said in events and notes
     * @return the builder
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** {@return the name of this policy} */
    public String name() {
        return name;
    }

    /** {@return whether this policy acts or only observes} */
    public Mode mode() {
        return rules.mode;
    }

    /** {@return the settings that the next call begins with} */
    public RetryConfig config() {
        return rules.config;
    }

    /**
     * Changes the settings, and leaves the {@link #mode()}. A running call goes on with those it began with.
     *
     * @param config the new settings
     */
    public void reconfigure(RetryConfig config) {
        reconfigure(config, mode());
    }

    /**
     * Changes the settings, and whether the policy acts on what it decides. A running call goes on with those it began
     * with.
     *
     * @param config the new settings
     * @param mode the new mode
     */
    public void reconfigure(RetryConfig config, Mode mode) {
        rules = rules(config, mode);
    }

    private RetryRules rules(RetryConfig config, Mode mode) {
        return new RetryRules(name, config, mode, budget(config), timer, this::tookTooLong);
    }

    private void tookTooLong(Duration limit) {
        if (!events.isSilent()) {
            events.publish(new MeshEvent.TimeoutObserved(name, limit));
        }
    }

    private @Nullable RetryBudget budget(RetryConfig config) {
        RetryBudgetConfig settings = config.budget() == null ? budgetByDefault : config.budget();
        if (!settings.enabled()) {
            return null;
        }
        RetryBudget existing = budget.get();
        if (existing == null) {
            RetryBudget made = new RetryBudget(name, settings, ticker, events, firstSuccesses, awoken);
            existing = budget.compareAndExchange(null, made);
            if (existing == null) {
                return made;
            }
        }
        existing.reconfigure(settings);
        return existing;
    }

    /** {@return what pays for retries, or null if they cost nothing} */
    public @Nullable RetryBudget budget() {
        return rules.budget;
    }

    @Override
    public <T extends @Nullable Object, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work)
            throws E {
        RetryRules current = rules;
        if (current.attemptTimeout == null) {
            return this.<T, E>call(current, work, null);
        }
        TimedCall<T, E> timed = current.attemptTimeout.timed(work, Ticker.FOREVER);
        return call(current, timed, timed);
    }

    /** As {@link #call}, but every attempt passes an inner policy, and its time is measured inside of that. */
    <T extends @Nullable Object, E extends Throwable> T callAround(
            Policy inner, CheckedSupplier<? extends T, ? extends E> work) throws E {
        RetryRules current = rules;
        if (current.attemptTimeout == null) {
            return this.<T, E>call(current, () -> inner.<T, E>call(work), null);
        }
        TimedCall<T, E> timed = current.attemptTimeout.timed(work, Ticker.FOREVER);
        try {
            return this.<T, E>call(current, () -> inner.<T, E>call(timed), timed);
        } finally {
            timed.discardLate();
        }
    }

    /** As {@link #callAround}, with the work that the inner policy has decorated, if no time is to be measured. */
    <T extends @Nullable Object, E extends Throwable> T callDecorated(
            CheckedSupplier<? extends T, ? extends E> decorated,
            Policy inner,
            CheckedSupplier<? extends T, ? extends E> work)
            throws E {
        RetryRules current = rules;
        return current.attemptTimeout == null
                ? this.<T, E>call(current, decorated, null)
                : this.<T, E>callAround(inner, work);
    }

    /**
     * The loop.
     *
     * @param timed the innermost part of the attempt, if it is limited in time
     */
    private <T extends @Nullable Object, E extends Throwable> T call(
            RetryRules current, CheckedSupplier<? extends T, ? extends E> attempt, @Nullable TimedCall<T, E> timed)
            throws E {
        long startedAt = current.isTimed() ? ticker.now() : 0;
        long mark = Attempts.mark();
        Attempts attempts = null;
        while (true) {
            T result;
            try {
                result = attempt.get();
            } catch (Throwable failure) {
                if (timed == null || !timed.isLate(failure)) {
                    attempts = attempts != null ? attempts : firstFailed(current, startedAt, mark);
                    if (!waits(attempts, attempts.delayAfter(failure), failure)) {
                        throw failure;
                    }
                    continue;
                }
                result = timed.lateResult();
            }
            if (!current.isUnwanted(result)) {
                succeeded(current, attempts);
                return result;
            }
            attempts = attempts != null ? attempts : firstFailed(current, startedAt, mark);
            if (!waits(attempts, attempts.delayAfterResult(result), null)) {
                return result;
            }
            CallFuture.discard(result);
        }
    }

    /** The decision for a call whose first attempt did not go well. */
    private Attempts firstFailed(RetryRules current, long startedAt, long mark) {
        if (current.budget != null) {
            current.budget.failed();
        }
        return attempts(current, startedAt, Ticker.FOREVER).since(mark);
    }

    /** An attempt has gone well, the first if nothing has been decided yet. */
    private static void succeeded(RetryRules current, @Nullable Attempts attempts) {
        if (attempts != null) {
            attempts.succeeded();
        } else if (current.budget != null) {
            current.budget.succeeded();
        }
    }

    /** Waits before the next attempt; false if there is none. */
    private boolean waits(Attempts attempts, long delay, @Nullable Throwable failure) {
        if (delay < 0) {
            return false;
        }
        try {
            sleeper.sleep(delay); // 0 too: it notices an interrupt
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            attempts.interrupted(failure);
            return false;
        }
        return mayBegin(attempts, failure);
    }

    private boolean mayBegin(Attempts attempts, @Nullable Throwable failure) {
        if (stopped.getAsBoolean()) {
            attempts.stopped(failure, "the policy was stopped");
            return false;
        }
        return attempts.mayBegin(failure);
    }

    @Override
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        RetryRules current = rules;
        return AsyncRetry.<T>run(new StageCall<>(timed(current, work), current), scheduler);
    }

    /** As {@link #callAsync}, but every attempt passes an inner policy, and its time is measured inside of that. */
    <T extends @Nullable Object> CompletableFuture<T> callAsyncAround(
            Policy inner, CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        RetryRules current = rules;
        CheckedSupplier<? extends CompletionStage<? extends T>, ?> timed = RetryPolicy.<T>timed(current, work);
        return AsyncRetry.<T>run(new StageCall<>(() -> inner.<T>callAsync(timed), current), scheduler);
    }

    private static <T extends @Nullable Object> CheckedSupplier<? extends CompletionStage<? extends T>, ?> timed(
            RetryRules current, CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        Timeout timeout = current.attemptTimeout;
        return timeout == null ? work : () -> timeout.<T>callAsync(work);
    }

    /**
     * This policy around another: every attempt passes that one, and {@code attemptTimeout} is inside of it, so that a
     * circuit breaker counts attempts that took too long.
     */
    @Override
    public Policy around(Policy inner) {
        return new RetryAround(this, inner);
    }

    /**
     * The limit of each attempt in time, for those who drive the attempts themselves.
     *
     * @return the limit as set now, or null if there is none
     */
    public @Nullable Timeout attemptTimeout() {
        return rules.attemptTimeout;
    }

    /** {@return whether a call has to read the clock when it starts: {@code maxDuration} is set} */
    public boolean isTimed() {
        return rules.isTimed();
    }

    /**
     * Whether a failure is of a kind that is retried, before anything else is asked. False for all if
     * {@code maxAttempts} is 1.
     *
     * @param failure what an attempt threw
     * @return true if {@code abortOn}, {@code retryOn}, {@code retryIf} and the built-in rules say so
     */
    public boolean wouldRetry(Throwable failure) {
        RetryRules current = rules;
        return current.config.maxAttempts() > 1 && current.isRetried(failure);
    }

    /**
     * Whether a result is one to retry. A rule that throws does not match; that is logged.
     *
     * @param result of an attempt
     * @return true if {@code retryOnResult} matches it
     */
    public boolean isUnwanted(@Nullable Object result) {
        return rules.isUnwanted(result);
    }

    /**
     * The decision for one call with the settings of this moment, for those who drive the attempts
     * themselves. Made when the first attempt has failed. Whoever does so tells the {@link #budget()}, if there is
     * one, of first attempts that went well and of those that did not.
     *
     * @param startedAt reading of the policy's ticker at the start of the call; looked at only if
     *     {@link #isTimed} or the timeout is less than {@link Ticker#FOREVER}
     * @param timeoutNanos how long after the start an attempt may still begin, if {@code maxDuration} does
     *     not say less; {@link Ticker#FOREVER} for no limit of its own
     * @return the decision, used by one call
     */
    public Attempts attempts(long startedAt, long timeoutNanos) {
        return attempts(rules, startedAt, timeoutNanos);
    }

    /**
     * The decision for one call whose start was not read from the clock, because nothing depended on the time
     * then: {@code maxDuration} is not looked at, even if it has been set since.
     *
     * @return the decision, used by one call
     */
    public Attempts attempts() {
        return new Attempts(rules, ticker, random, events);
    }

    private Attempts attempts(RetryRules current, long startedAt, long timeoutNanos) {
        return new Attempts(current, ticker, random, events, startedAt, timeoutNanos);
    }

    private final class StageCall<T extends @Nullable Object> implements AsyncRetry.Call<T> {

        private final CheckedSupplier<? extends CompletionStage<? extends T>, ?> work;
        private final RetryRules current;
        private final long startedAt;
        private final long mark;
        private @Nullable Attempts attempts;

        StageCall(CheckedSupplier<? extends CompletionStage<? extends T>, ?> work, RetryRules current) {
            this.work = work;
            this.current = current;
            this.startedAt = current.isTimed() ? ticker.now() : 0;
            this.mark = Attempts.mark();
        }

        private Attempts attempts() {
            if (attempts == null) {
                attempts = firstFailed(current, startedAt, mark);
            }
            return attempts;
        }

        @Override
        public CompletionStage<? extends T> attempt() {
            return CallFuture.<T>start(work);
        }

        @Override
        public long delayAfter(Throwable failure) {
            return attempts().delayAfter(failure);
        }

        @Override
        public boolean isUnwanted(T result) {
            return current.isUnwanted(result);
        }

        @Override
        public void succeeded() {
            RetryPolicy.succeeded(current, attempts);
        }

        @Override
        public long delayAfterResult(T result) {
            return attempts().delayAfterResult(result);
        }

        @Override
        public boolean mayGoOn(@Nullable Throwable failure) {
            return RetryPolicy.this.mayBegin(attempts(), failure);
        }

        @Override
        public void stopped(@Nullable Throwable failure, String reason) {
            attempts().stopped(failure, reason);
        }

        @Override
        public void waitAbandoned() {
            Attempts made = attempts; // made before there was a wait
            if (made != null) {
                made.abandoned();
            }
        }

        @Override
        public void abandoned() {
            // the attempt under way is cancelled, and was paid for
        }
    }

    /** Collects what a policy is made of; not thread-safe. */
    public static final class Builder {

        private final String name;
        private final List<MeshListener> listeners = new ArrayList<>();
        private RetryConfig config = RetryConfig.defaults();
        private Mode mode = Mode.ACT;
        private Ticker ticker = Ticker.system();
        private Sleeper sleeper = Sleeper.system();
        private Scheduler scheduler = Scheduler.system();
        private @Nullable Scheduler timer;
        private @Nullable RandomGenerator random;
        private BooleanSupplier stopped = () -> false;
        private RetryBudgetConfig budgetByDefault = RetryBudgetConfig.none();
        private @Nullable LongSupplier firstSuccesses;
        private Consumer<? super RetryBudget> awoken = budget -> {};

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Sets the settings.
         *
         * @param settings replace those set before
         * @return this builder
         */
        public Builder config(RetryConfig settings) {
            this.config = settings;
            return this;
        }

        /**
         * Sets whether the policy acts on what it decides.
         *
         * @param actOrObserve default {@link Mode#ACT}
         * @return this builder
         */
        public Builder mode(Mode actOrObserve) {
            this.mode = actOrObserve;
            return this;
        }

        /**
         * Sets what tells the time for {@code maxDuration}; default the time of the system.
         *
         * @param source any
         * @return this builder
         */
        public Builder ticker(Ticker source) {
            this.ticker = source;
            return this;
        }

        /**
         * Sets how a calling thread waits; default by parking it.
         *
         * @param waits any
         * @return this builder
         */
        public Builder sleeper(Sleeper waits) {
            this.sleeper = waits;
            return this;
        }

        /**
         * Sets what asynchronous calls wait in; default the scheduler of the process.
         *
         * @param waits any
         * @return this builder
         */
        public Builder scheduler(Scheduler waits) {
            this.scheduler = waits;
            return this;
        }

        /**
         * Sets what tells that an attempt has taken longer than {@code attemptTimeout}; default what asynchronous calls
         * wait in.
         *
         * @param limits any
         * @return this builder
         */
        public Builder timer(Scheduler limits) {
            this.timer = limits;
            return this;
        }

        /**
         * Adds somebody who hears the events of this policy.
         *
         * @param listener any
         * @return this builder
         */
        public Builder listener(MeshListener listener) {
            this.listeners.add(listener);
            return this;
        }

        /**
         * Adds some who hear the events of this policy.
         *
         * @param more any
         * @return this builder
         */
        public Builder listeners(Collection<? extends MeshListener> more) {
            this.listeners.addAll(more);
            return this;
        }

        /**
         * Sets what jitter is drawn from; default the random numbers of the thread that decides.
         *
         * @param source thread-safe, if calls run at the same time
         * @return this builder
         */
        public Builder random(RandomGenerator source) {
            this.random = source;
            return this;
        }

        /**
         * Sets what is asked after every wait whether the policy has been stopped, so that its calls end with
         * what they have; default never.
         *
         * @param question true once calls shall not go on; thread-safe
         * @return this builder
         */
        public Builder stopped(BooleanSupplier question) {
            this.stopped = question;
            return this;
        }

        /**
         * Sets what budget there is if the settings say nothing of one; default none.
         *
         * @param settings of the budget
         * @return this builder
         */
        public Builder budgetByDefault(RetryBudgetConfig settings) {
            this.budgetByDefault = settings;
            return this;
        }

        /**
         * Sets who counts the first attempts that go well, for policies whose attempts are driven by somebody
         * else; default the policy itself.
         *
         * @param count how many there have been, asked at most once a second; thread-safe, should never fall
         * @return this builder
         */
        public Builder firstSuccesses(LongSupplier count) {
            this.firstSuccesses = count;
            return this;
        }

        /**
         * Sets who calls {@link RetryBudget#tick} once a second while a budget is awake; default nobody, and then
         * the rate of calls is taken as even across a time without retries.
         *
         * @param awakened told of a budget that a call has asked for a retry after a rest; must not throw
         * @return this builder
         */
        public Builder budgetAwoken(Consumer<? super RetryBudget> awakened) {
            this.awoken = awakened;
            return this;
        }

        /** {@return the policy} */
        public RetryPolicy build() {
            return new RetryPolicy(this);
        }
    }
}
