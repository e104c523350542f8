package io.mesh.proxy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.event.MeshListener;
import io.mesh.limit.ConcurrencyLimit;
import io.mesh.loadbalancer.Picker;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.Mode;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.TimeoutConfig;
import io.mesh.policy.Timeout;
import io.mesh.retry.RetryPolicy;
import io.mesh.time.Ticker;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What everything in one mesh shares, and so how its parts are made. */
record MeshParts(
        Ticker ticker,
        Waits waits,
        BudgetTick budgetTick,
        List<MeshListener> listeners,
        RandomGenerator random,
        boolean stackTraces,
        @Nullable Executor hedgeExecutor,
        Map<String, Supplier<? extends Picker>> strategies) {

    /** A strategy of the user's own, or null for the built-in one. */
    @Nullable
    Picker picker(LoadBalancerConfig config) {
        String custom = config.customStrategy();
        if (custom == null) {
            return null;
        }
        requireKnown(custom);
        return Objects.requireNonNull(
                Objects.requireNonNull(strategies.get(custom)).get(), custom);
    }

    /** Refuses the name of a strategy that nobody has given to the mesh. */
    void requireKnown(@Nullable String customStrategy) {
        if (customStrategy != null && !strategies.containsKey(customStrategy)) {
            throw new InvalidSettingException(
                    "loadBalancer.customStrategy",
                    "'" + customStrategy + "'",
                    "must be one of the strategies given to the mesh, which are " + new TreeSet<>(strategies.keySet()));
        }
    }

    CircuitBreaker.Builder newBreaker(String name, CircuitBreakerConfig config, Mode mode) {
        return CircuitBreaker.builder(name)
                .config(config)
                .mode(mode)
                .ticker(ticker)
                .scheduler(waits::scheduleWhileOpen)
                .random(random)
                .listeners(listeners)
                .stackTraces(stackTraces);
    }

    RetryPolicy.Builder newRetry(String name, RetryConfig config, Mode mode) {
        return RetryPolicy.builder(name)
                .config(config)
                .mode(mode)
                .ticker(ticker)
                .sleeper(waits)
                .scheduler(waits)
                .timer(waits.timer())
                .stopped(waits::isClosed)
                .random(random)
                .budgetByDefault(RetryBudgetConfig.defaults())
                .budgetAwoken(budgetTick::wake)
                .listeners(listeners);
    }

    Timeout newTimeout(String name, TimeoutConfig config, Mode mode) {
        EventQueue events = new EventQueue(listeners);
        return Timeout.builder(name)
                .config(config)
                .mode(mode)
                .scheduler(waits.timer())
                .overtime(limit -> events.publish(new MeshEvent.TimeoutObserved(name, limit)))
                .build();
    }

    ConcurrencyLimit newConcurrencyLimit(String name, ConcurrencyLimitConfig config, Mode mode) {
        return ConcurrencyLimit.builder(name)
                .config(config)
                .mode(mode)
                .ticker(ticker)
                .scheduler(waits)
                .listeners(listeners)
                .stackTraces(stackTraces)
                .build();
    }
}
