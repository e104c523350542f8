package io.mesh.spring.properties;

import io.mesh.model.BreakerScope;
import io.mesh.model.Jitter;
import io.mesh.model.LateResult;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.Mode;
import io.mesh.model.Repeat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The keys there are under {@code mesh}, what they mean and which default they have. A key that is not here
 * stops the start.
 *
 * <p>Read by Boot as it stands, without inheritance: {@link MeshConfigMapper} knows what finally applies.
 *
 * @param enabled Whether there is a mesh at all; without it there are no proxies, and annotations do nothing.
 * @param mode Whether what is decided is done, or only told; services may have a mode of their own.
 * @param stackTraces Whether rejections (circuit open, no instance) carry a stack trace, which costs far more
 *     than the rejection itself.
 * @param defaults What every service, circuit breaker, retry policy, timeout and concurrency limit inherits, key by key.
 * @param services Services by name, in lower-case kebab such as order-history.
 * @param circuitBreakers Circuit breakers that stand alone, by name, for annotations and for code.
 * @param retries Retry policies that stand alone, by name, for annotations and for code.
 * @param timeouts Timeouts that stand alone, by name, for annotations and for code.
 * @param concurrencyLimits Concurrency limits that stand alone, by name, for annotations and for code.
 */
@ConfigurationProperties(prefix = "mesh", ignoreUnknownFields = false)
public record MeshProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("act") Mode mode,
        @DefaultValue("false") boolean stackTraces,
        @Nullable DefaultSettings defaults,
        @DefaultValue Map<String, ServiceSettings> services,
        @DefaultValue Map<String, CircuitBreakerSettings> circuitBreakers,
        @DefaultValue Map<String, RetrySettings> retries,
        @DefaultValue Map<String, TimeoutSettings> timeouts,
        @DefaultValue Map<String, ConcurrencyLimitSettings> concurrencyLimits) {

    /**
     * What everything inherits, key by key; a list is replaced whole.
     *
     * @param circuitBreaker Settings of circuit breakers.
     * @param retry Settings of retries; any key here gives every service retries.
     * @param timeout Settings of timeouts that stand alone.
     * @param concurrencyLimit Settings of concurrency limits; any key here gives every service one.
     * @param instanceConcurrencyLimit Settings of the limits of instances; any key here gives every instance of every
     *     service one.
     * @param loadBalancer Settings of load balancers.
     * @param breakerScope What one circuit breaker of a service watches.
     * @param hedge Settings of hedging; any key here gives every service hedging.
     */
    public record DefaultSettings(
            @DefaultValue CircuitBreakerSettings circuitBreaker,
            @DefaultValue RetrySettings retry,
            @DefaultValue TimeoutSettings timeout,
            @DefaultValue ConcurrencyLimitSettings concurrencyLimit,
            @DefaultValue InstanceConcurrencyLimitSettings instanceConcurrencyLimit,
            @DefaultValue LoadBalancerSettings loadBalancer,
            @DefaultValue("instance") BreakerScope breakerScope,
            @DefaultValue HedgeSettings hedge) {}

    /**
     * One service.
     *
     * @param mode Whether what is decided is done, or only told; default mesh.mode.
     * @param instances Where it is: host:port, or id, host, port, weight, healthy and metadata; [] if instances
     *     are added at run time.
     * @param loadBalancer How the instances share the calls.
     * @param circuitBreaker Settings of the circuit breaker of each instance, or of the service.
     * @param breakerScope What one circuit breaker watches.
     * @param retry How failed calls are made again; without any key here or in the defaults only what was
     *     surely not sent is.
     * @param hedge When a call that takes long is made a second time beside the first; without any key here or in the
     *     defaults, never.
     * @param concurrencyLimit How many attempts may run at once in all; without any key here or in the defaults any
     *     number.
     * @param instanceConcurrencyLimit How many attempts may run at once on each instance; without any key here or in
     *     the defaults any number.
     */
    public record ServiceSettings(
            @Nullable Mode mode,
            @DefaultValue List<InstanceSettings> instances,
            @DefaultValue LoadBalancerSettings loadBalancer,
            @DefaultValue CircuitBreakerSettings circuitBreaker,
            @DefaultValue("instance") BreakerScope breakerScope,
            @Nullable ServiceRetrySettings retry,
            @Nullable HedgeSettings hedge,
            @Nullable ConcurrencyLimitSettings concurrencyLimit,
            @Nullable InstanceConcurrencyLimitSettings instanceConcurrencyLimit) {}

    /**
     * One instance of a service.
     *
     * @param id Identity of the instance; default host:port.
     * @param host Host name or address, IPv6 without brackets.
     * @param port 1 to 65535.
     * @param weight Its share of the calls relative to the others; 0 means no new call.
     * @param healthy Whether it may be called at first.
     * @param metadata Anything else known of it.
     */
    public record InstanceSettings(
            @Nullable String id,
            @Nullable String host,
            @Nullable Integer port,
            @DefaultValue("1") int weight,
            @DefaultValue("true") boolean healthy,
            @DefaultValue Map<String, String> metadata) {

        /**
         * The short form. Boot finds this method by its name and parameter.
         *
         * @param address {@code host:port}, an IPv6 host in brackets.
         * @return the instance
         * @throws io.mesh.model.InvalidSettingException if the address is not of that form
         */
        public static InstanceSettings of(String address) {
            io.mesh.model.ServiceInstance instance = io.mesh.model.ServiceInstance.of(address.trim());
            return new InstanceSettings(instance.id(), instance.host(), instance.port(), 1, true, Map.of());
        }
    }

    /**
     * How the instances of a service share its calls.
     *
     * @param strategy How one of the available instances is chosen.
     * @param maxEjectionPercent Which share of a service's instances may be kept out at once by their circuit
     *     breakers, 1 to 100.
     */
    public record LoadBalancerSettings(
            @DefaultValue("least-connections") LoadBalancerStrategy strategy,
            @DefaultValue("50") int maxEjectionPercent) {}

    /**
     * When a circuit opens and closes, and what counts as a failure.
     *
     * @param failureThreshold Failures in a row that open a closed circuit, 1 or more.
     * @param successThreshold Successful trial calls that close a half-open circuit, 1 or more.
     * @param openTimeout How long a circuit stays open before a trial call may pass.
     * @param openTimeoutMultiplier By how much longer it stays open each time it opens again, 1 or more.
     * @param maxOpenTimeout No longer than this; default 5m, or open-timeout if that is longer.
     * @param openTimeoutJitter By which share the open time varies by chance, 0 to 1.
     * @param eagerHalfOpen Whether a timer makes the circuit half-open, not the first call after the open time.
     * @param trialTimeout How long a trial call may take before its place is given to another; default open-timeout.
     * @param recoveryTime For how long after half-open only a share of the calls passes; 0s for not at all.
     * @param stuckCallTimeout A call under way for longer counts as a failure before it ends; default never.
     * @param halfOpenMaxCalls Trial calls under way at once while half-open, 1 to 1000.
     * @param window How failures are counted, if not in a row: over the last calls or the last time.
     * @param ignore Classes of throwables that count neither way.
     * @param recordSuccess Classes of throwables that are an answer, such as "not found".
     * @param recordFailure Classes of throwables that are failures; none means every other one.
     */
    public record CircuitBreakerSettings(
            @DefaultValue("5") int failureThreshold,
            @DefaultValue("2") int successThreshold,
            @DefaultValue("30s") Duration openTimeout,
            @DefaultValue("1") double openTimeoutMultiplier,
            @Nullable Duration maxOpenTimeout,
            @DefaultValue("0") double openTimeoutJitter,
            @DefaultValue("false") boolean eagerHalfOpen,
            @Nullable Duration trialTimeout,
            @DefaultValue("0s") Duration recoveryTime,
            @Nullable Duration stuckCallTimeout,
            @DefaultValue("3") int halfOpenMaxCalls,
            @Nullable WindowSettings window,
            @DefaultValue Set<Class<? extends Throwable>> ignore,
            @DefaultValue Set<Class<? extends Throwable>> recordSuccess,
            @DefaultValue Set<Class<? extends Throwable>> recordFailure) {}

    /**
     * Which calls a closed circuit looks at, and how many of them may go wrong. One of calls and time is given.
     *
     * @param calls How many of the last calls, 1 to 100000.
     * @param time How long a call is looked at, 1s to 1d.
     * @param failureRateThreshold Share of failed calls that opens the circuit, in percent, above 0 to 100.
     * @param minimumCalls Calls that must be in the window before it says anything; default calls, or 20 with time.
     * @param slowCallDuration A call that takes longer is slow; default none is.
     * @param slowCallRateThreshold Share of slow calls that opens the circuit, in percent, above 0 to 100.
     * @param slowCountsAsFailure Whether a slow call is also one that failed.
     */
    public record WindowSettings(
            @Nullable Integer calls,
            @Nullable Duration time,
            @DefaultValue("50") double failureRateThreshold,
            @Nullable Integer minimumCalls,
            @Nullable Duration slowCallDuration,
            @DefaultValue("100") double slowCallRateThreshold,
            @DefaultValue("false") boolean slowCountsAsFailure) {}

    /**
     * How a failed call is made again.
     *
     * @param maxAttempts How often the call is made in all, the first included; 1 means no retry.
     * @param initialDelay The wait before the second attempt, at most max-delay.
     * @param multiplier By how much the wait grows from one attempt to the next, 1.0 or more.
     * @param maxDelay The longest wait.
     * @param jitter How waits are spread.
     * @param maxDuration No attempt begins later than this after the start of the call; default no limit.
     * @param attemptTimeout How long one attempt may take before it is interrupted or cancelled; default no limit.
     * @param lateResult What becomes of a result that comes after attempt-timeout: return it, or fail.
     * @param maxHint A failure that asks for a longer wait than this is not retried; default the larger of
     *     max-delay and 5s.
     * @param retryOn Classes of throwables that are retried; none means every Exception.
     * @param abortOn Classes of throwables that are not retried, stronger than retry-on.
     * @param retryNested Whether a failure that an inner retry has given up on is retried again.
     * @param budget How far retries may add to the load.
     */
    public record RetrySettings(
            @DefaultValue("3") int maxAttempts,
            @DefaultValue("100ms") Duration initialDelay,
            @DefaultValue("2.0") double multiplier,
            @DefaultValue("5s") Duration maxDelay,
            @DefaultValue("full") Jitter jitter,
            @Nullable Duration maxDuration,
            @Nullable Duration attemptTimeout,
            @DefaultValue("return") LateResult lateResult,
            @Nullable Duration maxHint,
            @DefaultValue Set<Class<? extends Throwable>> retryOn,
            @DefaultValue Set<Class<? extends Throwable>> abortOn,
            @DefaultValue("false") boolean retryNested,
            @Nullable RetryBudgetSettings budget) {}

    /**
     * How far retries may add to the load: one budget per service, and per retry policy that stands alone.
     *
     * @param enabled Whether there is a budget; without one, retries are limited by max-attempts alone.
     * @param ratio Retries earned by a call that succeeds at its first attempt, 0.0 to 1000.0.
     * @param minPerSecond Retries a second that need not be earned, 0 or more.
     * @param ttl How long what was earned may be saved, 1s to 60s.
     */
    public record RetryBudgetSettings(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("0.2") double ratio,
            @DefaultValue("10") int minPerSecond,
            @DefaultValue("10s") Duration ttl) {}

    /**
     * How failed calls of a service are made again, and which may be.
     *
     * @param repeat Which failed calls may be made again.
     * @param maxAttempts As for retries that stand alone.
     * @param initialDelay As for retries that stand alone.
     * @param multiplier As for retries that stand alone.
     * @param maxDelay As for retries that stand alone.
     * @param jitter As for retries that stand alone.
     * @param maxDuration As for retries that stand alone.
     * @param attemptTimeout As for retries that stand alone.
     * @param lateResult As for retries that stand alone.
     * @param maxHint As for retries that stand alone.
     * @param retryOn As for retries that stand alone.
     * @param abortOn As for retries that stand alone.
     * @param retryNested As for retries that stand alone.
     * @param budget As for retries that stand alone.
     */
    public record ServiceRetrySettings(
            @DefaultValue("idempotent") Repeat repeat,
            @DefaultValue("3") int maxAttempts,
            @DefaultValue("100ms") Duration initialDelay,
            @DefaultValue("2.0") double multiplier,
            @DefaultValue("5s") Duration maxDelay,
            @DefaultValue("full") Jitter jitter,
            @Nullable Duration maxDuration,
            @Nullable Duration attemptTimeout,
            @DefaultValue("return") LateResult lateResult,
            @Nullable Duration maxHint,
            @DefaultValue Set<Class<? extends Throwable>> retryOn,
            @DefaultValue Set<Class<? extends Throwable>> abortOn,
            @DefaultValue("false") boolean retryNested,
            @Nullable RetryBudgetSettings budget) {

        /** {@return the same without {@code repeat}: how, not which} */
        RetrySettings how() {
            return new RetrySettings(
                    maxAttempts,
                    initialDelay,
                    multiplier,
                    maxDelay,
                    jitter,
                    maxDuration,
                    attemptTimeout,
                    lateResult,
                    maxHint,
                    retryOn,
                    abortOn,
                    retryNested,
                    budget);
        }
    }

    /**
     * When a call that may be made twice, and takes long, is made a second time beside the first. One of delay and
     * percentile is given.
     *
     * @param delay How long an attempt may be under way before a hedge is sent; default a delay by percentile.
     * @param percentile Which of the service's own latencies is the delay, in percent, above 0 and below 100; default 95
     *     unless there is a delay.
     * @param maxHedges Hedges of one call, 1 to 4.
     * @param maxExtraLoad Hedges as a share of the first attempts, in percent, above 0 to 100.
     * @param minDelay No percentile makes the delay shorter than this.
     */
    public record HedgeSettings(
            @Nullable Duration delay,
            @Nullable Double percentile,
            @DefaultValue("1") int maxHedges,
            @DefaultValue("5") double maxExtraLoad,
            @DefaultValue("1ms") Duration minDelay) {}

    /**
     * How long a call may take.
     *
     * @param timeout The time limit, from the start of the call.
     * @param lateResult What becomes of a result that comes after the limit: return it, or fail.
     */
    public record TimeoutSettings(
            @DefaultValue("1s") Duration timeout,
            @DefaultValue("return") LateResult lateResult) {}

    /**
     * How many calls may run at once.
     *
     * @param maxConcurrent Calls that may run at once, 1 or more; with adaptive the most the limit may grow to.
     * @param maxWait How long a call that finds no place waits for one; 0s: it is rejected at once.
     * @param adaptive How the limit finds its own size; without any key it is fixed.
     */
    public record ConcurrencyLimitSettings(
            @DefaultValue("64") int maxConcurrent,
            @DefaultValue("0s") Duration maxWait,
            @Nullable AdaptiveLimitSettings adaptive) {}

    /**
     * How many attempts may run at once on each instance; a call that finds one full goes to another.
     *
     * @param maxConcurrent Attempts that may run at once, 1 or more; with adaptive the most the limit may grow to.
     * @param adaptive How the limit of each instance finds its own size; without any key it is fixed.
     */
    public record InstanceConcurrencyLimitSettings(
            @DefaultValue("64") int maxConcurrent, @Nullable AdaptiveLimitSettings adaptive) {}

    /**
     * How a limit finds its own size, from how long calls take.
     *
     * @param enabled Whether it does; false makes an inherited one fixed.
     * @param minLimit The limit never falls below this, 1 or more.
     * @param initialLimit The limit to begin with, min-limit or more.
     * @param tolerance How many times the latency without load is no reason for a lower limit, 1.0 to 10.0.
     * @param probeInterval How often the latency without load is measured anew, at half the limit.
     */
    public record AdaptiveLimitSettings(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("1") int minLimit,
            @DefaultValue("8") int initialLimit,
            @DefaultValue("1.25") double tolerance,
            @DefaultValue("10s") Duration probeInterval) {}
}
