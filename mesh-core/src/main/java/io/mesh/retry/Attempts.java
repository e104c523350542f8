package io.mesh.retry;

import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.model.RejectedCallException;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.policy.DelayHints;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One call's attempts: what has failed so far, may it go on, after how long. The decision is made here and
 * driven from elsewhere, by threads that wait and by stages, bare and proxied.
 *
 * <p>A driver makes one when the first attempt has failed, reports every failed attempt by
 * {@link #delayAfter(Throwable)} or {@link #delayAfterResult(Object)}, waits as long as that says, and asks
 * {@link #mayBegin} before the next attempt. If that goes well it says so by {@link #succeeded}, if it stops by
 * itself by {@link #interrupted} or {@link #stopped}.
 *
 * <ol>
 * <li>Every attempt but the first is announced once, by a {@link MeshEvent.RetryScheduled}.
 * <li>A call that was announced one ends once, whoever ends it: by a {@link MeshEvent.RetrySucceeded} or a
 *     {@link MeshEvent.RetriesEnded}, after which nothing is told of it.
 * </ol>
 *
 * <p>Not thread-safe, but for {@link #abandoned}: one driver at a time, with a happens-before edge from one to the
 * next.
 */
public final class Attempts {

    private static final long GIVE_UP = -1;
    private static final int ENDED = -1;

    private final RetryRules rules;
    private final Ticker ticker;
    private final @Nullable RandomGenerator random;
    private final EventQueue events;
    private final long startedAt;
    private final long limitNanos;
    private final String limit;

    private int number;
    private int beside; // attempts that failed beside those counted in number
    private int hedges;
    private long mark;
    private long previousDelay;
    private @Nullable Throwable latest;
    private @Nullable History history; // made at the second failure: most calls have one at most

    /** How many attempts have begun, or {@link #ENDED}. Whoever sets that tells how the call has ended. */
    private final AtomicInteger begun = new AtomicInteger(1);

    /** Pays for the next attempt, from the decision that there will be one until that has begun. */
    private @Nullable Withdrawal paid;

    private int taken;

    Attempts(
            RetryRules rules,
            Ticker ticker,
            @Nullable RandomGenerator random,
            EventQueue events,
            long startedAt,
            long timeoutNanos) {
        this.rules = rules;
        this.ticker = ticker;
        this.random = random;
        this.events = events;
        this.startedAt = startedAt;
        this.limitNanos = Math.min(rules.maxDurationNanos, timeoutNanos);
        this.limit = timeoutNanos < rules.maxDurationNanos ? "the timeout" : "maxDuration";
        this.previousDelay = rules.backoff.first();
    }

    /** Without a limit in time. */
    Attempts(RetryRules rules, Ticker ticker, @Nullable RandomGenerator random, EventQueue events) {
        this.rules = rules;
        this.ticker = ticker;
        this.random = random;
        this.events = events;
        this.startedAt = 0;
        this.limitNanos = Ticker.FOREVER;
        this.limit = "";
        this.previousDelay = rules.backoff.first();
    }

    /**
     * A mark for {@link #since}, taken right before the first attempt: one read of a counter.
     *
     * @return the mark
     */
    public static long mark() {
        return History.mark();
    }

    /**
     * Sets when the first attempt began, so that only a note that an inner policy has left since then ends the
     * call: the same exception object may have ended another call before. Later attempts are marked by
     * {@link #mayBegin}.
     *
     * @param mark of that moment, by {@link #mark()}
     * @return this
     */
    public Attempts since(long mark) {
        this.mark = mark;
        return this;
    }

    /** {@return how many attempts were made so far, that is, reported here as failed} */
    public int number() {
        return number;
    }

    /**
     * Reports an attempt that threw.
     *
     * @param failure what it threw
     * @return how long to wait before the next attempt, in nanoseconds, 0 or more; or −1: give up. Then, unless the
     *     policy only observes, the failures of the earlier attempts have been added to this one as suppressed, and a
     *     {@link RetriesExhaustedException} if there was more than one attempt or the budget has denied the next
     */
    public long delayAfter(Throwable failure) {
        return delayAfter(failure, true, false);
    }

    /**
     * Reports an attempt that threw, of a call that can go to more than one instance.
     *
     * @param failure what it threw
     * @param permitted whether the call may be repeated at all
     * @param elsewhere whether another instance is left to try: then a delay that this failure asks for
     *     neither delays the call nor ends it
     * @return as {@link #delayAfter(Throwable)}
     */
    public long delayAfter(Throwable failure, boolean permitted, boolean elsewhere) {
        made();
        remember(failure);
        if (!rules.isRetried(failure)) {
            return end(failure, "the failure is not retried", false);
        }
        if (isGivenUp(failure)) {
            return end(failure, "a retry nearer to the failure has given up", true);
        }
        return delay(failure, permitted, elsewhere ? 0 : DelayHints.ofFailure(failure));
    }

    private boolean isGivenUp(Throwable failure) {
        return !rules.config.retryNested() && History.hasNoteSince(mark, failure);
    }

    /**
     * Whether a failure of the attempt under way is one to make the call again after, whatever the number of attempts.
     * Asking reports nothing.
     *
     * @param failure what was thrown
     * @return false if it is of a kind that is not retried, or a retry nearer to it has given up
     */
    public boolean isRetryable(Throwable failure) {
        return rules.isRetried(failure) && !isGivenUp(failure);
    }

    /**
     * Reports an attempt whose result is not what was wanted.
     *
     * @param result what it returned
     * @return how long to wait before the next attempt, in nanoseconds, 0 or more: then whoever drives closes
     *     this result by {@link io.mesh.policy.CallFuture#discard} right before the next attempt begins; or −1:
     *     this result is the answer
     */
    public long delayAfterResult(@Nullable Object result) {
        return delayAfterResult(result, true, false);
    }

    /**
     * Reports an attempt whose result is not what was wanted, of a call that can go to more than one
     * instance.
     *
     * @param result what it returned
     * @param permitted whether the call may be repeated at all
     * @param elsewhere whether another instance is left to try: then a delay that this result asks for
     *     neither delays the call nor ends it
     * @return as {@link #delayAfterResult(Object)}
     */
    public long delayAfterResult(@Nullable Object result, boolean permitted, boolean elsewhere) {
        made();
        return delay(null, permitted, elsewhere ? 0 : DelayHints.ofResult(result));
    }

    /**
     * Reports an attempt that failed while another one of the same call, begun beside it, was still under way or about
     * to begin: no attempt of its own among {@code maxAttempts}. What becomes of the other one is reported after it.
     *
     * @param failure what it threw, or null if it returned a result that is not what was wanted
     */
    public void failedBeside(@Nullable Throwable failure) {
        beside++;
        if (failure != null) {
            remember(failure);
        }
    }

    /**
     * Sets how many attempts the call has begun beside others, each of them paid for by the budget, so that they count
     * in its share of that.
     *
     * @param times 0 or more
     */
    public void hedges(int times) {
        this.hedges = times;
    }

    /** {@return how many retries the call has taken from the budget for attempts that were not beside others} */
    public int taken() {
        return taken;
    }

    private void remember(Throwable failure) {
        Throwable earlier = latest;
        latest = failure;
        if (earlier != null) {
            if (history == null) {
                history = new History();
            }
            history.add(earlier);
        }
    }

    private void made() {
        number++;
        paid = null;
    }

    private long delay(@Nullable Throwable failure, boolean permitted, long hint) {
        if (!permitted) {
            return end(failure, "the call may not be repeated", false);
        }
        if (number >= rules.config.maxAttempts()) {
            return end(failure, "that is maxAttempts", true);
        }
        if (hint > rules.maxHintNanos) {
            return end(failure, "the wait asked for is too long", true);
        }
        long delay = hint > 0 ? hinted(hint) : computed();
        if (limitNanos < Ticker.FOREVER) {
            long left = limitNanos - (ticker.now() - startedAt);
            if (left <= delay) {
                return end(failure, left <= 0 ? limit + " is over" : "the wait would outlast " + limit, true);
            }
        }
        String unpaid = pay();
        if (unpaid != null) {
            return end(failure, unpaid, true, true);
        }
        if (rules.observes()) {
            return observed(delay, failure);
        }
        if (!events.isSilent()) {
            events.publish(new MeshEvent.RetryScheduled(rules.policy, number, Duration.ofNanos(delay), failure));
        }
        return delay;
    }

    /** There would have been another attempt: what it costs is spent, and the failure is left as it is. */
    private long observed(long delay, @Nullable Throwable failure) {
        if (begun.getAndSet(ENDED) == ENDED) {
            return GIVE_UP;
        }
        if (paid != null) {
            paid.spend();
        }
        if (!events.isSilent()) {
            events.publish(new MeshEvent.RetryObserved(rules.policy, Duration.ofNanos(delay), failure));
        }
        return GIVE_UP;
    }

    /** Pays for the next attempt. Returns why it cannot be, or null if it is paid for or costs nothing. */
    private @Nullable String pay() {
        RetryBudget budget = rules.budget;
        if (budget == null) {
            return null;
        }
        RetryBudget.Answer answer = budget.withdraw(taken + hedges);
        if (answer instanceof RetryBudget.Denied denied) {
            return denied.reason();
        }
        paid = (Withdrawal) answer;
        taken++;
        return null;
    }

    /** Not before the hint; spread a little, or all callers that were told the same return at once. */
    private long hinted(long hint) {
        long spread = Math.min(rules.backoff.ceiling(number), hint / 10);
        return Math.min(hint + Backoff.upTo(spread, random()), Ticker.FOREVER);
    }

    private long computed() {
        previousDelay = rules.backoff.delay(number, previousDelay, random());
        return previousDelay;
    }

    private RandomGenerator random() {
        return random != null ? random : ThreadLocalRandom.current();
    }

    /**
     * Asked after the wait, right before the next attempt: whether there is still time for it. If there is
     * not, the call ends as if {@link #delayAfter} had given up.
     *
     * @param failure what the caller would get, or null if it would get a result
     * @return true if the attempt may begin
     */
    public boolean mayBegin(@Nullable Throwable failure) {
        if (limitNanos < Ticker.FOREVER && ticker.now() - startedAt >= limitNanos) {
            end(failure, limit + " is over", true);
            return false;
        }
        if (!begun.compareAndSet(number, number + 1)) {
            return false;
        }
        if (paid != null) {
            paid.spend();
        }
        mark = mark();
        return true;
    }

    /** Reports that the attempt under way went well. Nothing is told of that if it is the first. */
    public void succeeded() {
        int made = begun.getAndSet(ENDED);
        if (made > 1 && !events.isSilent()) {
            events.publish(new MeshEvent.RetrySucceeded(rules.policy, made));
        }
    }

    /**
     * Reports that nobody waits for the call any more, so that there is no further attempt, and what has been paid
     * for one that has not begun goes back to the budget. May come on any thread that sees what the decision to wait
     * has written, and more than once. Nothing is told of it if the first attempt has not been reported as failed.
     */
    public void abandoned() {
        int made = begun.getAndSet(ENDED);
        if (made == ENDED) {
            return;
        }
        boolean waiting = made == number; // the next attempt will not begin
        Withdrawal withdrawal = paid;
        if (waiting && withdrawal != null) {
            withdrawal.giveBackUnlessSpent();
        }
        if ((waiting || made > 1) && !events.isSilent()) {
            events.publish(new MeshEvent.RetriesEnded(rules.policy, made, "the call was ended from outside", latest));
        }
    }

    /**
     * Reports that the wait was interrupted, so that there is no further attempt.
     *
     * @param failure what the caller gets, or null if it gets a result
     */
    public void interrupted(@Nullable Throwable failure) {
        stopped(failure, "interrupted");
    }

    /**
     * Reports that there is no further attempt although there might have been one.
     *
     * @param failure what the caller gets, or null if it gets a result
     * @param reason why, as the end of a sentence: {@code the mesh is closed}
     */
    public void stopped(@Nullable Throwable failure, String reason) {
        end(failure, reason, true);
    }

    /**
     * Reports that there is no further attempt because it was rejected before it began. The rejection is added
     * to the failure as the last suppressed one.
     *
     * @param failure what the caller gets, or null if it gets a result
     * @param reason why, as the end of a sentence: {@code no instance is left to call}
     * @param rejection of the attempt that did not begin
     */
    public void rejected(@Nullable Throwable failure, String reason, RejectedCallException rejection) {
        end(failure, reason, true);
        if (failure != null) {
            new History().attachTo(failure, rejection);
        }
    }

    private long end(@Nullable Throwable failure, String reason, boolean retried) {
        return end(failure, reason, retried, number + beside > 1);
    }

    private long end(@Nullable Throwable failure, String reason, boolean retried, boolean noted) {
        if (begun.getAndSet(ENDED) == ENDED) {
            return GIVE_UP;
        }
        if (paid != null) {
            paid.giveBack();
        }
        if (failure != null && noted && !rules.observes()) {
            History earlier = history != null ? history : new History();
            earlier.attachTo(failure, History.note(rules.policy, number + beside, reason));
        }
        boolean mightHaveGoneOn = retried && rules.config.maxAttempts() > 1;
        if (!events.isSilent() && (number > 1 || mightHaveGoneOn)) {
            events.publish(new MeshEvent.RetriesEnded(rules.policy, number, reason, failure));
        }
        return GIVE_UP;
    }
}
