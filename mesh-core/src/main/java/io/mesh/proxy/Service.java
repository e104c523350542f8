package io.mesh.proxy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.circuitbreaker.Permit;
import io.mesh.event.EventQueue;
import io.mesh.health.HealthChecker;
import io.mesh.limit.ConcurrencyLimit;
import io.mesh.loadbalancer.CallOutcome;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.BreakerScope;
import io.mesh.model.CallOptions;
import io.mesh.model.ConcurrencyLimitSnapshot;
import io.mesh.model.DiscoverySnapshot;
import io.mesh.model.HedgeConfig;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.Jitter;
import io.mesh.model.Mode;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.RejectedCallException;
import io.mesh.model.Repeat;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ServiceSnapshot;
import io.mesh.policy.DelayHints;
import io.mesh.retry.RetryBudget;
import io.mesh.retry.RetryPolicy;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One service of a mesh, from its first configuration to its removal: its balancer, breakers and retry policy,
 * and the settings of the moment.
 *
 * <p>Both kinds of breaker exist, so that {@code breakerScope} may change while calls run; only one kind is
 * asked.
 */
final class Service {

    private static final System.Logger LOG = System.getLogger("io.mesh");

    /** What was not sent is made again at once; no other failure is. */
    private static final RetryConfig NOT_SENT_ONLY = RetryConfig.builder()
            .initialDelay(Duration.ZERO)
            .jitter(Jitter.NONE)
            .build();

    /** A failure keeps an instance looking busy for this long, or for its open time if that is shorter. */
    private static final Duration FAILURE_PENALTY = Duration.ofSeconds(1);

    private final String name;
    private final MeshParts parts;
    private final LoadBalancer balancer;
    private final HealthChecker health;
    private final EjectionPlaces places;
    private final OutlierDetector outliers;
    private final CircuitBreaker breaker;
    private final Limits limits;
    private final RetryPolicy retry;
    private final FirstAttempts firstAttempts = new FirstAttempts();
    private final Refreshes refreshes = new Refreshes(this::refreshNow);
    private final LongAdder rejected = new LongAdder();
    private final AtomicBoolean saidNotRepeated = new AtomicBoolean();
    private final AtomicBoolean saidUnprepared = new AtomicBoolean();
    private final DiscoveredInstances discovered;
    private volatile ServiceConfig config;
    private volatile Mode mode; // asked only where something would be kept out
    private volatile @Nullable Hedging hedging; // null unless it is switched on
    private volatile boolean started; // from the end of the constructor until it is closed
    private volatile boolean breaksPerInstance; // as the settings say; asked by every call

    Service(String name, ServiceConfig config, Mode mode, MeshParts parts) {
        this.name = name;
        this.config = config;
        this.mode = mode;
        this.breaksPerInstance = config.breakerScope() == BreakerScope.INSTANCE;
        this.parts = parts;
        this.breaker = parts.newBreaker(name)
                .config(config.circuitBreaker())
                .mode(mode)
                .build();
        this.limits = new Limits(name, config, mode, parts); // before there are instances
        this.retry = parts.newRetry(name, retryConfig(config), mode)
                .firstSuccesses(this::firstSuccesses)
                .build();
        this.hedging = newHedging(config.hedge());
        this.health = new HealthChecker(name, parts.healthChecks(), config.healthCheck(), this::refresh);
        PanicWatch panic = new PanicWatch(name, parts.listeners());
        LoadBalancer.Builder builder = LoadBalancer.builder(name)
                .config(config.loadBalancer())
                .instances(config.instances())
                .ticker(parts.ticker())
                .random(parts.random())
                .failurePenalty(failurePenalty(config))
                .pickers(parts::picker)
                .stackTraces(parts.stackTraces())
                .panicChanged(panic::look)
                .availability(endpoint -> new InstanceGuard(this, endpoint));
        this.balancer = builder.build();
        this.places = new EjectionPlaces(
                balancer::eligible,
                this::placesHeldByOthers,
                balancer::version,
                config.loadBalancer().maxEjectionPercent());
        this.outliers = new OutlierDetector(this, parts);
        this.started = true;
        for (Endpoint endpoint : balancer.endpoints()) {
            guard(endpoint).added();
        }
        outliers.reconfigure(config.outlierDetection());
        this.discovered = new DiscoveredInstances(name, balancer, parts);
        discovered.begin(config);
    }

