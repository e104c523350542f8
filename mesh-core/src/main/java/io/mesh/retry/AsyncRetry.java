package io.mesh.retry;

import io.mesh.policy.CallFuture;
import io.mesh.policy.FailureMatcher;
import io.mesh.time.Scheduler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The retry loop for calls whose result comes later. No thread waits: between attempts the loop lies in the
 * scheduler, during one in the stage.
 *
 * <ol>
 * <li>One attempt, or one wait, is under way at a time, and the next begins after everything the one before
 *     has written is visible, whatever threads they run on.
 * <li>Attempts that end at once and need no wait follow each other in a loop, not in a recursion.
 * <li>If somebody else ends the future, what is under way is taken back, also if it begins at that very
 *     moment, and no attempt follows.
 * <li>A result that nobody will see is closed exactly once.
 * <li>The future always ends, also if a call that is told not to throw does.
 * </ol>
 */
public final class AsyncRetry {

    private AsyncRetry() {}

    /**
     * Makes a call until it goes well or its decision says that it ends.
     *
     * @param <T> the result
     * @param call what is made, and what decides
     * @param scheduler waits between attempts
     * @return the result to come; fails with the last failure, without {@code CompletionException} around it.
     *     Ending it from outside, by cancelling it for example, cancels what is under way
     */
    public static <T extends @Nullable Object> CompletableFuture<T> run(Call<T> call, Scheduler scheduler) {
        Loop<T> loop = new Loop<>(call, scheduler);
        loop.begin();
        return loop.future;
    }

    /**
     * One call, as the loop drives it: never two methods at once, but for {@link #abandoned}, and each sees
     * what the one before has written. None may throw.
     *
     * @param <T> the result
     */
    public interface Call<T extends @Nullable Object> {

        /**
         * Starts the next attempt.
         *
         * @return what comes of it, as {@link CallFuture#start} gives it
         */
        CompletionStage<? extends T> attempt();

        /**
         * Says how to go on after an attempt that failed; see {@link Attempts#delayAfter(Throwable)}.
         *
         * @param failure of the attempt, without {@code CompletionException} around it
         * @return how long to wait, in nanoseconds, or −1 to give up
         */
        long delayAfter(Throwable failure);

        /**
         * Says whether a result is not what was wanted.
         *
         * @param result of an attempt
         * @return true if {@link #delayAfterResult} is to be asked
         */
        boolean isUnwanted(T result);

        /** Told that an attempt had the result that was wanted, before the call ends with it. */
        default void succeeded() {}

        /**
         * Says how to go on after an unwanted result; see {@link Attempts#delayAfterResult(Object)}.
         *
         * @param result of an attempt
         * @return how long to wait, in nanoseconds, or −1 if this result is the answer
         */
        long delayAfterResult(T result);

        /**
         * Asked after each wait, one of 0 included; see {@link Attempts#mayBegin}. If it says no it has
         * {@linkplain Attempts#stopped told} the attempts.
         *
         * @param failure of the last attempt, or null if it had a result: what the call ends with if it may
         *     not go on
         * @return true if the next attempt may begin
         */
        boolean mayGoOn(@Nullable Throwable failure);

        /**
         * Told that the scheduler refused the wait, so that the call ends; see {@link Attempts#stopped}.
         *
         * @param failure of the last attempt, or null if it had a result
         * @param reason as the end of a sentence
         */
        void stopped(@Nullable Throwable failure, String reason);

        /**
         * Told that somebody else has ended the future and no attempt is under way any more, so that none will begin;
         * see {@link Attempts#abandoned}. May come on any thread, while another method runs, and more than once.
         */
        default void waitAbandoned() {}

        /**
         * Told at most once that somebody else has ended the future, before the running stage is cancelled.
         * May come on any thread, while another method runs.
         */
        void abandoned();
    }

    private static final class Loop<T extends @Nullable Object> {

        private final Call<T> call;
        private final Scheduler scheduler;
        private final CallFuture<T> future = new CallFuture<>(this::abandon);

        /** Takes back the attempt or the wait under way. */
        private volatile @Nullable Runnable underWay;

        /** The last result, until the caller gets it or an attempt follows; whoever takes it out closes it. */
        private final AtomicReference<@Nullable Object> unseen = new AtomicReference<>();

        private @Nullable Throwable lastFailure;
        private @Nullable T lastResult;

        Loop(Call<T> call, Scheduler scheduler) {
            this.call = call;
            this.scheduler = scheduler;
        }

        void begin() {
            proceed(() -> true);
        }

        /** An attempt has ended after the loop had left it. */
        void resume(@Nullable T result, @Nullable Throwable failure) {
            proceed(() -> follows(result, failure));
        }

        private void awake() {
            proceed(this::mayGoOn);
        }

