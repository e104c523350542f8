package io.mesh.proxy;

import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.model.HedgeConfig;
import io.mesh.model.HedgeSnapshot;
import io.mesh.retry.RetryBudget;
import io.mesh.retry.Withdrawal;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The hedging of one service, made when it is switched on: after how long a hedge is sent, and what pays for it. The
 * {@link Race} of one attempt asks.
 *
 * <p>Thread-safe and without locks.
 */
final class Hedging {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int LEAST_CALLS = 100;

    /** Too few latencies are known to say after how long a hedge is sent. */
    static final long NOT_KNOWN = -1;

    private final String service;
    private final Ticker ticker;
    private final EventQueue events;
    private final Latencies latencies;
    private final HedgeBudget budget;
    private final AtomicReference<@Nullable Known> known = new AtomicReference<>();
    private final LongAdder sent = new LongAdder();
    private final LongAdder won = new LongAdder();
    private final LongAdder denied = new LongAdder();
    private final AtomicLong quietUntil;
    private final AtomicBoolean saidNotHedged = new AtomicBoolean();
    private final AtomicBoolean saidBlockingNotHedged = new AtomicBoolean();
    private final AtomicBoolean saidFault = new AtomicBoolean();
    private volatile HedgeConfig config;

    Hedging(String service, HedgeConfig config, Ticker ticker, EventQueue events) {
        long now = ticker.now();
        this.service = service;
        this.config = config;
        this.ticker = ticker;
        this.events = events;
        this.latencies = new Latencies(now);
        this.budget = new HedgeBudget(now);
        this.quietUntil = new AtomicLong(now);
    }

    /** A delay that was worked out, and when. */
    private record Known(long at, long nanos) {}

    /** Takes new settings; what is measured and counted stays. */
    void reconfigure(HedgeConfig newConfig) {
        config = newConfig;
        known.set(null);
    }

    int maxHedges() {
        return config.maxHedges();
    }

    /** After how long a hedge is sent, in nanoseconds, or {@link #NOT_KNOWN}. Worked out at most once a second. */
    long delay() {
        HedgeConfig current = config;
        if (current.delay() != null) {
            return Ticker.nanos(current.delay());
        }
        long now = ticker.now();
        Known seen = known.get();
        if (seen != null && now - seen.at < SECOND) {
            return seen.nanos;
        }
        Known mine = new Known(now, seen == null ? NOT_KNOWN : seen.nanos); // the others go on with that meanwhile
        if (!known.compareAndSet(seen, mine)) {
            return mine.nanos;
        }
        long nanos = measured(current, now);
        known.compareAndSet(mine, new Known(now, nanos));
        return nanos;
    }

    private long measured(HedgeConfig current, long now) {
        Double percentile = current.percentile();
        long nanos = percentile == null ? NOT_KNOWN : latencies.percentile(percentile, LEAST_CALLS, now);
        return nanos < 0 ? NOT_KNOWN : Math.max(nanos, Ticker.nanos(current.minDelay()));
    }

    /** The first attempt of a call that may be hedged begins. */
    void earn() {
        budget.earn(ticker.now());
    }

    /** An attempt that is no hedge has taken so long, or was given up after so long: then that is a lower bound. */
    void took(long beganAt) {
        long now = ticker.now();
        latencies.add(now - beganAt, now);
    }

    /**
     * Pays for a hedge that is about to begin: from both budgets or from none.
     *
     * @param retries the service's retry budget, or null if it has none
     * @param taken how many retries the call has taken from that, for hedges and otherwise
     * @return null if one of them denies
     */
    @Nullable
    HedgePayment pay(@Nullable RetryBudget retries, int taken) {
        long now = ticker.now();
        if (budget.take(config.maxExtraLoad(), now)) {
            if (retries == null) {
                return new HedgePayment(budget, now, null);
            }
            Withdrawal retry = retries.take(taken);
            if (retry != null) {
                return new HedgePayment(budget, now, retry);
            }
            budget.giveBack(now);
        }
        denied.increment();
        tell(now);
        return null;
    }

    /** The work of a hedge begins. */
    void sent() {
        sent.increment();
        tell(ticker.now());
    }

    /** A hedge that was paid for has found no thread. */
    void refused() {
        denied.increment();
        tell(ticker.now());
    }

    void won() {
        won.increment();
        tell(ticker.now());
    }

    private void tell(long now) {
        long until = quietUntil.get();
        if (!events.isSilent() && now - until >= 0 && quietUntil.compareAndSet(until, now + SECOND)) {
            events.publish(new MeshEvent.Hedged(service, sent.sum(), won.sum(), denied.sum()));
        }
    }

    /** Says once what blocking calls lack to be hedged. */
    void sayBlockingNotHedged() {
        if (!saidBlockingNotHedged.get() && saidBlockingNotHedged.compareAndSet(false, true)) {
            LOG.log(
                    Level.INFO,
                    "A blocking call of service ''{0}'' is not hedged, since a hedge needs another thread. Give the mesh"
                            + " an executor by Mesh.builder().hedgeExecutor(...) (in Spring Boot, a bean named"
                            + " applicationTaskExecutor), or call with callAsync. Said once.",
                    service);
        }
    }

    /** Says once what would have to be said for the calls of this service to be hedged. */
    void sayNotHedged() {
        if (!saidNotHedged.get() && saidNotHedged.compareAndSet(false, true)) {
            LOG.log(
                    Level.INFO,
                    "A call of service ''{0}'' is not hedged, since nothing says that it may be made twice."
                            + " If it may, call with CallOptions.idempotent(true); if every call of the service may,"
                            + " set repeat to ANY (mesh.services.{0}.retry.repeat=any). Said once.",
                    service);
        }
    }

    /** Says once what has gone wrong with a hedge before its work began; that somebody is busy or shut down is no fault. */
    void sayFault(@Nullable Throwable fault) {
        if (!(fault instanceof RejectedExecutionException) && !saidFault.getAndSet(true)) {
            LOG.log(
                    Level.WARNING,
                    "A hedge of service '" + service + "' could not be begun; its call goes on without. Said once.",
                    fault);
        }
    }

    HedgeSnapshot snapshot() {
        HedgeConfig current = config;
        Duration delay = current.delay();
        if (delay == null) {
            long nanos = measured(current, ticker.now());
            delay = nanos == NOT_KNOWN ? null : Duration.ofNanos(nanos);
        }
        return new HedgeSnapshot(sent.sum(), won.sum(), denied.sum(), delay);
    }
}