    private static RetryConfig retryConfig(ServiceConfig config) {
        RetryConfig retry = config.retry();
        return retry == null ? NOT_SENT_ONLY : retry;
    }

    private @Nullable Hedging newHedging(@Nullable HedgeConfig hedge) {
        return hedge == null ? null : new Hedging(name, hedge, parts.ticker(), new EventQueue(parts.listeners()));
    }

    private static Duration failurePenalty(ServiceConfig config) {
        Duration openTimeout = config.circuitBreaker().openTimeout();
        return openTimeout.compareTo(FAILURE_PENALTY) < 0 ? openTimeout : FAILURE_PENALTY;
    }

    /** How many instances that are drained or kept out for their health hold a place: no trial will free it. */
    private int placesHeldByOthers() {
        List<Endpoint> all = balancer.endpoints();
        if (all.size() == balancer.eligible()) {
            return 0; // most of the time; the sets below are large
        }
        Set<Endpoint> eligible = new HashSet<>(balancer.eligibleEndpoints());
        int held = 0;
        for (Endpoint endpoint : all) {
            if (!eligible.contains(endpoint) && guard(endpoint).holdsPlace()) {
                held++;
            }
        }
        return held;
    }

    /** Whether instances that come are checked: not before there is a balancer, and not after the service is closed. */
    boolean isStarted() {
        return started;
    }

    /** Ends what goes on without a call. Calls under way go on. */
    void close() {
        started = false;
        discovered.stop();
        outliers.close();
        for (Endpoint endpoint : balancer.endpoints()) {
            guard(endpoint).health().end();
        }
    }

    String name() {
        return name;
    }

    Mode mode() {
        return mode;
    }

    /** Whether no instance is kept out by what was decided about it. */
    boolean observes() {
        return mode == Mode.OBSERVE;
    }

    ServiceConfig config() {
        return config;
    }

    LoadBalancer balancer() {
        return balancer;
    }

    DiscoveredInstances discovered() {
        return discovered;
    }

    HealthChecker health() {
        return health;
    }

    RetryPolicy retry() {
        return retry;
    }

    FirstAttempts firstAttempts() {
        return firstAttempts;
    }

    /** How many first attempts have gone well; while calls run it may be a little too low. */
    long firstSuccesses() {
        return firstAttempts.succeeded(breaker, balancer::endpoints);
    }

    EjectionPlaces places() {
        return places;
    }

    /** The breaker of the whole service; asked only if {@link #breaksPerInstance()} is false. */
    CircuitBreaker breaker() {
        return breaker;
    }

    boolean breaksPerInstance() {
        return breaksPerInstance;
    }

    long now() {
        return parts.ticker().now();
    }

    Ticker ticker() {
        return parts.ticker();
    }

    /** Throws nothing: breakers and checks ask for it in the midst of a call or of their own change. */
    void refresh() {
        refreshes.ask();
    }

    Refreshes refreshes() {
        return refreshes;
    }

    private void refreshNow() {
        try {
            balancer.refresh();
        } catch (Throwable fault) { // of a strategy of the user's; picks keep the list before
            if (saidUnprepared.compareAndSet(false, true)) {
                LOG.log(
                        Level.WARNING,
                        "The strategy of service '" + name + "' cannot prepare a list of instances, so calls go by the"
                                + " list before. Said once.",
                        fault);
            }
        }
    }

    CircuitBreaker newBreaker(String instanceId, InstanceGuard guard) {
        return parts.newBreaker(name + "/" + instanceId)
                .like(breaker)
                .ejections(guard)
                .build();
    }

    static InstanceGuard guard(Endpoint endpoint) {
        return (InstanceGuard) endpoint.availability();
    }