        /** Makes attempts, if one follows, until one has to be waited for. */
        private void proceed(BooleanSupplier follows) {
            try {
                boolean next = follows.getAsBoolean();
                while (next) {
                    next = attempt();
                }
            } catch (Throwable fault) {
                fail(fault);
            }
        }

        /** True if another attempt follows at once. */
        private boolean attempt() {
            discardUnseen();
            CompletionStage<? extends T> stage = call.attempt();
            take(() -> CallFuture.cancel(stage));
            Ending<T> ending = new Ending<>(this);
            stage.whenComplete(ending);
            return ending.isThere() && follows(ending.result, ending.failure);
        }

        private boolean follows(@Nullable T result, @Nullable Throwable thrown) {
            unseen.set(result);
            lastResult = result;
            lastFailure = thrown == null ? null : FailureMatcher.unwrap(thrown);
            if (future.isDone()) {
                discardUnseen();
                call.waitAbandoned();
                return false;
            }
            long delay = delay();
            if (delay < 0) {
                endWithLast();
                return false;
            }
            if (delay == 0) {
                return mayGoOn();
            }
            await(delay);
            return false;
        }

        /** How long to wait, or −1 if the call ends with what it has. */
        @SuppressWarnings("NullAway") // without a failure the result is what the stage gave, null included
        private long delay() {
            if (lastFailure != null) {
                return call.delayAfter(lastFailure);
            }
            if (call.isUnwanted(lastResult)) {
                return call.delayAfterResult(lastResult);
            }
            call.succeeded();
            return -1;
        }

        private void await(long delay) {
            Wait wait = new Wait();
            // before it is scheduled: it may be over before schedule() returns
            take(() -> {
                wait.cancel();
                call.waitAbandoned();
            });
            try {
                wait.scheduled(scheduler.schedule(this::awake, delay));
            } catch (Throwable refused) { // also an Error of a scheduler that cannot start its thread
                if (lastFailure != null && lastFailure != refused) {
                    lastFailure.addSuppressed(refused);
                }
                call.stopped(lastFailure, "the scheduler refused the wait");
                endWithLast();
            }
        }

        private boolean mayGoOn() {
            if (future.isDone()) {
                call.waitAbandoned();
                return false;
            }
            if (call.mayGoOn(lastFailure)) {
                return true;
            }
            endWithLast();
            return false;
        }

        /** Whoever abandons the call either finds what is under way here, or is found to have done so. */
        private void take(Runnable takeBack) {
            underWay = takeBack;
            if (future.isDone()) {
                takeBack.run();
            }
        }

        private void abandon() {
            try {
                call.abandoned();
            } finally {
                discardUnseen();
                Runnable takeBack = underWay;
                if (takeBack != null) {
                    takeBack.run();
                }
            }
        }

        @SuppressWarnings("NullAway") // without a failure the result is what the stage gave, null included
        private void endWithLast() {
            if (lastFailure != null) {
                fail(lastFailure);
            } else if (future.claim()) {
                unseen.set(null);
                future.end(lastResult);
            } else {
                discardUnseen();
            }
        }

        private void fail(Throwable failure) {
            if (future.claim()) {
                future.fail(failure);
            }
            discardUnseen();
        }

        private void discardUnseen() {
            CallFuture.discard(unseen.getAndSet(null));
        }
    }

    /**
     * How one attempt ended. Stage and loop meet here: whoever comes second goes on, and sees what the first
     * has written.
     */
    private static final class Ending<T extends @Nullable Object> implements BiConsumer<T, @Nullable Throwable> {

        private final Loop<T> loop;
        private final AtomicBoolean met = new AtomicBoolean();
        private @Nullable T result;
        private @Nullable Throwable failure;

        Ending(Loop<T> loop) {
            this.loop = loop;
        }

        @Override
        public void accept(@Nullable T value, @Nullable Throwable thrown) {
            result = value;
            failure = thrown;
            if (met.getAndSet(true)) {
                loop.resume(value, thrown);
            }
        }

        /** Asked once by the loop; if the stage has not ended yet, the loop leaves the rest to it. */
        boolean isThere() {
            return met.getAndSet(true);
        }
    }

    /** A wait in the scheduler, which can be taken back before the scheduler has answered. */
    private static final class Wait {

        private volatile Scheduler.@Nullable Cancellation entry;
        private volatile boolean takenBack;

        void scheduled(Scheduler.Cancellation cancellation) {
            entry = cancellation;
            if (takenBack) {
                cancellation.cancel();
            }
        }

        void cancel() {
            takenBack = true;
            Scheduler.Cancellation cancellation = entry;
            if (cancellation != null) {
                cancellation.cancel();
            }
        }
    }
}
