package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.PickExplanation;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Chooses which instance of a service gets the next call.
 *
 * <pre>{@code
 * LoadBalancer orders = LoadBalancer.of("orders", LoadBalancerStrategy.LEAST_CONNECTIONS,
 *         List.of(ServiceInstance.of("10.0.0.1:8080"), ServiceInstance.of("10.0.0.2:8080")));
 * try (Lease lease = orders.acquire()) {
 *     send(lease.instance());
 * }
 * }</pre>
 *
 * <p>Instances may be added, removed, replaced, re-weighted, marked and drained while picks run. What is known
 * of an instance (calls in flight, health mark, availability) is kept by its id; order and data may change.
 *
 * <p>Thread-safe without a lock. All that a pick looks at is one immutable list. A change swaps the list first and
 * computes what the strategy needs for it then, while picks still have the one before:
 *
 * <ol>
 * <li>A pick reads the list once, so it sees a change whole or not at all.
 * <li>Every change is a compare-and-set of a list computed from the one it replaces, so none is lost.
 * <li>{@link #refresh} swaps the list even if nothing has changed. If it did not, a change that runs beside it
 *     and has asked an availability earlier could win with the older answer.
 * <li>An endpoint leaves by exactly one of these swaps; whoever made it calls {@link Availability#removed()} once no
 *     pick that begins can find it.
 * <li>Picks never go back to an older list, and have a change when the method that made it returns. Whether they are logged
 *     is a matter of the list for picks alone.
 * </ol>
 */
public final class LoadBalancer {

    private static final List<Endpoint> NOBODY = List.of();

    private final String service;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final Function<? super Endpoint, Availability> availability;
    private final boolean stackTraces;
    private final Consumer<? super LoadBalancer> panicChanged;
    private final FailurePenalty penalty;
    private final PickOrder order;
    private final AtomicReference<EndpointList> list;
    private final AtomicReference<EndpointList> picking; // the list for picks, a little behind while it is prepared
    private final Function<? super LoadBalancerConfig, ? extends @Nullable Picker> pickers;

    private LoadBalancer(Builder builder) {
        this.service = builder.service;
        this.ticker = builder.ticker;
        this.random = builder.random;
        this.availability = builder.availability;
        this.stackTraces = builder.stackTraces;
        this.pickers = builder.pickers;
        this.panicChanged = builder.panicChanged;
        LoadBalancerConfig config = builder.config;
        Picker picker = picker(config);
        this.penalty = new FailurePenalty(ticker, penaltyUnder(picker, builder.failurePenalty));
        this.order = new PickOrder(ticker, random, penalty);
        EndpointList empty = EndpointList.empty(config, picker, ticker, random.nextDouble());
        this.list = new AtomicReference<>(empty);
        this.picking = new AtomicReference<>(empty);
        replace(builder.instances);
    }

    /**
     * A load balancer with default settings but for the strategy.
     *
     * @param service name of the service, for people
     * @param strategy how an instance is chosen
     * @param instances to choose from; may be empty
     * @return the load balancer
     * @throws InvalidSettingException if the name is blank or two instances have the same id
     */
    public static LoadBalancer of(String service, LoadBalancerStrategy strategy, List<ServiceInstance> instances) {
        return builder(service)
                .config(LoadBalancerConfig.builder().strategy(strategy).build())
                .instances(instances)
                .build();
    }

    /**
     * A builder of a load balancer.
     *
     * @param service name of the service, for people
     * @return a builder with default settings and no instance
     */
    public static Builder builder(String service) {
        return new Builder(service);
    }

    /** {@return the name of the service} */
    public String service() {
        return service;
    }

    /** {@return the settings in force} */
    public LoadBalancerConfig config() {
        return list.get().config();
    }

    /**
     * Chooses an instance and counts nothing: it does not become a connection.
     *
     * @return the instance as it was configured
     * @throws NoHealthyInstanceException if there is none to choose
     */
    public ServiceInstance select() {
        return select(CallOptions.defaults());
    }

    /**
     * Chooses an instance and counts nothing, as {@link #select()}.
     *
     * @param options what is known of the call, such as its hash key
     * @return the instance as it was configured
     * @throws NoHealthyInstanceException if there is none to choose
     * @throws IllegalArgumentException if the options name a subset that there is not; the message lists those there are
     */
    public ServiceInstance select(CallOptions options) {
        return picked(options).instance();
    }

    /**
     * Chooses an instance for one call, which counts as a connection until the lease is closed.
     *
     * @return the lease
     * @throws NoHealthyInstanceException if there is none to choose
     */
    public Lease acquire() {
        return acquire(CallOptions.defaults());
    }

    /**
     * Chooses an instance for one call, as {@link #acquire()}.
     *
     * @param options what is known of the call, such as its hash key
     * @return the lease
     * @throws NoHealthyInstanceException if there is none to choose
     * @throws IllegalArgumentException if the options name a subset that there is not; the message lists those there are
     */
    public Lease acquire(CallOptions options) {
        return Lease.begin(picked(options));
    }

    private Endpoint picked(CallOptions options) {
        EndpointList now = picking.get();
        Endpoint endpoint = pickFrom(now, options);
        if (endpoint == null) {
            throw noInstance(now, options);
        }
        return endpoint;
    }

    /**
     * Chooses an endpoint, for integrations that count the call themselves by {@link Endpoint#begin()},
     * {@link Endpoint#record} and {@link Endpoint#end()}. Allocates nothing.
     *
     * @return the endpoint, or null if there is none to choose; {@link #noInstance} says why
     */
    public @Nullable Endpoint pick() {
        return pick(CallOptions.defaults());
    }

    /**
     * Chooses an endpoint, as {@link #pick()}.
     *
     * @param options what is known of the call, such as its hash key
     * @return the endpoint, or null if there is none to choose; {@link #noInstance} says why
     * @throws IllegalArgumentException if the options name a subset that there is not; the message lists those there are
     */
    public @Nullable Endpoint pick(CallOptions options) {
        return pickFrom(picking.get(), options);
    }

    private @Nullable Endpoint pickFrom(EndpointList now, CallOptions options) {
        Candidates only = now.only();
        if (only != null && now.isAllFree() && options.subset() == null && !order.needsClock(now)) {
            return only.isEmpty() ? null : now.picker().pick(only, options, Endpoint.UNTIMED);
        }
        return pickAlongRoute(now, options);
    }

    private @Nullable Endpoint pickAlongRoute(EndpointList now, CallOptions options) {
        Route route = now.route(options.subset());
        if (route == null) {
            throw unknownSubset(now, options);
        }
        return pickAt(now, route, options, NOBODY);
    }

    private IllegalArgumentException unknownSubset(EndpointList now, CallOptions options) {
        String known = now.config().subsets().keySet().stream()
                .sorted()
                .map(name -> "'" + name + "'")
                .collect(Collectors.joining(", "));
        return new IllegalArgumentException("Service '" + service + "' has no subset '" + options.subset() + "', but "
                + (known.isEmpty() ? "none at all: name it in load-balancer.subsets" : known) + ".");
    }

    /**
     * Chooses an endpoint that has not been passed over, such as another one for a second attempt.
     *
     * @param passedOver not to be chosen; may be empty
     * @return the endpoint, or null if there is no other
     */
    public @Nullable Endpoint pickOther(Collection<Endpoint> passedOver) {
        return pickOther(CallOptions.defaults(), passedOver);
    }

    /**
     * Chooses an endpoint that has not been passed over, as {@link #pickOther(Collection)}.
     *
     * @param options what is known of the call, such as its hash key
     * @param passedOver not to be chosen; may be empty
     * @return the endpoint, or null if there is no other, or no subset of that name any more
     */
    public @Nullable Endpoint pickOther(CallOptions options, Collection<Endpoint> passedOver) {
        EndpointList now = picking.get();
        Route route = now.route(options.subset());
        return route == null ? null : pickAt(now, route, options, passedOver);
    }

    /**
     * Whether {@link #pickOther(CallOptions, Collection)} would find one. Looks only: no position moves and no trial is
     * used up.
     *
     * @param options what is known of the call
     * @param passedOver not to be counted; may be empty
     * @return true if there is another endpoint to choose
     */
    public boolean hasOther(CallOptions options, Collection<Endpoint> passedOver) {
        Route route = picking.get().route(options.subset());
        return route != null && route.hasOther(ticker, passedOver);
    }

    /** The list that picks look at now. */
    EndpointList list() {
        return picking.get();
    }

    /** What the strategy picks from now, whatever the zone or subset. */
    Candidates candidates() {
        return Objects.requireNonNull(picking.get().route(null)).inOrder()[0].free();
    }

    /** The time that strategies are given. */
    long now() {
        return penalty.now();
    }

    private @Nullable Endpoint pickAt(
            EndpointList now, Route route, CallOptions options, Collection<Endpoint> passedOver) {
        PickLog log = now.log();
        if (log == null) {
            return order.pick(now, route, options, passedOver, null);
        }
        long reading = ticker.now();
        if (log.isOver(reading)) {
            picking.updateAndGet(shown -> shown.log() == log ? shown.logged(null) : shown);
            return order.pick(now, route, options, passedOver, null);
        }
        PickTrace trace = new PickTrace(now, route, options, passedOver, reading);
        Endpoint chosen = order.pick(now, route, options, passedOver, trace);
        log.add(trace);
        return chosen;
    }

    /**
     * How the last picks came about, the newest first: who was chosen, and why others were not. The first question begins
     * the record, so its answer is empty; a minute after the last question it ends. While nobody asks picks cost no more for
     * it; while somebody does they read the clock and allocate.
     *
     * @return at most 64; unmodifiable
     */
    public List<PickExplanation> recentPicks() {
        PickLog log = picking.get().log();
        if (log == null || log.isOver(ticker.now())) {
            PickLog fresh = new PickLog(ticker);
            picking.updateAndGet(shown -> shown.logged(fresh));
            return List.of();
        }
        return log.explain();
    }

    /**
     * The rejection for this moment, with the counts that say why there is no instance to choose.
     *
     * @param options of the call; if they name a subset, only its instances are counted
     * @return a new exception, not thrown
     */
    public NoHealthyInstanceException noInstance(CallOptions options) {
        return noInstance(picking.get(), options);
    }

    private NoHealthyInstanceException noInstance(EndpointList now, CallOptions options) {
        String subset = options.subset();
        int restrictedOnes = 0;
        int unhealthy = 0;
        int drained = 0;
        List<Line> lines = now.lines(subset);
        for (Line line : lines) {
            if (line.standing() == Standing.DRAINED) {
                drained++;
            } else if (line.access() == Access.KEPT_OUT) {
                unhealthy++;
            } else if (line.access() == Access.RESTRICTED) {
                restrictedOnes++;
            }
        }
        NoHealthyInstanceException none =
                new NoHealthyInstanceException(service, lines.size(), unhealthy, restrictedOnes, drained, stackTraces);
        return subset == null ? none : none.inSubset(subset);
    }

    /**
     * Adds an instance at the end of the list. If its id is known, the data of that instance is replaced
     * instead; its place, calls in flight, health mark and availability stay.
     *
     * @param instance the instance
     */
    public void add(ServiceInstance instance) {
        change(before -> before.plus(instance, this::endpointOf));
    }

    /**
     * Removes an instance. Calls under way may finish.
     *
     * @param id of the instance
     * @return false if there was none of that id
     */
    public boolean remove(String id) {
        EndpointList before = change(now -> {
            Endpoint endpoint = now.endpoint(id);
            return endpoint == null ? now : now.minus(endpoint);
        });
        return before.endpoint(id) != null;
    }

    /**
     * Replaces the whole list at once. What is known of an instance whose id stays, stays.
     *
     * @param instances the new list; may be empty
     * @throws InvalidSettingException if two instances have the same id; then nothing is changed
     */
    public void replace(List<ServiceInstance> instances) {
        List<ServiceInstance> copy = withIdsOfTheirOwn(instances);
        change(before -> before.replaced(copy, this::endpointOf));
    }

    /**
     * Replaces the whole list by one that follows from the one there is, so that no change made meanwhile is lost.
     *
     * @param step makes the new list of the instances as they are configured now, with the weights they were given since;
     *     may be asked several times, and must be free of side effects
     * @throws InvalidSettingException if two instances have the same id; then nothing is changed
     */
    public void update(UnaryOperator<List<ServiceInstance>> step) {
        change(before -> before.replaced(withIdsOfTheirOwn(step.apply(before.instances())), this::endpointOf));
    }

    private static List<ServiceInstance> withIdsOfTheirOwn(List<ServiceInstance> instances) {
        List<ServiceInstance> copy = List.copyOf(instances);
        Set<String> ids = new HashSet<>();
        for (ServiceInstance instance : copy) {
            if (!ids.add(instance.id())) {
                throw new InvalidSettingException(
                        "instances", "twice '" + instance.id() + "'", "must have an id of its own each");
            }
        }
        return copy;
    }

    /**
     * Changes the weight of an instance.
     *
     * @param id of the instance
     * @param weight 0 or more; 0 drains
     * @throws InvalidSettingException if the weight is below 0
     * @throws IllegalArgumentException if there is no instance of that id; the message lists those there are
     */
    public void setWeight(String id, int weight) {
        change(id, member -> member.with(member.instance().withWeight(weight)));
    }

    /**
     * Drains an instance: it receives no new call, calls under way finish. The same as the weight 0.
     *
     * @param id of the instance
     * @throws IllegalArgumentException if there is no instance of that id; the message lists those there are
     */
    public void drain(String id) {
        setWeight(id, 0);
    }

    /**
     * Marks an instance as healthy or not. One that is not receives no new call. One that is receives calls unless
     * checks say otherwise: a mark and a check must agree.
     *
     * @param id of the instance
     * @param healthy the mark
     * @throws IllegalArgumentException if there is no instance of that id; the message lists those there are
     */
    public void mark(String id, boolean healthy) {
        change(id, member -> member.withHealthy(healthy));
    }

    /**
     * The instances in the order of the list, as readings of this moment: {@code connections} and
     * {@code healthy} are those of now, and a weight that was changed is the new one.
     *
     * @return an unmodifiable list of copies
     */
    public List<ServiceInstance> instances() {
        return list.get().members().stream()
                .map(member -> member.instance()
                        .withHealthy(member.isHealthy())
                        .withConnections(member.endpoint().inFlight()))
                .toList();
    }

    /** {@return the endpoints of all instances, whatever their state, in the order of the list; unmodifiable} */
    public List<Endpoint> endpoints() {
        return list.get().members().stream().map(Member::endpoint).toList();
    }

    /**
     * The endpoint of an instance.
     *
     * @param id of the instance
     * @return the endpoint, or null if there is no instance of that id
     */
    public @Nullable Endpoint endpoint(String id) {
        return list.get().endpoint(id);
    }

    /**
     * Which list this is, for who keeps what follows from one: every change makes it greater, and so does every
     * {@link #refresh}.
     *
     * @return the same number only as long as the list is the same
     */
    public long version() {
        return list.get().version();
    }

    /** {@return how many instances are neither drained nor kept out for their health, nor beyond the aperture, free or not} */
    public int eligible() {
        return list.get().countEligible();
    }

    /**
     * The endpoints that are neither drained nor kept out for their health, nor beyond the aperture. In a panic none is
     * kept out for its health.
     *
     * @return whether or not they are free; unmodifiable, in no particular order
     */
    public List<Endpoint> eligibleEndpoints() {
        return List.copyOf(list.get().eligible());
    }

    /**
     * The endpoints that a call with these options may go to, as {@link #eligibleEndpoints()}.
     *
     * @param options of the call, which may name a subset
     * @return whether or not they are free; unmodifiable, in no particular order
     */
    public List<Endpoint> eligibleEndpoints(CallOptions options) {
        Route route = list.get().route(options.subset());
        return route == null ? NOBODY : route.endpoints();
    }

    /**
     * Whether so few instances are healthy that all are called but the drained ones.
     *
     * @return never true unless {@link LoadBalancerConfig#panicThreshold()} is set
     */
    public boolean isInPanic() {
        return list.get().isPanic();
    }

    /** Asks the availability of every endpoint again whether it is free. Call it after an answer has changed. */
    public void refresh() {
        change(EndpointList::refreshed);
    }

    /**
     * Changes the settings while picks run. Calls in flight, health marks and positions are kept; the position
     * of a strategy, and what it knows of endpoints, begin anew only when the strategy changes.
     *
     * @param config the new settings
     * @param failurePenalty how long a failure counts from now on, as in {@link Builder#failurePenalty}
     * @throws InvalidSettingException if the failure penalty is below 0; then nothing is changed, as when the strategy throws
     *     while it is made or prepares what it needs for the instances there are
     */
    public void reconfigure(LoadBalancerConfig config, Duration failurePenalty) {
        EndpointList now = list.get();
        Picker picker = hasSameStrategy(now.config(), config) ? now.picker() : picker(config);
        Duration newPenalty = penaltyUnder(picker, failurePenalty);
        // What the strategy refuses it refuses before anything is changed
        EndpointList ready = now.with(config, picker).prepared(picking.get());
        change(before -> before == now ? ready : before.with(config, picker));
        penalty.change(newPenalty);
    }

    private static boolean hasSameStrategy(LoadBalancerConfig one, LoadBalancerConfig other) {
        if (one.customStrategy() != null || other.customStrategy() != null) {
            return Objects.equals(one.customStrategy(), other.customStrategy());
        }
        return one.strategy() == other.strategy()
                && (one.strategy() != LoadBalancerStrategy.CONSISTENT_HASH
                        || one.hashBalanceFactor() == other.hashBalanceFactor());
    }

    private Picker picker(LoadBalancerConfig config) {
        Picker own = pickers.apply(config);
        if (own != null) {
            return own;
        }
        String custom = config.customStrategy();
        if (custom != null) {
            throw new InvalidSettingException(
                    "customStrategy", "'" + custom + "'", "must be one that the pickers of the load balancer know");
        }
        return Pickers.of(config, random);
    }

    /** Under a strategy that does not look at calls in flight no failure needs to be counted. */
    private static Duration penaltyUnder(Picker picker, Duration failurePenalty) {
        if (failurePenalty.isNegative()) {
            throw new InvalidSettingException("failurePenalty", failurePenalty, "must be 0 or longer");
        }
        return picker.countsFailures() ? failurePenalty : Duration.ZERO;
    }

    private Endpoint endpointOf(ServiceInstance instance) {
        return new Endpoint(instance, penalty, availability);
    }

    private void change(String id, Function<Member, Member> change) {
        change(before -> {
            Endpoint endpoint = before.endpoint(id);
            if (endpoint == null) {
                throw unknown(id, before);
            }
            return before.changed(endpoint, change);
        });
    }

    private IllegalArgumentException unknown(String id, EndpointList now) {
        String known = now.members().stream()
                .map(member -> "'" + member.instance().id() + "'")
                .collect(Collectors.joining(", "));
        return new IllegalArgumentException("Service '" + service + "' has no instance '" + id + "', but "
                + (known.isEmpty() ? "none at all" : known) + ".");
    }

    /** Makes a change and returns the list it replaced. */
    private EndpointList change(UnaryOperator<EndpointList> step) {
        while (true) {
            EndpointList before = list.get();
            EndpointList after = step.apply(before);
            if (after == before) {
                return before;
            }
            if (list.compareAndSet(before, after)) {
                showCurrent();
                try {
                    publish();
                } finally {
                    before.missingIn(after)
                            .forEach(endpoint -> endpoint.availability().removed());
                    after.missingIn(before)
                            .forEach(endpoint -> endpoint.availability().added());
                    if (before.isPanic() != after.isPanic()) {
                        panicChanged.accept(this);
                    }
                }
                return before;
            }
        }
    }

    /**
     * Prepares the newest list for picks, which have it, or a newer one, when this returns. Once for each change, not
     * for each try of it: lists that have been replaced meanwhile are never prepared.
     */
    private void publish() {
        EndpointList shown = picking.get();
        EndpointList newest = list.get();
        if (shown.version() >= newest.version()) {
            return;
        }
        EndpointList ready = newest.prepared(shown);
        while (shown.version() < ready.version() && !picking.compareAndSet(shown, ready.logged(shown.log()))) {
            shown = picking.get();
        }
    }

    /** Repeated while the list changes, so that what the endpoints show in the end is the last list. */
    private void showCurrent() {
        EndpointList shown;
        do {
            shown = list.get();
            shown.show();
        } while (shown != list.get());
    }

    /** Collects settings; not thread-safe. Nothing is checked before {@link #build()}. */
    public static final class Builder {

        private final String service;
        private LoadBalancerConfig config = LoadBalancerConfig.defaults();
        private List<ServiceInstance> instances = List.of();
        private Ticker ticker = Ticker.system();
        private RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
        private Function<? super Endpoint, Availability> availability = endpoint -> Availability.ALWAYS;
        private Duration failurePenalty = Duration.ofSeconds(1);
        private boolean stackTraces;
        private Function<? super LoadBalancerConfig, ? extends @Nullable Picker> pickers = settings -> null;
        private Consumer<? super LoadBalancer> panicChanged = balancer -> {};

        private Builder(String service) {
            this.service = Objects.requireNonNull(service, "service");
        }

        /**
         * Sets how an instance is chosen.
         *
         * @param settings default {@link LoadBalancerConfig#defaults()}
         * @return this builder
         */
        public Builder config(LoadBalancerConfig settings) {
            this.config = settings;
            return this;
        }

        /**
         * Sets the instances to begin with.
         *
         * @param list replaces those set before; default none
         * @return this builder
         */
        public Builder instances(List<ServiceInstance> list) {
            this.instances = list;
            return this;
        }

        /**
         * Sets where time comes from.
         *
         * @param source default the system's
         * @return this builder
         */
        public Builder ticker(Ticker source) {
            this.ticker = source;
            return this;
        }

        /**
         * Sets where chance comes from.
         *
         * @param source must be thread-safe; default the generator of each thread
         * @return this builder
         */
        public Builder random(RandomGenerator source) {
            this.random = source;
            return this;
        }

        /**
         * Sets who says whether an endpoint may be picked.
         *
         * @param factory makes the availability of an endpoint when an id is new; must be free of side
         *     effects, since it may be called for an endpoint that is never used; the endpoint has its id,
         *     instance and marks, but no availability yet; default {@link Availability#ALWAYS}
         * @return this builder
         */
        public Builder availability(Function<? super Endpoint, Availability> factory) {
            this.availability = factory;
            return this;
        }

        /**
         * Sets who makes the strategy, for one of your own.
         *
         * @param factory makes a picker for these settings, or returns null for the built-in one they name; asked
         *     when the balancer is made, and whenever a reconfiguration changes the strategy; default: null
         * @return this builder
         */
        public Builder pickers(Function<? super LoadBalancerConfig, ? extends @Nullable Picker> factory) {
            this.pickers = factory;
            return this;
        }

        /**
         * Sets how long a failed call goes on counting as one in flight, under strategies that look at calls
         * in flight. Without this, an instance that fails fast looks idle and draws the calls of all others.
         *
         * @param time 0 or longer, kept to a tenth and not below 10 ms; 0 for no penalty; default 1 s
         * @return this builder
         */
        public Builder failurePenalty(Duration time) {
            this.failurePenalty = time;
            return this;
        }

        /**
         * Sets whether rejections walk the stack, which costs far more than the rejection itself.
         *
         * @param walk default false
         * @return this builder
         */
        public Builder stackTraces(boolean walk) {
            this.stackTraces = walk;
            return this;
        }

        /**
         * Sets who is told that a panic has begun or ended.
         *
         * @param listener looks at {@link LoadBalancer#isInPanic()}, since several may be told at once; must be quick and
         *     must not throw; default nobody
         * @return this builder
         */
        public Builder panicChanged(Consumer<? super LoadBalancer> listener) {
            this.panicChanged = listener;
            return this;
        }

        /**
         * Makes the load balancer.
         *
         * @return the load balancer
         * @throws InvalidSettingException if the name of the service is blank, the failure penalty is below 0
         *     or two instances have the same id
         */
        public LoadBalancer build() {
            if (service.isBlank()) {
                throw new InvalidSettingException("service", "'" + service + "'", "must not be blank");
            }
            return new LoadBalancer(this);
        }
    }
}
