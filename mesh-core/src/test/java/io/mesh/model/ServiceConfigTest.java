package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The settings of a service, of its load balancer, of a mesh, and of one call. */
class ServiceConfigTest {

    private final ServiceInstance a = ServiceInstance.of("a", "localhost", 8081);
    private final ServiceInstance b = ServiceInstance.of("b", "localhost", 8082);

    @Test
    void theDefaultsAreThoseOfTheDesign() {
        ServiceConfig defaults = ServiceConfig.defaults();

        assertThat(defaults.instances()).isEmpty();
        assertThat(defaults.loadBalancer())
                .isEqualTo(new LoadBalancerConfig(
                        LoadBalancerStrategy.LEAST_CONNECTIONS, null, 0, 50, 0, null, null, Map.of(), null));
        assertThat(defaults.circuitBreaker()).isEqualTo(CircuitBreakerConfig.defaults());
        assertThat(defaults.breakerScope()).isEqualTo(BreakerScope.INSTANCE);
        assertThat(defaults.retry()).isNull();
        assertThat(defaults.repeat()).isEqualTo(Repeat.IDEMPOTENT);
        assertThat(defaults.healthCheck()).isNull();
        assertThat(defaults.outlierDetection()).isNull();
        assertThat(ServiceConfig.builder().build()).isEqualTo(defaults);
        assertThat(LoadBalancerConfig.builder().build()).isEqualTo(LoadBalancerConfig.defaults());
    }

    @Test
    void everySettingSurvivesABuilder() {
        ConcurrencyLimitConfig limit =
                ConcurrencyLimitConfig.builder().maxConcurrent(7).build();
        ServiceConfig config = ServiceConfig.builder()
                .instances(List.of(a, b))
                .loadBalancer(LoadBalancerConfig.builder()
                        .maxEjectionPercent(10)
                        .panicThreshold(30)
                        .build())
                .strategy(LoadBalancerStrategy.WEIGHTED)
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(1).build())
                .breakerScope(BreakerScope.SERVICE)
                .retry(RetryConfig.defaults())
                .repeat(Repeat.ANY)
                .mode(Mode.OBSERVE)
                .hedge(HedgeConfig.defaults())
                .concurrencyLimit(limit)
                .instanceConcurrencyLimit(ConcurrencyLimitConfig.defaults())
                .healthCheck(HealthCheckConfig.defaults())
                .build();