    Limits limits() {
        return limits;
    }

    @Nullable
    Permit tryAcquire(Endpoint endpoint) {
        return guard(endpoint).tryAcquire();
    }

    /**
     * The limit of the service, if it alone keeps a call out that might wait for a place; otherwise null.
     */
    @Nullable
    ConcurrencyLimit limitToWaitFor(CallOptions options) {
        ConcurrencyLimit ofService = limits.ofService();
        if (ofService == null || ofService.config().maxWait().isZero()) {
            return null;
        }
        InstanceGuard kept = keptOutByLimits(options);
        return kept == null || (kept.isFull() && !limits.isServiceFull()) ? null : ofService;
    }

    /** An instance that would be called but for limits, or null if there is none. */
    private @Nullable InstanceGuard keptOutByLimits(CallOptions options) {
        if (!limits.areOn() || !(breaksPerInstance() || breaker.wouldPermit(now()))) {
            return null;
        }
        for (Endpoint endpoint : balancer.eligibleEndpoints(options)) {
            InstanceGuard guard = guard(endpoint);
            if (guard.isPickableButForLimits(now())) {
                return guard;
            }
        }
        return null;
    }

    /** Whether failed calls are made again at all, but for those that were not sent. */
    boolean retries() {
        return config.retry() != null;
    }

    /**
     * Whether a failed call may be made again. Without retry settings only what was not sent is, and only
     * while there is an instance it has not been to.
     */
    boolean mayRepeat(CallOptions options, boolean notSent, BooleanSupplier untriedLeft) {
        return retries()
                ? RepeatRule.mayRepeat(config.repeat(), options, notSent)
                : notSent && untriedLeft.getAsBoolean();
    }

    /** Whether a failure would have been repeated if the caller had said that the call is idempotent. */
    boolean wouldHaveRepeated(Throwable failure) {
        return retries() && config.repeat() != Repeat.NOT_SENT && retry.wouldRetry(failure);
    }

    /** What hedges a call, or null if nothing does: it is switched off, or the call may not be made twice. */
    @Nullable
    Hedging hedging(CallOptions options) {
        Hedging current = hedging;
        if (current == null || mode == Mode.OBSERVE) {
            return null;
        }
        Repeat repeat = config.repeat();
        if (RepeatRule.mayRepeat(repeat, options, false)) {
            return current;
        }
        if (options.idempotent() == null && repeat != Repeat.NOT_SENT) {
            current.sayNotHedged();
        }
        return null;
    }

    boolean isClosed() {
        return parts.waits().isClosed();
    }

    Waits waits() {
        return parts.waits();
    }

    /** Runs the hedges of blocking calls; null if they are not hedged. */
    @Nullable
    Executor hedgeExecutor() {
        return parts.hedgeExecutor();
    }

    /** Tells when a hedge is due. */
    Scheduler timer() {
        return parts.waits().timer();
    }

    /** Whether anything about a call depends on the time since its start. */
    boolean isTimed(CallOptions options) {
        return options.timeout() != null || retry.isTimed();
    }

    /** The time left of the call's own timeout, in nanoseconds; {@link Ticker#FOREVER} if it has none. */
    long nanosLeft(CallOptions options, long startedAt) {
        Duration timeout = options.timeout();
        return timeout == null ? Ticker.FOREVER : startedAt + Ticker.nanos(timeout) - now();
    }

    /**
     * Records an attempt that returned.
     *
     * @param first whether it was the first of its call
     * @param begun what {@link Endpoint#begin} has returned
     * @return whether the result is one to retry; asked here once, since it may be a user's code that tells
     */
    boolean returned(Endpoint endpoint, Permit permit, @Nullable Object result, boolean first, long begun) {
        boolean failed = permit.result(result);
        endpoint.record(failed ? CallOutcome.FAILURE : CallOutcome.SUCCESS, begun);
        boolean unwanted = retry.isUnwanted(result);
        if (failed || unwanted) {
            heed(endpoint, DelayHints.ofResult(result));
        }
        if (failed || unwanted || !first) {
            countForBudget(first, !failed, !failed && !unwanted);
        }
        return unwanted;
    }

