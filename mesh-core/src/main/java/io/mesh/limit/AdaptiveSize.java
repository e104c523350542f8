package io.mesh.limit;

import io.mesh.model.AdaptiveLimitConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.time.Ticker;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A limit that finds its own size from how long calls take.
 *
 * <pre>{@code
 *   limit = limit * clamp(tolerance * latency without load / latency now, 0.5, 2) + sqrt(limit)
 * }</pre>
 *
 * <p>This is the gradient controller of Envoy's adaptive concurrency filter. A backend that does N calls at once keeps
 * further ones waiting, so that the latency is limit / N times what it is without load; the formula rests a little above
 * N. What a gradient needs is the latency without load. Netflix's Gradient2 takes the average of the past for it, and
 * so takes a standing queue for normal in the end; Envoy measures it at a limit of 3, which rejects nearly all calls
 * meanwhile. Here it is measured at half the limit, as TCP BBR drains its queue: since the formula rests below 2 N (4, if N is
 * 1), that is without a queue; and if the limit was too high all the same, what is measured is still lower than before, and so is
 * the limit that comes of it.
 *
 * <ol>
 * <li>Latencies are looked at in {@link Window}s of some ten calls that all began under the limit of that window. The
 *     median decides, so that single calls that take forever do not.
 * <li>A window in which at most half the limit was in use says nothing about the limit and does not change it. It is a
 *     measurement without load.
 * <li>Calls that failed faster than calls take say nothing; those that failed later are as slow as they were. Calls that
 *     were rejected, here or further in, say nothing.
 * <li>Whoever fills a window decides, by one compare-and-set from it to the next.
 * </ol>
 */
final class AdaptiveSize {

    private static final double LEAST_GRADIENT = 0.5;
    private static final double MOST_GRADIENT = 2.0;

    private final AdaptiveLimitConfig config;
    private final int most;
    private final long probeNanos;
    private final AtomicReference<Window> current;

    AdaptiveSize(ConcurrencyLimitConfig limit, AdaptiveLimitConfig config, int first, long now) {
        this.config = config;
        this.most = limit.maxConcurrent();
        this.probeNanos = Ticker.nanos(config.probeInterval());
        this.current = new AtomicReference<>(Window.first(bounded(first), now));
    }

    /** How many calls may run at once. */
    int limit() {
        return current.get().limit();
    }

    /** The limit of the moment, that of before the probe if there is one. */
    int size() {
        return current.get().size();
    }

    /** A call has begun, so many run now. */
    void began(int inFlight) {
        Window window = current.get();
        if (2L * inFlight > window.limit()) {
            window.use();
        }
    }

    /** A call has ended that says how long calls take. */
    void took(long startedAt, long now) {
        Window window = current.get();
        if (startedAt - window.since() >= 0 && window.add(now - startedAt)) {
            current.compareAndSet(window, next(window, window.median(), now));
        }
    }

    /** A call has failed: if that took longer than calls take, it is a sample like any other. */
    void failed(long startedAt, long now) {
        Window window = current.get();
        if (window.isMeasured() && now - startedAt > window.unloaded()) {
            took(startedAt, now);
        }
    }

    private Window next(Window window, long latency, long now) {
        boolean probeIsOver = window.isProbe();
        boolean due = now - window.measuredAt() >= probeNanos;
        if (probeIsOver || !window.isUsed()) {
            boolean anew = probeIsOver || due || !window.isMeasured() || latency < window.unloaded();
            return anew ? window.measured(latency, now) : window.again(now);
        }
        if (!window.isMeasured() || due) {
            return window.probe(bounded(window.limit() / 2.0 - 1), now);
        }
        long unloaded = Math.min(window.unloaded(), latency);
        double gradient =
                Math.max(LEAST_GRADIENT, Math.min(MOST_GRADIENT, config.tolerance() * unloaded / (double) latency));
        return window.sized(bounded(gradient * window.limit() + Math.sqrt(window.limit())), unloaded, now);
    }

    private int bounded(double wanted) {
        return (int) Math.max(config.minLimit(), Math.min(most, wanted));
    }
}
