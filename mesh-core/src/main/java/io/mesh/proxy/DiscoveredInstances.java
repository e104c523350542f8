package io.mesh.proxy;

import io.mesh.discovery.ServiceDiscovery;
import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.DiscoveryConfig;
import io.mesh.model.DiscoverySnapshot;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings what discovery finds into the balancer of one service, and decides what of it is believed.
 *
 * <ol>
 * <li>A failure changes nothing: the last list stays, also that of an earlier source until another has answered.
 * <li>An answer without instances takes the last list away only when it has been true for {@code emptyGrace}: an answer
 *     with instances and a failure begin the time anew.
 * <li>An answer equal to the last, in whatever order, changes nothing. One that differs changes those instances that
 *     differ: others that were drained, added or taken away by hand stay so. Of two with one id the last counts, and the
 *     log says which id that is.
 * <li>Answers are taken one after the other, whatever threads they come on, and none of a source that has been stopped.
 * <li>Events and log lines tell of changes, not of look-ups.
 * </ol>
 */
final class DiscoveredInstances {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final Scheduler.Cancellation NOTHING = () -> {};
    private static final int MOST_IDS_SAID = 10;

    private final String service;
    private final LoadBalancer balancer;
    private final MeshParts parts;
    private final EventQueue events;
    private final Queue<Runnable> steps = new ConcurrentLinkedQueue<>();
    private final AtomicInteger stepsLeft = new AtomicInteger();
    private Map<String, ServiceInstance> last = Map.of(); // as told, by id; only inside of steps
    private volatile @Nullable Run run; // null unless the instances are discovered

    DiscoveredInstances(String service, LoadBalancer balancer, MeshParts parts) {
        this.service = service;
        this.balancer = balancer;
        this.parts = parts;
        this.events = new EventQueue(parts.listeners());
    }

    /** Whether the instances are discovered. */
    boolean isOn() {
        return run != null;
    }

    /** Begins discovery if the settings of a new service have it. */
    void begin(ServiceConfig config) {
        if (config.discovery() != null) {
            start(config.discovery());
        }
    }

    /** Takes other settings, and with them the list they have, or another source. */
    void reconfigure(ServiceConfig old, ServiceConfig now) {
        boolean otherSource = !Objects.equals(old.discovery(), now.discovery());
        if (otherSource) {
            stop();
        }
        if (now.discovery() == null) {
            if (otherSource || !now.instances().equals(old.instances())) {
                step(() -> balancer.replace(now.instances()));
            }
        } else if (otherSource) {
            if (old.discovery() == null) {
                step(() -> last = byId(old.instances())); // they stay until there is an answer
            }
            start(now.discovery());
        }
    }

    private void start(DiscoveryConfig config) {
        Run started = new Run(config);
        run = started;
        started.begin();
    }

    /** Ends discovery. The instances stay, and whoever waits for the first one waits no more. */
    void stop() {
        Run old = run;
        run = null;
        if (old != null) {
            old.end();
        }
    }

    /** How things stand, or null if the instances are not discovered. */
    @Nullable
    DiscoverySnapshot snapshot() {
        Run current = run;
        return current == null ? null : current.snapshot();
    }

    /** Lets the calling thread wait for the first instance, unless there was one before or the time for that is over. */
    void await(long mostNanos) {
        CompletableFuture<?> over = firstWithin(mostNanos);
        if (!over.isDone()) {
            Thread waiting = Thread.currentThread();
            over.whenComplete((nothing, never) -> LockSupport.unpark(waiting));
            while (!over.isDone() && !waiting.isInterrupted()) {
                LockSupport.park(this);
            }
        }
    }

    /** Ends when there has been an instance, or when it is no longer waited for. */
    CompletableFuture<?> firstWithin(long mostNanos) {
        Run current = run;
        if (current == null || current.first.isDone() || mostNanos <= 0) {
            return CompletableFuture.completedFuture(null);
        }
        if (mostNanos >= Ticker.FOREVER) {
            return current.first;
        }
        CompletableFuture<?> over = current.first.copy();
        Scheduler.Cancellation timer = parts.waits().timer().schedule(() -> over.complete(null), mostNanos);
        over.whenComplete((nothing, never) -> timer.cancel());
        return over;
    }

