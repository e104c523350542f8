package io.mesh.retry;

import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryBudgetSnapshot;
import io.mesh.time.RecentCount;
import io.mesh.time.Ticker;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one service or one retry policy may spend on retries, shared by all its calls; see
 * {@link RetryBudgetConfig}. Made by the {@link RetryPolicy} it belongs to, it keeps what it has counted when
 * the settings change.
 *
 * <p>Finagle's {@code RetryBudget} is a bucket into which every success puts a token. Here a success puts
 * nothing anywhere: successful first attempts are counted (in a mesh the circuit breakers do that anyway), and
 * what has been earned is worked out when a retry asks, from how far the count has come within {@code ttl}:
 *
 * <pre>{@code
 *   balance = ratio * first attempts that went well in the last ttl + minPerSecond * ttl - retries in the last ttl
 * }</pre>
 *
 * <ol>
 * <li>A retry is counted first and asked about then, and taken back if it is denied. So no two of them get what
 *     is there only once; under a race one too many may be denied.
 * <li>The count of first attempts is looked at when a retry asks, at most once a second, and by a
 *     {@linkplain #tick tick} if there is one. Across a time in which nobody has looked the rate is taken as
 *     even. What went well since the last look earns nothing yet.
 * <li>A span of time is ten tenths of it, the running one included ({@link RecentCount}).
 * </ol>
 *
 * <p>All is computed in whole millionths of a retry. Thread-safe and without locks.
 */
public final class RetryBudget {

    /** One retry. */
    private static final long UNIT = 1_000_000;

    /** More successes than can be in a minute, and few enough not to overflow at the highest ratio. */
    private static final long MOST_SUCCESSES = 4_000_000_000L;

    private static final Denied EXHAUSTED = new Denied("the retry budget is exhausted");
    private static final Denied SHARE_TAKEN = new Denied("one call may take no more of the retry budget");

    private final String name;
    private final Ticker ticker;
    private final EventQueue events;
    private final @Nullable LongSupplier countedElsewhere;
    private final Consumer<? super RetryBudget> awoken;
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder denied = new LongAdder();
    private final RecentCount lastSecond;
    private final AtomicReference<Samples> samples;
    private final AtomicLong quietUntil;
    private volatile Terms terms;

    private final AtomicBoolean awake = new AtomicBoolean();
    private volatile boolean asked;
    private long quietTicks; // this and totalAtLastTick: only in tick()
    private long totalAtLastTick;

    /**
     * A budget of which nothing has been earned yet.
     *
     * @param countedElsewhere how many first attempts have gone well, or null if {@link #succeeded()} is told
     * @param awoken told when a retry asks after a rest, so that {@link #tick} is called from then on
     */
    RetryBudget(
            String name,
            RetryBudgetConfig config,
            Ticker ticker,
            EventQueue events,
            @Nullable LongSupplier countedElsewhere,
            Consumer<? super RetryBudget> awoken) {
        long now = ticker.now();
        this.name = name;
        this.ticker = ticker;
        this.events = events;
        this.countedElsewhere = countedElsewhere;
        this.awoken = awoken;
        this.lastSecond = new RecentCount(Samples.SECOND, now);
        this.samples = new AtomicReference<>(Samples.begin(now));
        this.quietUntil = new AtomicLong(now);
        this.terms = Terms.of(config, now);
    }

    /** {@return the settings now} */
    public RetryBudgetConfig config() {
        return terms.config;
    }

    /** {@return what this budget looks like now; looking changes nothing} */
    public RetryBudgetSnapshot snapshot() {
        long now = ticker.now();
        Terms current = terms;
        Samples seen = samples.get();
        if (seen.isDue(now)) {
            seen = look(seen, now, current);
        }
        return new RetryBudgetSnapshot(
                Math.max(0, current.balance(now, seen)) / UNIT, current.retries.sum(now), denied.sum());
    }

    /**
     * Tells of a first attempt that went well; one striped add. Not to be told where first attempts are counted
     * elsewhere, nor by those who call the policy: it tells for itself. Only for those who drive attempts
     * themselves.
     */
    public void succeeded() {
        succeeded.increment();
    }

    /** Tells of a first attempt that did not go well, as {@link #succeeded()}. */
    public void failed() {
        failed.increment();
    }

    /**
     * Looks at the counts, so that what is earned is known to the second. To be called once a second, by one
     * thread at a time, from when the budget says that it is awake until this says that it is not: then there
     * have been neither first attempts nor retries for {@code ttl}.
     *
     * @return false if the budget rests until a retry asks again
     */
    public boolean tick() {
        long total = look(ticker.now(), terms).total();
        quietTicks = asked || total != totalAtLastTick ? 0 : quietTicks + 1;
        totalAtLastTick = total;
        asked = false;
        if (quietTicks * Samples.SECOND < terms.ttlNanos) {
            return true;
        }
        quietTicks = 0;
        awake.set(false);
        return false;
    }

    /**
     * Takes a retry for an attempt that is to begin at once, beside another one that is under way.
     *
     * @param taken how many the call has taken before
     * @return the retry, to be {@linkplain Withdrawal#giveBack given back} if the attempt does not begin after all;
     *     null if there is none left or the call has had its share
     */
    public @Nullable Withdrawal take(int taken) {
        return withdraw(taken) instanceof Withdrawal withdrawal ? withdrawal : null;
    }

    /**
     * Takes a retry for a call.
     *
     * @param taken how many the call has taken before
     * @return the retry, unless there is none left or the call has had its share
     */
    Answer withdraw(int taken) {
        wake();
        long now = ticker.now();
        Terms current = terms;
        Samples seen = look(now, current);
        current.retries.add(now);
        lastSecond.add(now);
        long left = current.balance(now, seen);
        boolean exhausted = left < 0 || isBurst(now, current, seen);
        if (!exhausted && taken < Math.max(1, share(left, taken))) {
            return new Withdrawal(current.retries, lastSecond, now);
        }
        current.retries.remove(now);
        lastSecond.remove(now);
        denied.increment();
        if (exhausted) {
            sayExhausted(now);
            return EXHAUSTED;
        }
        return SHARE_TAKEN;
    }

    /** What whoever asks for a retry is told. */
    sealed interface Answer permits Withdrawal, Denied {}

    /**
     * No retry.
     *
     * @param reason as the end of a sentence
     */
    record Denied(String reason) implements Answer {}

    /** A fifth of what was left before the call took anything. */
    private static long share(long left, int taken) {
        return (left + (taken + 1) * UNIT) / (5 * UNIT);
    }

    private boolean isBurst(long now, Terms current, Samples seen) {
        long retries = lastSecond.sum(now);
        return retries > current.config.minPerSecond() && retries * 2 > seen.inLastSecond(now, failed.sum());
    }

    private void sayExhausted(long now) {
        long until = quietUntil.get();
        if (!events.isSilent() && now - until >= 0 && quietUntil.compareAndSet(until, now + Samples.SECOND)) {
            events.publish(new MeshEvent.RetryBudgetExhausted(name, denied.sum()));
        }
    }

    private void wake() {
        if (!asked) {
            asked = true;
        }
        if (!awake.get() && awake.compareAndSet(false, true)) {
            awoken.accept(this);
        }
    }

    /** The samples of now, a new one among them if the last is a second old. */
    private Samples look(long now, Terms current) {
        Samples seen = samples.get();
        if (!seen.isDue(now)) {
            return seen;
        }
        Samples more = look(seen, now, current);
        return samples.compareAndSet(seen, more) ? more : samples.get();
    }

    private Samples look(Samples before, long now, Terms current) {
        LongSupplier elsewhere = countedElsewhere;
        long good = succeeded.sum() + (elsewhere == null ? 0 : elsewhere.getAsLong());
        return before.with(now, good, failed.sum(), current.ttlNanos);
    }

    /** Takes new settings. What was earned and spent stays. */
    void reconfigure(RetryBudgetConfig config) {
        terms = terms.with(config, ticker.now());
    }

    /** The settings, worked out once, and the retries made under them. */
    private static final class Terms {

        private final RetryBudgetConfig config;
        private final long ttlNanos;
        private final long ratio;
        private final long reserve;
        private final RecentCount retries;

        private Terms(RetryBudgetConfig config, RecentCount retries) {
            this.config = config;
            this.ttlNanos = Ticker.nanos(config.ttl());
            this.ratio = Math.round(config.ratio() * UNIT);
            this.reserve = config.minPerSecond() * (ttlNanos / (Samples.SECOND / UNIT));
            this.retries = retries;
        }

        static Terms of(RetryBudgetConfig config, long now) {
            return new Terms(config, new RecentCount(Ticker.nanos(config.ttl()), now));
        }

        /** With another time to live, retries made so far count as made now. */
        Terms with(RetryBudgetConfig newConfig, long now) {
            if (newConfig.ttl().equals(config.ttl())) {
                return new Terms(newConfig, retries);
            }
            Terms other = of(newConfig, now);
            other.retries.add(now, retries.sum(now));
            return other;
        }

        /** What is left, in millionths; below 0 if more was taken than there was. */
        long balance(long now, Samples seen) {
            return Math.min(seen.succeededSince(now - ttlNanos), MOST_SUCCESSES) * ratio
                    + reserve
                    - retries.sum(now) * UNIT;
        }
    }
}