    /** Whether a result is one to retry, of a call that has been recorded as one that took too long. */
    boolean isUnwanted(Endpoint endpoint, @Nullable Object lateResult) {
        boolean unwanted = retry.isUnwanted(lateResult);
        if (unwanted) {
            heed(endpoint, DelayHints.ofResult(lateResult));
        }
        return unwanted;
    }

    /**
     * Records an attempt that threw.
     *
     * @param first whether it was the first of its call
     * @param begun what {@link Endpoint#begin} has returned
     */
    void threw(Endpoint endpoint, Permit permit, Throwable failure, boolean first, long begun) {
        boolean failed = permit.failure(failure);
        boolean answered = !failed && breaker.isAnswer(failure); // all breakers have the same settings
        CallOutcome unfailed = answered ? CallOutcome.SUCCESS : CallOutcome.ABANDONED;
        endpoint.record(failed ? CallOutcome.FAILURE : unfailed, begun);
        countForBudget(first, answered, answered);
        heed(endpoint, DelayHints.ofInstance(failure));
    }

    /**
     * Counts an attempt that is not simply a first one that went well, which its breaker has counted.
     *
     * @param success whether the breaker has counted a success
     */
    private void countForBudget(boolean first, boolean success, boolean wentWell) {
        if (success && !(first && wentWell)) {
            firstAttempts.other();
        }
        RetryBudget budget = retry.budget();
        if (first && !wentWell && budget != null) {
            budget.failed();
        }
    }

    private void heed(Endpoint endpoint, long hintNanos) {
        if (hintNanos > 0) {
            long longest = Ticker.nanos(config.circuitBreaker().maxOpenTimeout());
            guard(endpoint).barUntil(now() + Math.min(hintNanos, longest));
        }
    }

    /**
     * Why no attempt can be made: a concurrency limit, which counts it, if that alone keeps an instance out; the breaker
     * with the earliest trial if a breaker alone does; otherwise the count of the instances.
     *
     * @param options of the call; if they name a subset, other instances are of no account
     * @param serviceWasFull whether the limit of the service has refused the call
     * @param waited how long the call has waited for a place there
     */
    RejectedCallException rejection(CallOptions options, boolean serviceWasFull, Duration waited) {
        InstanceGuard kept = keptOutByLimits(options);
        if (kept != null) {
            ConcurrencyLimit ofService = limits.ofService();
            ConcurrencyLimit ofInstance = kept.limit();
            if (ofService != null && (serviceWasFull || ofInstance == null)) {
                ofService.rejected();
                return ofService.rejection(waited);
            }
            if (ofInstance != null) {
                return ofInstance.rejection(Duration.ZERO); // it has counted its refusal
            }
        }
        if (!breaksPerInstance()) {
            return breaker.isFree() || !balancer.hasOther(options, List.of())
                    ? noInstance(options)
                    : breaker.rejection();
        }
        long now = now();
        CircuitBreaker earliest = null;
        long least = 0;
        for (Endpoint endpoint : balancer.eligibleEndpoints(options)) {
            InstanceGuard guard = guard(endpoint);
            if (guard.isBarred(now)) {
                continue;
            }
            long wait = guard.breaker().nanosUntilTrial(now);
            if (earliest == null || wait < least) {
                earliest = guard.breaker();
                least = wait;
            }
        }
        return earliest == null ? noInstance(options) : earliest.rejection();
    }

    private NoHealthyInstanceException noInstance(CallOptions options) {
        NoHealthyInstanceException none = balancer.noInstance(options);
        DiscoverySnapshot discovery = discovered.snapshot();
        return discovery == null ? none : none.with(discovery);
    }

    /** The rejection of a call for which no attempt could be made, counted. */
    RejectedCallException reject(CallOptions options, boolean serviceWasFull, Duration waited) {
        rejected.increment();
        return rejection(options, serviceWasFull, waited);
    }