    /** Takes a step after those before it, on this thread or on that which is taking one. */
    private void step(Runnable work) {
        steps.add(work);
        if (stepsLeft.getAndIncrement() == 0) {
            do {
                take(Objects.requireNonNull(steps.poll()));
            } while (stepsLeft.decrementAndGet() > 0);
        }
    }

    private void take(Runnable next) {
        try {
            next.run();
        } catch (Throwable fault) { // or no further step would ever be taken
            LOG.log(Level.ERROR, "Service '" + service + "' could not take over what discovery told.", fault);
        }
    }

    private static Map<String, ServiceInstance> byId(List<ServiceInstance> instances) {
        Map<String, ServiceInstance> byId = new LinkedHashMap<>();
        instances.forEach(instance -> byId.put(instance.id(), instance));
        return byId;
    }

    private static Set<String> idsThereTwice(List<ServiceInstance> instances) {
        Set<String> once = new HashSet<>();
        Set<String> twice = new TreeSet<>();
        for (ServiceInstance instance : instances) {
            if (!once.add(instance.id())) {
                twice.add(instance.id());
            }
        }
        return twice;
    }

    /** Brings the balancer from the last list to another. */
    private void change(Map<String, ServiceInstance> latest) {
        Map<String, ServiceInstance> before = last;
        last = latest;
        balancer.update(present -> merged(before, latest, byId(present)));
        if (!events.isSilent()) {
            events.publish(new MeshEvent.InstancesChanged(
                    service,
                    ids(latest, id -> !before.containsKey(id)),
                    ids(before, id -> !latest.containsKey(id)),
                    ids(latest, id -> before.containsKey(id) && !Objects.equals(latest.get(id), before.get(id))),
                    latest.size()));
        }
    }

    /**
     * The next list.
     *
     * @param before what discovery told last
     * @param latest what it tells now
     * @param present those in the list, with the weights they were given by hand
     */
    private static List<ServiceInstance> merged(
            Map<String, ServiceInstance> before,
            Map<String, ServiceInstance> latest,
            Map<String, ServiceInstance> present) {
        List<ServiceInstance> merged = new ArrayList<>();
        latest.forEach((id, told) -> {
            ServiceInstance kept = told.equals(before.get(id)) ? present.get(id) : told;
            if (kept != null) {
                merged.add(kept);
            }
        });
        present.forEach((id, instance) -> {
            if (!before.containsKey(id) && !latest.containsKey(id)) {
                merged.add(instance); // added by hand
            }
        });
        return merged;
    }

    private static List<String> ids(Map<String, ServiceInstance> of, Predicate<String> which) {
        return of.keySet().stream().filter(which).toList();
    }

    /** One source from its start to its end. */
    private final class Run implements ServiceDiscovery.Listener {

        private final DiscoveryConfig config;
        private final String description;
        private final CompletableFuture<?> first = new CompletableFuture<>();
        private volatile Reading reading = new Reading(false, 0, 0, null);
        private volatile @Nullable ServiceDiscovery source;
        private volatile Scheduler.Cancellation window = NOTHING; // ends the wait for the first instance
        private Scheduler.Cancellation grace = NOTHING; // this and the next: only inside of steps
        private boolean isEmpty; // says the source, and it is not believed yet
        private int doubts; // so far; tells a timer that comes too late whose it was
        private @Nullable Class<?> lastFailure;
        private Set<String> doubled = Set.of(); // ids that were in the last list more than once; only inside of steps

        Run(DiscoveryConfig config) {
            this.config = config;
            this.description = config.source().describe();
        }

        private boolean isCurrent() {
            return run == this;
        }

        void begin() {
            if (config.maxWait().isZero()) {
                first.complete(null);
            } else {
                window = parts.waits().whileOpen().schedule(() -> first.complete(null), Ticker.nanos(config.maxWait()));
            }
            try {
                ServiceDiscovery made = parts.newDiscovery(config);
                source = made;
                made.start(this);
            } catch (Throwable broken) { // a factory of the user's
                failed(broken);
            }
        }

        void end() {
            window.cancel();
            first.complete(null);
            step(() -> grace.cancel());
            ServiceDiscovery ending = source;
            if (ending != null) {
                try {
                    ending.close();
                } catch (Throwable broken) {
                    LOG.log(Level.WARNING, "Discovery (" + description + ") could not be closed.", broken);
                }
            }
        }

