package io.mesh.proxy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.circuitbreaker.Tally;
import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.model.OutlierConfig;
import io.mesh.time.Scheduler;
import io.mesh.time.Scheduler.Cancellation;
import io.mesh.time.Ticker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Compares the instances of one service every interval, by what their breakers count anyway, and opens the breakers of
 * those that do worse than the others. So there is one state, one count of places and one way back, and no call does
 * anything for it.
 *
 * <p>An instance is compared if its circuit has been closed for the whole interval: one that has come back begins with
 * nothing counted.
 */
final class OutlierDetector {

    private static final int ALL = 100;

    private final Service service;
    private final MeshParts parts;
    private final Scheduler scheduler;
    private final EventQueue events;
    private final AtomicReference<@Nullable Rounds> rounds = new AtomicReference<>();

    OutlierDetector(Service service, MeshParts parts) {
        this.service = service;
        this.parts = parts;
        this.scheduler = Scheduler.lasting(parts.waits().timer());
        this.events = new EventQueue(parts.listeners());
    }

    /** Begins, goes on under other settings, or ends, if there are none. */
    void reconfigure(@Nullable OutlierConfig config) {
        Rounds before = rounds.get();
        if (before != null && before.config.equals(config)) {
            return;
        }
        Rounds after = config == null ? null : new Rounds(config);
        Rounds replaced = rounds.getAndSet(after);
        if (replaced != null) {
            replaced.end();
        }
        if (after != null) {
            after.begin();
        }
    }

    void close() {
        reconfigure(null);
    }

    /** One comparison after the other, under the same settings. */
    private final class Rounds {

        private final OutlierConfig config;
        private Map<CircuitBreaker, Tally> tallies = Map.of(); // one round at a time; the scheduler passes it on
        private volatile @Nullable Cancellation next;
        private volatile boolean ended;

        Rounds(OutlierConfig config) {
            this.config = config;
        }

        void begin() {
            calls(); // what was counted up to now
            schedule();
        }

        void end() {
            ended = true;
            cancel();
        }

        private void schedule() {
            try {
                next = scheduler.schedule(this::compare, Ticker.nanos(config.interval()));
            } catch (RejectedExecutionException shutDown) {
                return; // then each breaker decides alone
            }
            if (ended) {
                cancel(); // ended since it was asked
            }
        }

        private void cancel() {
            Cancellation scheduled = next;
            if (scheduled != null) {
                scheduled.cancel();
            }
        }

        private void compare() {
            if (ended) {
                return;
            }
            try {
                Map<CircuitBreaker, String> outliers = Outliers.among(calls(), config);
                service.refreshes().once(() -> eject(outliers));
            } finally {
                schedule();
            }
        }

        /** The calls since the last round, of those that were closed all the time. */
        private List<Outliers.Calls> calls() {
            Map<CircuitBreaker, Tally> now = new HashMap<>();
            List<Outliers.Calls> calls = new ArrayList<>();
            for (Endpoint endpoint : service.balancer().eligibleEndpoints()) {
                CircuitBreaker breaker = Service.guard(endpoint).breaker();
                Tally tally = breaker.tally();
                now.put(breaker, tally);
                Tally before = tallies.get(breaker);
                if (before != null && before.closed() && before.stay() == tally.stay()) {
                    calls.add(new Outliers.Calls(
                            breaker, tally.succeeded() - before.succeeded(), tally.failed() - before.failed()));
                }
            }
            tallies = now;
            return calls;
        }

        /** Or the first of the list would always have the last place. */
        private List<CircuitBreaker> shuffled(Map<CircuitBreaker, String> outliers) {
            List<CircuitBreaker> order = new ArrayList<>(outliers.keySet());
            for (int i = order.size() - 1; i > 0; i--) {
                int other = parts.random().nextInt(i + 1);
                order.set(i, order.set(other, order.get(i)));
            }
            return order;
        }

        private void eject(Map<CircuitBreaker, String> outliers) {
            for (CircuitBreaker breaker : shuffled(outliers)) {
                eject(breaker, outliers.getOrDefault(breaker, ""));
            }
        }

        private void eject(CircuitBreaker breaker, String reason) {
            boolean enforced = parts.random().nextInt(ALL) < config.enforcementPercent();
            boolean ejected = enforced && breaker.eject("outlier: " + reason) && !service.observes();
            events.publish(new MeshEvent.OutlierDetected(breaker.name(), ejected, reason));
        }
    }
}