    /** Whether it is the breaker or the limit of the whole service that has refused a call to an endpoint. */
    boolean refusesEverywhere(Endpoint refusing) {
        return limits.isServiceFull() || breakerRefusesEverywhere(refusing);
    }

    boolean breakerRefusesEverywhere(Endpoint refusing) {
        return !breaksPerInstance() && !guard(refusing).isBarred(now()) && !breaker.wouldPermit(now());
    }

    /** Says once what would have to be said for a failed call to be made again. */
    void sayNotRepeated() {
        if (!saidNotRepeated.get() && saidNotRepeated.compareAndSet(false, true)) {
            LOG.log(
                    Level.INFO,
                    "A failed call of service ''{0}'' was not made again, since nothing says that it may be made twice."
                            + " If it may, call with CallOptions.idempotent(true); if every call of the service may,"
                            + " set repeat to ANY (mesh.services.{0}.retry.repeat=any). Said once.",
                    name);
        }
    }

    /** Takes new settings; what is counted stays. Calls under way may still see some of the old ones. */
    void reconfigure(ServiceConfig newConfig, Mode newMode) {
        balancer.reconfigure(newConfig.loadBalancer(), failurePenalty(newConfig)); // first: a strategy may not be made
        ServiceConfig old = config;
        config = newConfig;
        mode = newMode;
        breaksPerInstance = newConfig.breakerScope() == BreakerScope.INSTANCE;
        retry.reconfigure(retryConfig(newConfig), newMode);
        reconfigure(newConfig.hedge());
        breaker.reconfigure(newConfig.circuitBreaker(), newMode);
        limits.reconfigure(newConfig, newMode);
        health.reconfigure(newConfig.healthCheck());
        places.percent(newConfig.loadBalancer().maxEjectionPercent());
        discovered.reconfigure(old, newConfig);
        balancer.refresh(); // whoever is just coming with the old settings is in the list by now, or is made anew
        refreshes.once(this::adoptSettings);
        outliers.reconfigure(newConfig.outlierDetection());
    }

    /** Lets what every instance has of its own go on under the settings that are in force by now. */
    private void adoptSettings() {
        for (Endpoint endpoint : balancer.endpoints()) {
            guard(endpoint).breaker().reconfigureLike(breaker);
            guard(endpoint).reconfigureLimit(endpoint.id());
            guard(endpoint).health().adopt();
            if (!breaksPerInstance()) {
                guard(endpoint).standAside();
            }
        }
        refresh();
    }

    private void reconfigure(@Nullable HedgeConfig hedge) {
        Hedging current = hedging;
        if (current == null || hedge == null) {
            hedging = newHedging(hedge);
        } else {
            current.reconfigure(hedge);
        }
    }

    ServiceSnapshot snapshot() {
        long now = now();
        List<InstanceSnapshot> instances = new ArrayList<>();
        for (Endpoint endpoint : balancer.endpoints()) {
            InstanceGuard guard = guard(endpoint);
            ServiceInstance reading =
                    endpoint.instance().withHealthy(endpoint.isHealthy()).withConnections(endpoint.inFlight());
            instances.add(new InstanceSnapshot(
                    reading,
                    breaksPerInstance() ? guard.breaker().snapshot() : null,
                    guard.barredFor(now),
                    snapshot(guard.limit()),
                    guard.health().snapshot()));
        }
        RetryBudget budget = retry.budget();
        Hedging hedges = hedging;
        return new ServiceSnapshot(
                name,
                mode,
                instances,
                breaksPerInstance() ? null : breaker.snapshot(),
                rejected.sum(),
                budget == null ? null : budget.snapshot(),
                hedges == null ? null : hedges.snapshot(),
                snapshot(limits.ofService()),
                balancer.isInPanic(),
                discovered.snapshot());
    }

    private static @Nullable ConcurrencyLimitSnapshot snapshot(@Nullable ConcurrencyLimit limit) {
        return limit == null ? null : limit.snapshot();
    }
}