        @Override
        public void found(List<ServiceInstance> instances) {
            step(() -> {
                if (!isCurrent()) {
                    return;
                }
                Map<String, ServiceInstance> latest = byId(instances);
                if (latest.isEmpty() && !last.isEmpty() && !config.emptyGrace().isZero()) {
                    doubt();
                } else {
                    believe(latest);
                }
                sayDoubled(latest.size() == instances.size() ? Set.of() : idsThereTwice(instances));
            });
        }

        @Override
        public void failed(Throwable cause) {
            step(() -> {
                if (isCurrent()) {
                    forgetDoubt();
                    trouble(cause);
                }
            });
        }

        private void sayDoubled(Set<String> ids) {
            if (!ids.isEmpty() && !ids.equals(doubled)) {
                String some = ids.stream()
                        .limit(MOST_IDS_SAID)
                        .map(id -> "'" + id + "'")
                        .collect(Collectors.joining(", "));
                LOG.log(
                        Level.WARNING,
                        "Discovery ({0}) of service ''{1}'' lists more than one instance with the same id, of which the"
                                + " last counts: {2}{3}.",
                        description,
                        service,
                        some,
                        ids.size() > MOST_IDS_SAID ? " and " + (ids.size() - MOST_IDS_SAID) + " more" : "");
            }
            doubled = ids;
        }

        private void believe(Map<String, ServiceInstance> latest) {
            forgetDoubt();
            if (!latest.equals(last)) {
                change(latest);
            }
            long now = parts.ticker().now();
            Reading before = reading;
            reading = new Reading(true, now, 0, null);
            lastFailure = null;
            if (!latest.isEmpty()) {
                window.cancel();
                first.complete(null);
            }
            if (before.error != null) {
                Duration failedFor = Duration.ofNanos(now - before.failingSince);
                LOG.log(
                        Level.INFO,
                        "Discovery ({0}) of service ''{1}'' answers again; it has {2} instances.",
                        description,
                        service,
                        latest.size());
                events.publish(new MeshEvent.DiscoveryRecovered(service, description, failedFor));
            }
        }

        private void doubt() {
            if (!isEmpty) {
                isEmpty = true;
                int doubt = ++doubts;
                grace = parts.waits()
                        .whileOpen()
                        .schedule(() -> step(() -> giveUp(doubt)), Ticker.nanos(config.emptyGrace()));
            }
            trouble(new NoSuchElementException("It has found no instance; that is believed after "
                    + config.emptyGrace().toMillis() + " ms."));
        }

        private void forgetDoubt() {
            isEmpty = false;
            grace.cancel();
            grace = NOTHING;
        }

        private void giveUp(int doubt) {
            if (isCurrent() && isEmpty && doubt == doubts) {
                believe(Map.of());
            }
        }

        private void trouble(Throwable cause) {
            Reading before = reading;
            long since = before.error == null ? parts.ticker().now() : before.failingSince;
            reading = new Reading(before.answered, before.answeredAt, since, cause.toString());
            if (cause.getClass() != lastFailure) {
                lastFailure = cause.getClass();
                LOG.log(
                        Level.WARNING,
                        "Discovery (" + description + ") of service '" + service + "' failed; "
                                + (last.isEmpty() ? "it has no instance yet." : "its last " + last.size() + " stay."),
                        cause);
                events.publish(new MeshEvent.DiscoveryFailed(service, description, cause));
            }
        }

        DiscoverySnapshot snapshot() {
            Reading now = reading;
            long at = parts.ticker().now();
            return new DiscoverySnapshot(
                    description,
                    now.answered ? Duration.ofNanos(Math.max(0, at - now.answeredAt)) : null,
                    now.error == null ? null : Duration.ofNanos(Math.max(0, at - now.failingSince)),
                    now.error);
        }
    }

    /**
     * What people are told.
     *
     * @param answered whether there ever was an answer that was believed
     * @param error what went wrong last, or null if the last answer was a good one
     */
    private record Reading(
            boolean answered,
            long answeredAt,
            long failingSince,
            @Nullable String error) {}
}