        assertThat(config.toBuilder().build()).isEqualTo(config);
        assertThat(config)
                .isEqualTo(new ServiceConfig(
                        Mode.OBSERVE,
                        List.of(a, b),
                        new LoadBalancerConfig(
                                LoadBalancerStrategy.WEIGHTED, null, 0, 10, 30, null, null, Map.of(), null),
                        CircuitBreakerConfig.builder().failureThreshold(1).build(),
                        BreakerScope.SERVICE,
                        RetryConfig.defaults(),
                        Repeat.ANY,
                        HedgeConfig.defaults(),
                        limit,
                        ConcurrencyLimitConfig.defaults(),
                        HealthCheckConfig.defaults(),
                        null,
                        null));
        assertThat(ServiceConfig.builder().outlierDetection(OutlierConfig.defaults()).build().toBuilder()
                        .build()
                        .outlierDetection())
                .isEqualTo(OutlierConfig.defaults());
    }

    @Test
    void outliersAreLookedForOnlyWhereInstancesHaveBreakers() {
        assertRefused(
                () -> ServiceConfig.builder()
                        .breakerScope(BreakerScope.SERVICE)
                        .outlierDetection(OutlierConfig.defaults())
                        .build(),
                "breakerScope must be INSTANCE where outliers are looked for, since that opens the breakers of instances,"
                        + " but is SERVICE");
    }

    @Test
    void aPanicThresholdIsAPercentage() {
        assertRefused(
                () -> LoadBalancerConfig.builder().panicThreshold(-1).build(),
                "panicThreshold must be between 0 (off) and 100, but is -1");
        assertRefused(
                () -> LoadBalancerConfig.builder().panicThreshold(101).build(),
                "panicThreshold must be between 0 (off) and 100, but is 101");
    }

    @Test
    void instancesMayBeGivenAsAddresses() {
        assertThat(ServiceConfig.builder().instances("one:1", "[::1]:2").build().instances())
                .containsExactly(ServiceInstance.of("one:1", "one", 1), ServiceInstance.of("[::1]:2", "::1", 2));
    }

    @Test
    void twoInstancesOfOneIdAreRefused() {
        assertRefused(
                () -> ServiceConfig.builder().instances(List.of(a, b, a)).build(),
                "instances must have an id of its own each, but is twice 'a'");
    }

    @Test
    void whatIsMissingIsRefused() {
        assertRefused(() -> ServiceConfig.builder().repeat(null).build(), "repeat must be given, but is null");
        assertRefused(
                () -> ServiceConfig.builder().breakerScope(null).build(), "breakerScope must be given, but is null");
        assertRefused(
                () -> ServiceConfig.builder().loadBalancer(null).build(), "loadBalancer must be given, but is null");
        assertRefused(
                () -> ServiceConfig.builder().circuitBreaker(null).build(),
                "circuitBreaker must be given, but is null");
        assertRefused(() -> LoadBalancerConfig.builder().strategy(null).build(), "strategy must be given, but is null");
    }

    @Test
    void anEjectionShareOutOfRangeIsRefused() {
        assertRefused(
                () -> LoadBalancerConfig.builder().maxEjectionPercent(0).build(),
                "maxEjectionPercent must be between 1 and 100, but is 0");
        assertRefused(
                () -> LoadBalancerConfig.builder().maxEjectionPercent(101).build(),
                "maxEjectionPercent must be between 1 and 100, but is 101");
    }

    @Test
    void theListIsACopy() {
        List<ServiceInstance> mine = new ArrayList<>(List.of(a));
        ServiceConfig config = ServiceConfig.builder().instances(mine).build();

        mine.clear();

        assertThat(config.instances()).containsExactly(a);
        assertThat(catchThrowable(() -> config.instances().clear())).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aMeshHasWhatItIsToldUnderLowerCaseKebabNames() {
        MeshConfig config = MeshConfig.builder()
                .service("order-history", ServiceConfig.defaults())
                .service("gone", ServiceConfig.defaults())
                .removeService("gone")
                .circuitBreaker("payments", CircuitBreakerConfig.defaults())
                .retry("payments-2", RetryConfig.defaults())
                .timeout("payments-3", TimeoutConfig.defaults())
                .mode(Mode.OBSERVE)
                .concurrencyLimit("payments-4", ConcurrencyLimitConfig.defaults())
                .build();

        assertThat(config)
                .isEqualTo(new MeshConfig(
                        Mode.OBSERVE,
                        Map.of("order-history", ServiceConfig.defaults()),
                        Map.of("payments", CircuitBreakerConfig.defaults()),
                        Map.of("payments-2", RetryConfig.defaults()),
                        Map.of("payments-3", TimeoutConfig.defaults()),
                        Map.of("payments-4", ConcurrencyLimitConfig.defaults())));
        assertThat(config.toBuilder().build()).isEqualTo(config);
        assertThat(MeshConfig.empty()).isEqualTo(MeshConfig.builder().build());
    }

    @Test
    void aServiceHasTheModeOfItsMeshUnlessItHasOneOfItsOwn() {
        MeshConfig mesh = MeshConfig.builder().mode(Mode.OBSERVE).build();

        assertThat(mesh.modeOf(ServiceConfig.defaults())).isEqualTo(Mode.OBSERVE);
        assertThat(mesh.modeOf(ServiceConfig.builder().mode(Mode.ACT).build())).isEqualTo(Mode.ACT);
        assertThat(MeshConfig.empty().modeOf(ServiceConfig.defaults())).isEqualTo(Mode.ACT);
        assertRefused(() -> MeshConfig.builder().mode(null).build(), "mode must be given, but is null");
    }

    @Test
    void otherNamesAreRefused() {
        for (String name : List.of("", "Orders", "order_history", "-orders", "orders-", "a--b", "a b", "é")) {
            assertRefused(
                    () -> MeshConfig.builder()
                            .service(name, ServiceConfig.defaults())
                            .build(),
                    "services must have lower-case kebab names such as 'order-history', but is '" + name + "'");
        }
        assertRefused(
                () -> MeshConfig.builder().retry("R", RetryConfig.defaults()).build(),
                "retries must have lower-case kebab names such as 'order-history', but is 'R'");
        assertRefused(
                () -> MeshConfig.builder()
                        .timeout("T", TimeoutConfig.defaults())
                        .build(),
                "timeouts must have lower-case kebab names such as 'order-history', but is 'T'");
        assertRefused(
                () -> MeshConfig.builder()
                        .concurrencyLimit("L", ConcurrencyLimitConfig.defaults())
                        .build(),
                "concurrencyLimits must have lower-case kebab names such as 'order-history', but is 'L'");
        assertRefused(
                () -> MeshConfig.builder()
                        .circuitBreaker("B", CircuitBreakerConfig.defaults())
                        .build(),
                "circuitBreakers must have lower-case kebab names such as 'order-history', but is 'B'");
    }

    @Test
    void theMapsOfAMeshAreCopies() {
        Map<String, ServiceConfig> mine = new HashMap<>(Map.of("orders", ServiceConfig.defaults()));
        MeshConfig config = new MeshConfig(Mode.ACT, mine, Map.of(), Map.of(), Map.of(), Map.of());

        mine.clear();

        assertThat(config.services()).containsOnlyKeys("orders");
        assertThat(catchThrowable(() -> config.services().clear())).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void nothingIsKnownOfACallUnlessItIsSaid() {
        assertThat(CallOptions.defaults()).isEqualTo(new CallOptions(null, null, null, null));
        assertThat(CallOptions.idempotent(true)).isSameAs(CallOptions.idempotent(true));
        assertThat(CallOptions.idempotent(false).idempotent()).isFalse();
        assertThat(CallOptions.idempotent(true).withTimeout(Duration.ofSeconds(1)))
                .isEqualTo(new CallOptions(true, Duration.ofSeconds(1), null, null));
        assertThat(CallOptions.defaults().withTimeout(Duration.ofSeconds(1)).withTimeout(null))
                .isEqualTo(CallOptions.defaults());
    }

    @Test
    void aHashKeyIsKeptBesideTheOtherOptions() {
        CallOptions options =
                CallOptions.idempotent(true).withHashKey("customer-42").withTimeout(Duration.ofSeconds(1));

        assertThat(options).isEqualTo(new CallOptions(true, Duration.ofSeconds(1), "customer-42", null));
        assertThat(options.withHashKey(null).hashKey()).isNull();
        assertRefused(() -> CallOptions.defaults().withHashKey(" "), "hashKey must not be blank, but is ' '");
    }

    @Test
    void aStrategyOfYourOwnReplacesABuiltInOneAndTheOtherWayRound() {
        LoadBalancerConfig own = LoadBalancerConfig.builder()
                .strategy(LoadBalancerStrategy.RANDOM)
                .customStrategy("by-zone")
                .build();

        assertThat(own.customStrategy()).isEqualTo("by-zone");
        assertThat(own.toBuilder().build()).isEqualTo(own);
        assertThat(own.toBuilder()
                        .strategy(LoadBalancerStrategy.WEIGHTED)
                        .build()
                        .customStrategy())
                .isNull();
        assertThat(ServiceConfig.builder()
                        .customStrategy("by-zone")
                        .build()
                        .loadBalancer()
                        .customStrategy())
                .isEqualTo("by-zone");
        assertRefused(
                () -> LoadBalancerConfig.builder().customStrategy(" ").build(),
                "customStrategy must not be blank, but is ' '");
    }

    @Test
    void theBoundOfHashedLoadIsInPercentOfAShare() {
        for (int percent : new int[] {0, 100, 125, 1_000}) {
            assertThat(LoadBalancerConfig.builder()
                            .hashBalanceFactor(percent)
                            .build()
                            .hashBalanceFactor())
                    .isEqualTo(percent);
        }
        for (int percent : new int[] {-1, 1, 99, 1_001}) {
            assertRefused(
                    () -> LoadBalancerConfig.builder()
                            .hashBalanceFactor(percent)
                            .build(),
                    "hashBalanceFactor must be 0, or between 100 and 1000, but is " + percent);
        }
    }

    @Test
    void aTimeoutOfNothingIsRefused() {
        assertRefused(
                () -> CallOptions.defaults().withTimeout(Duration.ZERO), "timeout must be longer than 0, but is PT0S");
    }

    @Test
    void theLimitOfAnInstanceDoesNotWait() {
        assertRefused(
                () -> ServiceConfig.builder()
                        .instanceConcurrencyLimit(ConcurrencyLimitConfig.builder()
                                .maxWait(Duration.ofMillis(1))
                                .build())
                        .build(),
                "instanceConcurrencyLimit.maxWait must be 0, since a call goes to another instance instead of waiting for"
                        + " one, but is PT0.001S");
    }
}
