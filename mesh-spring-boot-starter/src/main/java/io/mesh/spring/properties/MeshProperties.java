package io.mesh.spring.properties;

import io.mesh.model.BreakerScope;
import io.mesh.model.HealthCheckConfig;
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
     * @param healthCheck Settings of active health checks; any key here gives every service health checks.
     * @param outlierDetection Settings of outlier detection; any key here gives every service outlier detection.
     */
    public record DefaultSettings(
            @DefaultValue CircuitBreakerSettings circuitBreaker,
            @DefaultValue RetrySettings retry,
            @DefaultValue TimeoutSettings timeout,
            @DefaultValue ConcurrencyLimitSettings concurrencyLimit,
            @DefaultValue InstanceConcurrencyLimitSettings instanceConcurrencyLimit,
            @DefaultValue LoadBalancerSettings loadBalancer,
            @DefaultValue("instance") BreakerScope breakerScope,
            @DefaultValue HedgeSettings hedge,
            @DefaultValue HealthCheckSettings healthCheck,
            @DefaultValue OutlierSettings outlierDetection) {}

    /**
     * One service.
     *
     * @param mode Whether what is decided is done, or only told; default mesh.mode.
     * @param instances Where it is: host:port, or id, host, port, weight, healthy and metadata; [] if instances
     *     are added at run time.
     * @param discovery How its instances are found, in place of a list: by one of dns, srv, file and spring-cloud.
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
     * @param healthCheck How instances are asked whether they are well; without any key here or in the defaults they are
     *     not.
     * @param outlierDetection When an instance is kept out for failing more than the others; without any key here or in
     *     the defaults, never.
     */
    public record ServiceSettings(
            @Nullable Mode mode,
            @DefaultValue List<InstanceSettings> instances,
            @Nullable DiscoverySettings discovery,
            @DefaultValue LoadBalancerSettings loadBalancer,
            @DefaultValue CircuitBreakerSettings circuitBreaker,
            @DefaultValue("instance") BreakerScope breakerScope,
            @Nullable ServiceRetrySettings retry,
            @Nullable HedgeSettings hedge,
            @Nullable ConcurrencyLimitSettings concurrencyLimit,
            @Nullable InstanceConcurrencyLimitSettings instanceConcurrencyLimit,
            @Nullable HealthCheckSettings healthCheck,
            @Nullable OutlierSettings outlierDetection) {}

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
     * How the instances of a service are found and kept up to date. One of dns, srv, file and spring-cloud is given.
     *
     * @param dns A host name, and the port of every instance, host:port: its A and AAAA records.
     * @param srv A name such as _http._tcp.orders.internal: its SRV records.
     * @param dnsServer The DNS server that is asked for SRV records, host:port; default those of the system.
     * @param file The path of a JSON file that is watched for changes.
     * @param springCloud What the service is called where the application's Spring Cloud DiscoveryClient looks.
     * @param refreshInterval How long after a look-up the next one is made; default 10s, of a file 1s.
     * @param refreshJitter By which share a wait is shortened by chance, 0 to 1.
     * @param maxBackoff The longest wait after failed look-ups; default 1m, of a file 1s; refresh-interval if that is longer.
     * @param emptyGrace For how long nobody must have been found until that is believed.
     * @param maxWait For how long after the start calls wait for the first instance.
     */
    public record DiscoverySettings(
            @Nullable String dns,
            @Nullable String srv,
            @Nullable String dnsServer,
            @Nullable String file,
            @Nullable String springCloud,
            @Nullable Duration refreshInterval,
            @DefaultValue("0.2") double refreshJitter,
            @Nullable Duration maxBackoff,
            @DefaultValue("30s") Duration emptyGrace,
            @DefaultValue("3s") Duration maxWait) {}

    /**
     * How the instances of a service share its calls.
     *
     * @param strategy How one of the available instances is chosen.
     * @param customStrategy Name of a bean of type Picker that chooses instead of the strategy; a singleton is shared by
     *     the services that name it.
     * @param hashBalanceFactor With consistent-hash, how many percent of its share of the calls in flight an instance may
     *     have, 100 to 1000; 0 for any number.
     * @param maxEjectionPercent Which share of a service's instances may be kept out at once by their circuit
     *     breakers, 1 to 100.
     * @param panicThreshold When a smaller share of the instances than this is healthy, all are called as if they were, 0
     *     to 100; 0: never.
     * @param slowStart How an instance that is new comes to its full share; default at once.
     * @param zone Where this client runs, if calls are to stay in its zone.
     * @param subsets Instances known by their metadata, by name of the subset; one of a service replaces the inherited
     *     one of that name whole.
     * @param aperture How many of very many instances this client calls; default all. Not with consistent-hash.
     */
    public record LoadBalancerSettings(
            @DefaultValue("least-connections") LoadBalancerStrategy strategy,
            @Nullable String customStrategy,
            @DefaultValue("0") int hashBalanceFactor,
            @DefaultValue("50") int maxEjectionPercent,
            @DefaultValue("0") int panicThreshold,
            @Nullable SlowStartSettings slowStart,
            @Nullable ZoneSettings zone,
            @DefaultValue Map<String, SubsetSettings> subsets,
            @Nullable ApertureSettings aperture) {}

    /**
     * Some of the instances of a service, such as those of a new version.
     *
     * @param metadata Entries that an instance must have, all of them, to be of the subset.
     * @param percent Which share of the calls that name no subset goes to it, 0 to 100; its instances then receive no
     *     others. Without it they receive such calls like any others.
     * @param fallback Whether calls that name the subset go to other instances while it has none to call.
     */
    public record SubsetSettings(
            @DefaultValue Map<String, String> metadata,
            @Nullable Integer percent,
            @DefaultValue("false") boolean fallback) {}

    /**
     * How many instances of a very large service this client calls, so that it need not have connections to all.
     *
     * @param enabled Whether it calls only some; false switches off what is inherited.
     * @param size At least how many instances are called, 1 or more.
     * @param client Which of the clients this is, from 0, such as the ordinal of a StatefulSet's pod; default by chance.
     * @param clients How many clients there are; with zone, in this zone.
     */
    public record ApertureSettings(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("12") int size,
            @Nullable Integer client,
            @Nullable Integer clients) {}

    /**
     * Where this client runs, so that calls stay in its zone as far as the instances there can bear them.
     *
     * @param enabled Whether they are to; false switches off what is inherited.
     * @param name Zone of this client; instances have it in their metadata, as zone.
     * @param minInstances With fewer instances zones are not looked at, 1 or more.
     * @param clients How the calls of all clients are spread over the zones, as parts of any sum: zone=part; default evenly.
     */
    public record ZoneSettings(
            @DefaultValue("true") boolean enabled,
            @Nullable String name,
            @DefaultValue("6") int minInstances,
            @DefaultValue List<String> clients) {}

    /**
     * How an instance that is new, or healthy again, comes to its full share of calls.
     *
     * @param enabled Whether it does; false switches off what is inherited.
     * @param window After which it has its full share.
     * @param minPercent What it takes at least, 1 to 100 % of its share.
     * @param aggression How the share grows: 1 evenly, more quickly at first; above 0, at most 100.
     */
    public record SlowStartSettings(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("30s") Duration window,
            @DefaultValue("10") int minPercent,
            @DefaultValue("1.0") double aggression) {}

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
     * How instances are asked whether they are well, beside the calls.
     *
     * @param enabled Whether they are; false switches off what is inherited.
     * @param protocol How an instance is asked.
     * @param path What is asked for over HTTP and HTTPS, from its slash on.
     * @param port Where instances are asked; default their own port.
     * @param method Of the HTTP request.
     * @param host The Host header, and the name in the certificate; default that of the instance.
     * @param headers Further headers of the HTTP request, each as Name: value.
     * @param expectedStatuses Status codes that mean well, such as 200, or ranges of them.
     * @param interval The time from the start of one check of an instance to the start of the next, at least.
     * @param timeout A check that takes longer has failed, interval at most.
     * @param unhealthyThreshold Failed checks in a row that make an instance unhealthy, 1 or more.
     * @param healthyThreshold Passed checks in a row that make it healthy again, 1 or more.
     * @param jitter By which share of itself an interval is lengthened by chance at most, 0 to 1.
     * @param checkFirst Whether a new instance receives calls only after its first good check, while there are others.
     */
    public record HealthCheckSettings(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("http") HealthCheckConfig.Protocol protocol,
            @DefaultValue("/health") String path,
            @Nullable Integer port,
            @DefaultValue("get") HealthCheckConfig.Method method,
            @Nullable String host,
            @DefaultValue List<String> headers,
            @DefaultValue("200-299") List<String> expectedStatuses,
            @DefaultValue("10s") Duration interval,
            @DefaultValue("1s") Duration timeout,
            @DefaultValue("3") int unhealthyThreshold,
            @DefaultValue("2") int healthyThreshold,
            @DefaultValue("0.1") double jitter,
            @DefaultValue("false") boolean checkFirst) {}

    /**
     * When an instance is kept out because it fails more than the others of its service.
     *
     * @param enabled Whether instances are compared; false switches off what is inherited.
     * @param interval How often they are compared.
     * @param minimumInstances So many must have enough calls in the interval to be compared, 2 or more.
     * @param successRateMinimumCalls So many calls must have ended on an instance for its success rate to count, 1 or more.
     * @param successRateStdevFactor How many standard deviations below the mean an outlier is, above 0.
     * @param failurePercentageMinimumCalls So many calls must have ended on an instance for its share of failures to
     *     count, 1 or more.
     * @param failurePercentageThreshold One with this share of failures or more is an outlier, in percent, above 0 to 100.
     * @param minimumFailurePercentage One with a smaller share of failures is none, in percent, 0 to 100.
     * @param enforcementPercent How many of the outliers are kept out, in percent, 0 to 100; 0: they are only told of.
     */
    public record OutlierSettings(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("10s") Duration interval,
            @DefaultValue("5") int minimumInstances,
            @DefaultValue("100") int successRateMinimumCalls,
            @DefaultValue("1.9") double successRateStdevFactor,
            @DefaultValue("50") int failurePercentageMinimumCalls,
            @DefaultValue("85") double failurePercentageThreshold,
            @DefaultValue("10") double minimumFailurePercentage,
            @DefaultValue("100") int enforcementPercent) {}

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
