package io.mesh.proxy;

import io.mesh.discovery.ServiceDiscovery;
import io.mesh.event.MeshListener;
import io.mesh.health.HealthChecks;
import io.mesh.loadbalancer.Picker;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.MeshConfig;
import io.mesh.model.Mode;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.TimeoutConfig;
import io.mesh.time.Scheduler;
import io.mesh.time.Sleeper;
import io.mesh.time.Ticker;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Collects what a {@link Mesh} is made of; not thread-safe. */
public final class MeshBuilder {

    private String name = "mesh";
    private MeshConfig.Builder config = MeshConfig.builder();
    private final List<MeshListener> listeners = new ArrayList<>();
    private Ticker ticker = Ticker.system();
    private @Nullable Sleeper sleeper;
    private Scheduler scheduler = Scheduler.system();
    private RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    private boolean stackTraces;
    private @Nullable Executor hedgeExecutor;
    private final Map<String, Supplier<? extends Picker>> strategies = new TreeMap<>();
    private final Map<String, ServiceDiscovery.Factory> discoveries = new TreeMap<>();

    MeshBuilder() {}

    /**
     * Sets the name of the mesh, said in messages.
     *
     * @param meshName default {@code mesh}
     * @return this builder
     */
    public MeshBuilder name(String meshName) {
        this.name = meshName;
        return this;
    }

    /**
     * Sets all services, breakers, retry policies, timeouts and concurrency limits.
     *
     * @param settings replace those set before
     * @return this builder
     */
    public MeshBuilder config(MeshConfig settings) {
        this.config = settings.toBuilder();
        return this;
    }

    /**
     * Sets whether what the mesh decides is done.
     *
     * @param mode of everything but services with a mode of their own; default {@link Mode#ACT}
     * @return this builder
     */
    public MeshBuilder mode(Mode mode) {
        config.mode(mode);
        return this;
    }

    /**
     * Adds or replaces a service.
     *
     * @param service name of the service, lower-case kebab
     * @param settings given a builder that starts from the defaults
     * @return this builder
     */
    public MeshBuilder service(String service, Consumer<? super ServiceConfig.Builder> settings) {
        ServiceConfig.Builder builder = ServiceConfig.builder();
        settings.accept(builder);
        config.service(service, builder.build());
        return this;
    }

    /**
     * Adds or replaces a circuit breaker that stands alone.
     *
     * @param breaker name of the breaker, lower-case kebab
     * @param settings of the breaker
     * @return this builder
     */
    public MeshBuilder circuitBreaker(String breaker, CircuitBreakerConfig settings) {
        config.circuitBreaker(breaker, settings);
        return this;
    }

    /**
     * Adds or replaces a retry policy that stands alone.
     *
     * @param retry name of the policy, lower-case kebab
     * @param settings of the policy
     * @return this builder
     */
    public MeshBuilder retry(String retry, RetryConfig settings) {
        config.retry(retry, settings);
        return this;
    }

    /**
     * Adds or replaces a timeout that stands alone.
     *
     * @param timeout name of the timeout, lower-case kebab
     * @param settings of the timeout
     * @return this builder
     */
    public MeshBuilder timeout(String timeout, TimeoutConfig settings) {
        config.timeout(timeout, settings);
        return this;
    }

    /**
     * Adds or replaces a concurrency limit that stands alone.
     *
     * @param limit name of the limit, lower-case kebab
     * @param settings of the limit
     * @return this builder
     */
    public MeshBuilder concurrencyLimit(String limit, ConcurrencyLimitConfig settings) {
        config.concurrencyLimit(limit, settings);
        return this;
    }

    /**
     * Adds a listener to what happens anywhere in the mesh.
     *
     * @param listener hears the events
     * @return this builder
     */
    public MeshBuilder listener(MeshListener listener) {
        listeners.add(listener);
        return this;
    }

    /**
     * Adds listeners to what happens anywhere in the mesh.
     *
     * @param more hear the events
     * @return this builder
     */
    public MeshBuilder listeners(Collection<? extends MeshListener> more) {
        listeners.addAll(more);
        return this;
    }

    /**
     * Sets where the time is read.
     *
     * @param source default {@link Ticker#system()}
     * @return this builder
     */
    public MeshBuilder ticker(Ticker source) {
        this.ticker = source;
        return this;
    }

