package io.mesh.policy;

import io.mesh.model.CallTimeoutException;
import io.mesh.model.LateResult;
import io.mesh.model.Mode;
import io.mesh.model.TimeoutConfig;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends a call that takes too long: it fails with {@link CallTimeoutException}.
 *
 * <p>A blocking call runs on the calling thread and is interrupted when its time is up. Work that does not react to
 * that is waited for, since nothing can stop it. If it returns a result after all, the caller gets it
 * ({@link LateResult#RETURN}), or it is closed and the call fails ({@link LateResult#FAIL}). In both cases the policies
 * that stand around this one ({@link #around}) hear of a {@code CallTimeoutException}. Whatever else the work
 * throws after the limit becomes the cause of that exception; {@code Error}s come as they are. The interrupt flag is
 * as it would be without the limit: our own interrupt never outlives the call, somebody else's is kept.
 *
 * <p>The stage of an asynchronous call is cancelled when its time is up, and its future has failed by then, whether
 * that stops the work or not. A result that comes all the same is closed if it is {@code AutoCloseable}. What
 * depends on that future then runs on the scheduler's thread, so it must not block.
 *
 * <p>With {@link Mode#OBSERVE} nothing is interrupted, cancelled, closed or replaced. That a call takes too long is told
 * when its time is up ({@link Builder#overtime}), and a blocking call that returns after that is a
 * {@code CallTimeoutException} to the policies around this one, while the caller gets its result. Those around an
 * asynchronous call see what comes of it. A policy around this one that does act acts on that: a retry makes the call again,
 * and the late result is closed. Let those around observe, too.
 *
 * <p>Thread-safe and without locks of its own. One entry in the scheduler for a call, removed when the call ends.
 */
public final class Timeout implements Policy {

    private final String name;
    private final Scheduler scheduler;
    private final Consumer<? super Duration> overtime;
    private volatile Limit current;

    private Timeout(Builder builder) {
        this.name = builder.name;
        this.scheduler = builder.scheduler;
        this.overtime = builder.overtime;
        this.current = Limit.of(builder.config, builder.mode);
    }

    /** The settings, made ready for use. */
    private record Limit(TimeoutConfig config, Mode mode, long nanos) {

        static Limit of(TimeoutConfig config, Mode mode) {
            return new Limit(config, mode, Ticker.nanos(config.timeout()));
        }

        boolean observes() {
            return mode == Mode.OBSERVE;
        }

        /** In nanoseconds, above 0. */
        long within(long atMostNanos) {
            return Math.max(1, Math.min(nanos, atMostNanos));
        }
    }

    /**
     * A timeout on the scheduler of the process.
     *
     * @param name said in failures
     * @param config the settings
     * @return the timeout
     */
    public static Timeout of(String name, TimeoutConfig config) {
        return builder(name).config(config).build();
    }

    /**
     * A builder that starts from the default settings and the scheduler of the process.
     *
     * @param name said in failures
     * @return the builder
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** {@return the name of this timeout} */
    public String name() {
        return name;
    }

    /** {@return whether this timeout acts or only observes} */
    public Mode mode() {
        return current.mode;
    }

    /** {@return the settings that the next call begins with} */
    public TimeoutConfig config() {
        return current.config;
    }

    /**
     * Changes the settings, and leaves the {@link #mode()}. A running call goes on with those it began with.
     *
     * @param config the new settings
     */
    public void reconfigure(TimeoutConfig config) {
        reconfigure(config, mode());
    }

    /**
     * Changes the settings, and whether calls that take too long are ended. A running call goes on with those it began
     * with.
     *
     * @param config the new settings
     * @param mode the new mode
     */
    public void reconfigure(TimeoutConfig config, Mode mode) {
        current = Limit.of(config, mode);
    }

    /**
     * Calls the work, and interrupts the calling thread if it takes too long.
     *
     * @throws CallTimeoutException if it took too long, unless this timeout only observes
     * @throws RejectedExecutionException if the scheduler has been shut down; then the work is not begun. Not if this
     *     timeout only observes: then nothing is told of this call
     */
    @Override
    public <T extends @Nullable Object, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work)
            throws E {
        Late<T> late = new Late<>();
        try {
            return this.<T, E>tell(late, Ticker.FOREVER, work);
        } catch (CallTimeoutException failure) {
            if (late.isToldBy(failure)) {
                return late.take();
            }
            throw failure;
        }
    }

    /**
     * Calls work whose result comes later, and cancels it if that takes too long: then a
     * {@link CallTimeoutException} comes through the future. The time to start the work counts.
     */
    @Override
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        CallFuture<T> future = new CallFuture<>(() -> {});
        try {
            limit(future, Ticker.FOREVER, timedOut -> {});
        } catch (Throwable refused) { // also an Error of a scheduler that cannot start its thread
            return CompletableFuture.failedFuture(refused);
        }
        CompletionStage<? extends T> stage = future.begin(work);
        try {
            stage.whenComplete((value, failure) -> {
                if (!future.claim()) {
                    CallFuture.discard(value);
                } else if (failure == null) {
                    future.end(value);
                } else {
                    future.fail(FailureMatcher.unwrap(failure));
                }
            });
        } catch (Throwable broken) { // a stage that cannot be listened to
            if (future.claim()) {
                future.fail(broken);
            }
        }
        return future;
    }

    /**
     * Blocking work with this limit, for those who hand it to other policies.
     *
     * @param <T> the result
     * @param <E> what the work may throw
     * @param work the call
     * @param atMostNanos a shorter limit, if this one is not shorter; {@link Ticker#FOREVER} for none
     * @return the work to hand on
     */
    public <T extends @Nullable Object, E extends Throwable> TimedCall<T, E> timed(
            CheckedSupplier<? extends T, ? extends E> work, long atMostNanos) {
        return new TimedCall<>(this, work, atMostNanos);
    }

    /**
     * Puts this limit on an asynchronous call that begins now, for those who drive the call themselves. When time is up
     * and the future has not been claimed, it is claimed and fails with {@link CallTimeoutException}, and what
     * has begun is cancelled. If this timeout only observes, neither happens.
     *
     * @param future of the call
     * @param atMostNanos a shorter limit, if this one is not shorter; {@link Ticker#FOREVER} for none
     * @param timedOut told of the failure before the future fails; must not throw
     * @throws RejectedExecutionException if the scheduler has been shut down; then the future is as it was
     */
    public void limit(CallFuture<?> future, long atMostNanos, Consumer<? super CallTimeoutException> timedOut) {
        Limit limit = current;
        long nanos = limit.within(atMostNanos);
        if (limit.observes()) {
            Overtime watch = Overtime.start(scheduler, nanos, overtime);
            future.whenComplete((value, failure) -> watch.end());
            return;
        }
        Scheduler.Cancellation timer = scheduler.schedule(
                () -> {
                    if (future.claim()) {
                        CallTimeoutException failure =
                                new CallTimeoutException(name, Duration.ofNanos(nanos), null, false);
                        try {
                            timedOut.accept(failure);
                            future.cancelWork();
                        } finally {
                            future.fail(failure);
                        }
                    }
                },
                nanos);
        future.whenComplete((value, failure) -> timer.cancel());
    }

    /**
     * Does blocking work in its time. To the policies around it a result that came too late is the exception thrown
     * here; the result itself is kept.
     */
    <T extends @Nullable Object, E extends Throwable> T tell(
            Late<T> late, long atMostNanos, CheckedSupplier<? extends T, ? extends E> work) throws E {
        Limit limit = current;
        long nanos = limit.within(atMostNanos);
        if (limit.observes()) {
            return this.<T, E>observe(late, nanos, work);
        }
        Interruption interruption = Interruption.start(scheduler, nanos);
        T result;
        try {
            result = work.get();
        } catch (Throwable thrown) {
            if (!interruption.end(thrown) || thrown instanceof Error) {
                throw thrown;
            }
            if (!late.isToldBy(thrown)) {
                throw new CallTimeoutException(name, Duration.ofNanos(nanos), thrown, true);
            }
            throw late(late, late.take(), limit, nanos); // too late for a limit inside, and for this one
        }
        if (interruption.end(null)) {
            throw late(late, result, limit, nanos);
        }
        return result;
    }

    /** The same, but that nothing is done when time is up. */
    private <T extends @Nullable Object, E extends Throwable> T observe(
            Late<T> late, long nanos, CheckedSupplier<? extends T, ? extends E> work) throws E {
        Overtime watch = Overtime.start(scheduler, nanos, overtime);
        T result;
        try {
            result = work.get();
        } catch (Throwable thrown) {
            watch.end();
            throw thrown;
        }
        if (watch.end()) {
            throw late.keep(result, CallTimeoutException.withResult(name, Duration.ofNanos(nanos)));
        }
        return result;
    }

    private <T extends @Nullable Object> CallTimeoutException late(Late<T> late, T result, Limit limit, long nanos) {
        Duration time = Duration.ofNanos(nanos);
        if (limit.config.lateResult() == LateResult.FAIL) {
            CallFuture.discard(result);
            return new CallTimeoutException(name, time, null, true);
        }
        return late.keep(result, CallTimeoutException.withResult(name, time));
    }

    /** Collects what a timeout is made of; not thread-safe. */
    public static final class Builder {

        private final String name;
        private TimeoutConfig config = TimeoutConfig.defaults();
        private Scheduler scheduler = Scheduler.system();
        private Mode mode = Mode.ACT;
        private Consumer<? super Duration> overtime = limit -> {};

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Sets the settings.
         *
         * @param settings replace those set before
         * @return this builder
         */
        public Builder config(TimeoutConfig settings) {
            this.config = settings;
            return this;
        }

        /**
         * Sets what tells that time is up; default the scheduler of the process.
         *
         * @param timer any
         * @return this builder
         */
        public Builder scheduler(Scheduler timer) {
            this.scheduler = timer;
            return this;
        }

        /**
         * Sets whether calls that take too long are ended.
         *
         * @param actOrObserve default {@link Mode#ACT}
         * @return this builder
         */
        public Builder mode(Mode actOrObserve) {
            this.mode = actOrObserve;
            return this;
        }

        /**
         * Sets who is told of calls that take too long while the timeout only observes; default nobody.
         *
         * @param told given the limit, on the thread of the scheduler, when the time of such a call is up; must not block
         * @return this builder
         */
        public Builder overtime(Consumer<? super Duration> told) {
            this.overtime = told;
            return this;
        }

        /** {@return the timeout} */
        public Timeout build() {
            return new Timeout(this);
        }
    }
}
