package io.mesh.proxy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.limit.ConcurrencyLimit;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.MeshConfig;
import io.mesh.model.Mode;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceSnapshot;
import io.mesh.model.TimeoutConfig;
import io.mesh.policy.Timeout;
import io.mesh.retry.RetryPolicy;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The root of everything: services, circuit breakers, retry policies, timeouts and concurrency limits by name.
 *
 * <pre>{@code
 * Mesh mesh = Mesh.builder()
 *         .service("orders", s -> s.instances("10.0.0.1:8080", "10.0.0.2:8080"))
 *         .build();
 * String order = mesh.service("orders").call(instance -> http.get("http://" + instance.address() + "/orders/42"));
 * }</pre>
 *
 * <p>Only what has been configured exists: a look-up of an unknown name throws and lists the known ones.
 * Thread-safe. Calls take no lock; {@link #reconfigure}, {@link #update}, {@link #close} and the methods
 * that create do.
 */
public final class Mesh implements AutoCloseable {

    private final String name;
    private final MeshParts parts;
    private final ReentrantLock changing = new ReentrantLock();
    private final Map<String, ServiceProxy> proxies = new ConcurrentHashMap<>();
    private final Map<String, CircuitBreaker> circuitBreakers = new ConcurrentHashMap<>();
    private final Map<String, RetryPolicy> retries = new ConcurrentHashMap<>();
    private final Map<String, Timeout> timeouts = new ConcurrentHashMap<>();
    private final Map<String, ConcurrencyLimit> concurrencyLimits = new ConcurrentHashMap<>();
    private volatile MeshConfig config = MeshConfig.empty();
    private volatile boolean closed;

    Mesh(String name, MeshParts parts, MeshConfig config) {
        this.name = name;
        this.parts = parts;
        reconfigure(config);
    }

    /** {@return a builder of a mesh without services} */
    public static MeshBuilder builder() {
        return new MeshBuilder();
    }

    /** {@return the name of the mesh, said in messages; {@code mesh} unless it was given one} */
    public String name() {
        return name;
    }

    /** {@return the settings in force} */
    public MeshConfig config() {
        return config;
    }

    /** {@return the names of the services, sorted} */
    public SortedSet<String> services() {
        return new TreeSet<>(config.services().keySet());
    }

    /** {@return the names of the circuit breakers that stand alone, sorted} */
    public SortedSet<String> circuitBreakers() {
        return new TreeSet<>(circuitBreakers.keySet());
    }

    /** {@return the names of the retry policies that stand alone, sorted} */
    public SortedSet<String> retries() {
        return new TreeSet<>(retries.keySet());
    }

    /** {@return the names of the timeouts that stand alone, sorted} */
    public SortedSet<String> timeouts() {
        return new TreeSet<>(timeouts.keySet());
    }

    /** {@return the names of the concurrency limits that stand alone, sorted} */
    public SortedSet<String> concurrencyLimits() {
        return new TreeSet<>(concurrencyLimits.keySet());
    }

    /**
     * The proxy of a service.
     *
     * @param service name of the service
     * @return always the same proxy for the same name
     * @throws IllegalArgumentException if there is no such service; the message lists those there are
     */
    public ServiceProxy service(String service) {
        ServiceProxy proxy = proxies.get(service);
        if (proxy == null || !config.services().containsKey(service)) {
            throw unknown("service", service, services());
        }
        return proxy;
    }

    /**
     * A circuit breaker that stands alone.
     *
     * @param breaker name of the breaker
     * @return always the same breaker for the same name, unless a reconfiguration removed it in between
     * @throws IllegalArgumentException if there is no such breaker; the message lists those there are
     */
    public CircuitBreaker circuitBreaker(String breaker) {
        CircuitBreaker found = circuitBreakers.get(breaker);
        if (found == null) {
            throw unknown("circuit breaker", breaker, circuitBreakers());
        }
        return found;
    }

    /**
     * A retry policy that stands alone.
     *
     * @param retry name of the policy
     * @return always the same policy for the same name, unless a reconfiguration removed it in between
     * @throws IllegalArgumentException if there is no such policy; the message lists those there are
     */
    public RetryPolicy retry(String retry) {
        RetryPolicy found = retries.get(retry);
        if (found == null) {
            throw unknown("retry policy", retry, retries());
        }
        return found;
    }

    /**
     * A timeout that stands alone.
     *
     * @param timeout name of the timeout
     * @return always the same timeout for the same name, unless a reconfiguration removed it in between
     * @throws IllegalArgumentException if there is no such timeout; the message lists those there are
     */
    public Timeout timeout(String timeout) {
        Timeout found = timeouts.get(timeout);
        if (found == null) {
            throw unknown("timeout", timeout, timeouts());
        }
        return found;
    }

    /**
     * A concurrency limit that stands alone.
     *
     * @param limit name of the limit
     * @return always the same limit for the same name, unless a reconfiguration removed it in between
     * @throws IllegalArgumentException if there is no such limit; the message lists those there are
     */
    public ConcurrencyLimit concurrencyLimit(String limit) {
        ConcurrencyLimit found = concurrencyLimits.get(limit);
        if (found == null) {
            throw unknown("concurrency limit", limit, concurrencyLimits());
        }
        return found;
    }

    private static IllegalArgumentException unknown(String kind, String name, SortedSet<String> known) {
        return new IllegalArgumentException("There is no " + kind + " '" + name + "'; configured are " + known + ".");
    }

    /**
     * A circuit breaker that stands alone, made if there is none of that name.
     *
     * @param breaker name of the breaker, lower-case kebab
     * @param settings what it must have
     * @return the breaker
     * @throws IllegalArgumentException if there is one with other settings, or the name is not lower-case kebab
     * @throws IllegalStateException if the mesh is closed
     */
    public CircuitBreaker circuitBreaker(String breaker, CircuitBreakerConfig settings) {
        changing.lock();
        try {
            CircuitBreakerConfig existing = config.circuitBreakers().get(breaker);
            if (existing == null) {
                reconfigure(config.toBuilder().circuitBreaker(breaker, settings).build());
            } else if (!existing.equals(settings)) {
                throw otherSettings("Circuit breaker", breaker, existing, settings);
            }
            return circuitBreaker(breaker);
        } finally {
            changing.unlock();
        }
    }

    /**
     * A retry policy that stands alone, made if there is none of that name.
     *
     * @param retry name of the policy, lower-case kebab
     * @param settings what it must have
     * @return the policy
     * @throws IllegalArgumentException if there is one with other settings, or the name is not lower-case kebab
     * @throws IllegalStateException if the mesh is closed
     */
    public RetryPolicy retry(String retry, RetryConfig settings) {
        changing.lock();
        try {
            RetryConfig existing = config.retries().get(retry);
            if (existing == null) {
                reconfigure(config.toBuilder().retry(retry, settings).build());
            } else if (!existing.equals(settings)) {
                throw otherSettings("Retry policy", retry, existing, settings);
            }
            return retry(retry);
        } finally {
            changing.unlock();
        }
    }

    /**
     * A timeout that stands alone, made if there is none of that name.
     *
     * @param timeout name of the timeout, lower-case kebab
     * @param settings what it must have
     * @return the timeout
     * @throws IllegalArgumentException if there is one with other settings, or the name is not lower-case kebab
     * @throws IllegalStateException if the mesh is closed
     */
    public Timeout timeout(String timeout, TimeoutConfig settings) {
        changing.lock();
        try {
            TimeoutConfig existing = config.timeouts().get(timeout);
            if (existing == null) {
                reconfigure(config.toBuilder().timeout(timeout, settings).build());
            } else if (!existing.equals(settings)) {
                throw otherSettings("Timeout", timeout, existing, settings);
            }
            return timeout(timeout);
        } finally {
            changing.unlock();
        }
    }

    /**
     * A concurrency limit that stands alone, made if there is none of that name.
     *
     * @param limit name of the limit, lower-case kebab
     * @param settings what it must have
     * @return the limit
     * @throws IllegalArgumentException if there is one with other settings, or the name is not lower-case kebab
     * @throws IllegalStateException if the mesh is closed
     */
    public ConcurrencyLimit concurrencyLimit(String limit, ConcurrencyLimitConfig settings) {
        changing.lock();
        try {
            ConcurrencyLimitConfig existing = config.concurrencyLimits().get(limit);
            if (existing == null) {
                reconfigure(config.toBuilder().concurrencyLimit(limit, settings).build());
            } else if (!existing.equals(settings)) {
                throw otherSettings("Concurrency limit", limit, existing, settings);
            }
            return concurrencyLimit(limit);
        } finally {
            changing.unlock();
        }
    }

    private static IllegalArgumentException otherSettings(String kind, String name, Object existing, Object asked) {
        return new IllegalArgumentException(
                kind + " '" + name + "' exists with other settings: " + existing + ", asked for " + asked + ".");
    }

    /**
     * Takes new settings while calls run. Refused whole if anything is wrong. What is counted stays: services,
     * breakers and policies that keep their name keep their state; calls under way finish.
     *
     * <p>A list of instances that differs from the one configured last replaces what the service has, otherwise
     * instances added, drained or marked at run time stay as they are. The proxy of a service that is no longer
     * there refuses calls until it is added again.
     *
     * @param newConfig everything the mesh shall have from now on
     * @throws InvalidSettingException if a service names a strategy, or a way to be discovered, that the mesh was not
     *     given; then nothing is changed. What the factory of a strategy throws comes out of here, too, and services that
     *     have been changed by then are changed back
     * @throws IllegalStateException if the mesh is closed
     */
    public void reconfigure(MeshConfig newConfig) {
        changing.lock();
        try {
            if (closed) {
                throw new IllegalStateException("Mesh '" + name + "' is closed.");
            }
            for (ServiceConfig settings : newConfig.services().values()) {
                parts.requireKnown(settings.loadBalancer().customStrategy());
            }
            for (ServiceConfig settings : newConfig.services().values()) {
                parts.requireDiscovery(settings);
            }
            Mode mode = newConfig.mode();
            try {
                serve(newConfig);
            } catch (Throwable refused) { // by a strategy of the user's that could not be made
                takeBack(refused);
                throw refused;
            }
            newConfig.circuitBreakers().forEach((breaker, settings) -> install(breaker, settings, mode));
            circuitBreakers.keySet().retainAll(newConfig.circuitBreakers().keySet());
            newConfig.retries().forEach((retry, settings) -> install(retry, settings, mode));
            retries.keySet().retainAll(newConfig.retries().keySet());
            newConfig.timeouts().forEach((timeout, settings) -> install(timeout, settings, mode));
            timeouts.keySet().retainAll(newConfig.timeouts().keySet());
            newConfig.concurrencyLimits().forEach((limit, settings) -> install(limit, settings, mode));
            concurrencyLimits.keySet().retainAll(newConfig.concurrencyLimits().keySet());
            config = newConfig;
        } finally {
            changing.unlock();
        }
    }

    /**
     * Changes the settings in force. Unlike a {@link #reconfigure} with what was made of {@link #config()}, this
     * loses no change that somebody else makes at the same time.
     *
     * @param change makes the new settings of those in force; called once, while other changes wait, so it must
     *     be short. Nothing happens if it returns settings that are equal
     * @return the settings in force afterwards
     * @throws IllegalStateException if the mesh is closed and the settings are to change
     */
    public MeshConfig update(UnaryOperator<MeshConfig> change) {
        changing.lock();
        try {
            MeshConfig changed = change.apply(config);
            if (!changed.equals(config)) {
                reconfigure(changed);
            }
            return config;
        } finally {
            changing.unlock();
        }
    }

    private void serve(MeshConfig all) {
        all.services().forEach((service, settings) -> serve(service, settings, all.modeOf(settings)));
        proxies.forEach((service, proxy) -> {
            if (!all.services().containsKey(service)) {
                proxy.serve(null);
            }
        });
    }

    private void takeBack(Throwable refused) {
        try {
            serve(config);
        } catch (Throwable again) {
            refused.addSuppressed(again);
        }
    }

    private void serve(String service, ServiceConfig settings, Mode mode) {
        ServiceProxy proxy = proxies.computeIfAbsent(service, key -> new ServiceProxy(key, this));
        Service served = proxy.served();
        if (served == null) {
            proxy.serve(new Service(service, settings, mode, parts));
        } else if (!served.config().equals(settings) || served.mode() != mode) {
            served.reconfigure(settings, mode);
        }
    }

    private void install(String breaker, CircuitBreakerConfig settings, Mode mode) {
        CircuitBreaker existing = circuitBreakers.get(breaker);
        if (existing == null) {
            circuitBreakers.put(
                    breaker,
                    parts.newBreaker(breaker).config(settings).mode(mode).build());
        } else {
            existing.reconfigure(settings, mode);
        }
    }

    private void install(String retry, RetryConfig settings, Mode mode) {
        RetryPolicy existing = retries.get(retry);
        if (existing == null) {
            retries.put(retry, parts.newRetry(retry, settings, mode).build());
        } else {
            existing.reconfigure(settings, mode);
        }
    }

    private void install(String timeout, TimeoutConfig settings, Mode mode) {
        Timeout existing = timeouts.get(timeout);
        if (existing == null) {
            timeouts.put(timeout, parts.newTimeout(timeout, settings, mode));
        } else {
            existing.reconfigure(settings, mode);
        }
    }

    private void install(String limit, ConcurrencyLimitConfig settings, Mode mode) {
        ConcurrencyLimit existing = concurrencyLimits.get(limit);
        if (existing == null) {
            concurrencyLimits.put(limit, parts.newConcurrencyLimit(limit, settings, mode));
        } else {
            existing.reconfigure(settings, mode);
        }
    }

    /**
     * What the services look like now. Reading changes nothing.
     *
     * @return one snapshot a service, sorted by name; empty if the mesh is closed
     */
    public List<ServiceSnapshot> snapshot() {
        return services().stream()
                .map(proxies::get)
                .flatMap(proxy -> Stream.ofNullable(proxy == null ? null : proxy.served()))
                .map(Service::snapshot)
                .toList();
    }

    /** {@return whether the mesh has been closed} */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Closes the mesh. New calls of its services get an {@code IllegalStateException}; attempts under way
     * finish and are recorded; waits between attempts end at once, and their calls with the last failure. Breakers
     * and policies that were handed out go on working, but no longer wait. Closing twice is closing once.
     */
    @Override
    public void close() {
        changing.lock();
        try {
            closed = true;
            proxies.values().forEach(proxy -> proxy.serve(null));
            parts.waits().close();
            parts.budgetTick().close();
        } finally {
            changing.unlock();
        }
    }
}