    /**
     * Sets how a thread waits between attempts. Closing the mesh ends the waits of the default, but not those of
     * a sleeper given here.
     *
     * @param waiting default: parks the thread
     * @return this builder
     */
    public MeshBuilder sleeper(Sleeper waiting) {
        this.sleeper = waiting;
        return this;
    }

    /**
     * Sets what waits between the attempts of asynchronous calls, tells when an attempt or a call has taken too long, is
     * to be hedged or has waited long enough for a place, ticks once a second for retry budgets while something fails, and
     * begins health checks.
     *
     * @param timer default {@link Scheduler#system()}; it is not shut down with the mesh
     * @return this builder
     */
    public MeshBuilder scheduler(Scheduler timer) {
        this.scheduler = timer;
        return this;
    }

    /**
     * Sets where picks and waits take their randomness from.
     *
     * @param source thread-safe; default {@code ThreadLocalRandom}
     * @return this builder
     */
    public MeshBuilder random(RandomGenerator source) {
        this.random = source;
        return this;
    }

    /**
     * Sets whether rejections carry a stack trace, which costs far more than the rejection itself.
     *
     * @param walk default false
     * @return this builder
     */
    public MeshBuilder stackTraces(boolean walk) {
        this.stackTraces = walk;
        return this;
    }

    /**
     * Sets what runs the hedges of blocking calls, each for as long as the work takes; see
     * {@link io.mesh.model.HedgeConfig}. Asynchronous calls do not need it.
     *
     * <p>It should give each task a thread at once, as {@code Executors.newCachedThreadPool()} and virtual threads do, or
     * reject it: a hedge that waits in a queue helps nobody. It must run or reject every task. One that it drops in
     * silence is waited for until the time of the call is over, if the first attempt has failed, and without a limit
     * ({@link io.mesh.model.CallOptions#timeout()}, {@code maxDuration}, {@code attemptTimeout}) for ever. On the thread
     * that hands a task over, as {@code CallerRunsPolicy} would have it, no hedge runs: that counts as rejected.
     *
     * @param threads not shut down with the mesh; null, the default: blocking calls are not hedged
     * @return this builder
     */
    public MeshBuilder hedgeExecutor(@Nullable Executor threads) {
        this.hedgeExecutor = threads;
        return this;
    }

    /**
     * Adds a load balancing strategy of your own, for services whose settings
     * {@linkplain io.mesh.model.LoadBalancerConfig#customStrategy() name it}.
     *
     * @param strategy name of the strategy
     * @param maker makes the picker of one service; asked for each service anew, and again when the strategy of a
     *     service is changed to this one
     * @return this builder
     */
    public MeshBuilder strategy(String strategy, Supplier<? extends Picker> maker) {
        strategies.put(strategy, maker);
        return this;
    }

    /**
     * Gives the mesh a way to find instances, beside DNS and files; services use it by
     * {@link io.mesh.model.DiscoveryConfig#named(String, String)}.
     *
     * @param way its name, lower-case kebab, such as {@code consul}
     * @param factory makes the discovery of one service; the mesh starts and closes it
     * @return this builder
     * @throws io.mesh.model.InvalidSettingException if the name is not lower-case kebab
     */
    public MeshBuilder discovery(String way, ServiceDiscovery.Factory factory) {
        MeshConfig.requireName("discovery", way);
        discoveries.put(way, factory);
        return this;
    }

    /**
     * Makes the mesh.
     *
     * @return the mesh, open
     * @throws io.mesh.model.InvalidSettingException if a name is not lower-case kebab, or a service names a strategy, or
     *     a way to be discovered, that was not given
     */
    public Mesh build() {
        Waits waits = new Waits(sleeper, scheduler);
        return new Mesh(
                name,
                new MeshParts(
                        ticker,
                        waits,
                        new BudgetTick(scheduler),
                        List.copyOf(listeners),
                        random,
                        stackTraces,
                        hedgeExecutor,
                        new TreeMap<>(strategies),
                        new TreeMap<>(discoveries),
                        new HealthChecks(ticker, waits.timer(), random, listeners)),
                config.build());
    }
}
