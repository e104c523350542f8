package io.mesh.spring.properties;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.AdaptiveLimitConfig;
import io.mesh.model.ApertureConfig;
import io.mesh.model.BreakerScope;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.DiscoveryConfig;
import io.mesh.model.DiscoverySource;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HedgeConfig;
import io.mesh.model.Jitter;
import io.mesh.model.LateResult;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.MeshConfig;
import io.mesh.model.Mode;
import io.mesh.model.OutlierConfig;
import io.mesh.model.Repeat;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SlowStartConfig;
import io.mesh.model.SubsetConfig;
import io.mesh.model.TimeoutConfig;
import io.mesh.model.WindowConfig;
import io.mesh.model.ZoneConfig;
import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.Application;
import io.mesh.spring.autoconfigure.EnableMesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

class InheritanceTest {

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    static class Shop {}

    private static MeshConfig config(String... properties) {
        return config(Map.of(), properties);
    }

    private static MeshConfig config(Map<String, Object> variables, String... properties) {
        AtomicReference<MeshConfig> config = new AtomicReference<>();
        MeshRunner.withVariables(variables)
                .withPropertyValues(properties)
                .run(context -> config.set(context.getBean(Mesh.class).config()));
        return config.get();
    }

    @Test
    void nothingConfiguredIsAMeshWithNothing() {
        assertThat(config()).isEqualTo(MeshConfig.empty());
    }

    @Test
    void defaultsOfThePropertiesAreThoseOfTheModel() {
        MeshConfig config = config(
                "mesh.services.orders.instances=localhost:8081",
                "mesh.services.orders.retry.repeat=idempotent",
                "mesh.services.orders.hedge.max-hedges=1",
                "mesh.circuit-breakers.payments.failure-threshold=5",
                "mesh.retries.payments.max-attempts=3",
                "mesh.timeouts.payments.late-result=return",
                "mesh.services.orders.concurrency-limit.max-wait=0s",
                "mesh.services.orders.instance-concurrency-limit.adaptive.enabled=true",
                "mesh.concurrency-limits.payments.max-wait=0s");

        ServiceConfig orders = config.services().get("orders");
        assertThat(orders)
                .isEqualTo(ServiceConfig.builder()
                        .instances("localhost:8081")
                        .retry(RetryConfig.defaults())
                        .hedge(HedgeConfig.defaults())
                        .concurrencyLimit(ConcurrencyLimitConfig.defaults())
                        .instanceConcurrencyLimit(ConcurrencyLimitConfig.builder()
                                .adaptive(AdaptiveLimitConfig.defaults())
                                .build())
                        .build());
        assertThat(config.concurrencyLimits()).containsEntry("payments", ConcurrencyLimitConfig.defaults());
        assertThat(config.circuitBreakers()).containsEntry("payments", CircuitBreakerConfig.defaults());
        assertThat(config.retries()).containsEntry("payments", RetryConfig.defaults());
        assertThat(config.timeouts()).containsEntry("payments", TimeoutConfig.defaults());
    }

    @Test
    void aFileWithEveryKeyBecomesTheModelItSays() {
        try (ConfigurableApplicationContext context = Application.start(Shop.class, "every-key")) {
            MeshConfig config = context.getBean(Mesh.class).config();

            CircuitBreakerConfig breaker = CircuitBreakerConfig.builder()
                    .failureThreshold(7)
                    .successThreshold(3)
                    .openTimeout(Duration.ofSeconds(11))
                    .openTimeoutMultiplier(1.5)
                    .maxOpenTimeout(Duration.ofMinutes(2))
                    .openTimeoutJitter(0.25)
                    .eagerHalfOpen(true)
                    .trialTimeout(Duration.ofSeconds(9))
                    .recoveryTime(Duration.ofSeconds(20))
                    .stuckCallTimeout(Duration.ofSeconds(25))
                    .halfOpenMaxCalls(4)
                    .window(WindowConfig.count(50)
                            .withFailureRateThreshold(33.3)
                            .withMinimumCalls(10)
                            .withSlowCalls(Duration.ofSeconds(2), 80)
                            .withSlowCountsAsFailure(true))
                    .ignore(IllegalArgumentException.class)
                    .recordSuccess(UncheckedIOException.class)
                    .recordFailure(IOException.class, TimeoutException.class)
                    .build();
            RetryConfig retry = RetryConfig.builder()
                    .maxAttempts(4)
                    .initialDelay(Duration.ofMillis(50))
                    .multiplier(1.5)
                    .maxDelay(Duration.ofSeconds(2))
                    .jitter(Jitter.DECORRELATED)
                    .maxDuration(Duration.ofSeconds(20))
                    .attemptTimeout(Duration.ofSeconds(3))
                    .lateResult(LateResult.FAIL)
                    .maxHint(Duration.ofSeconds(6))
                    .retryOn(IOException.class)
                    .abortOn(java.io.FileNotFoundException.class)
                    .retryNested(true)
                    .budget(new RetryBudgetConfig(0.1, 3, Duration.ofSeconds(20), false))
                    .build();
            AdaptiveLimitConfig adaptive = new AdaptiveLimitConfig(2, 4, 1.5, Duration.ofSeconds(20));
            ConcurrencyLimitConfig limit = new ConcurrencyLimitConfig(12, Duration.ofMillis(30), adaptive);
            assertThat(config.concurrencyLimits()).containsEntry("payments", limit);
            SubsetConfig beta = SubsetConfig.of("version", "beta").withPercent(20);
            ZoneConfig zone = new ZoneConfig("eu-west-1a", 4, Map.of("eu-west-1a", 2, "eu-west-1b", 1));
            assertThat(config.services().get("orders"))
                    .isEqualTo(ServiceConfig.builder()
                            .instances(List.of(
                                    ServiceInstance.of("localhost:8081"),
                                    new ServiceInstance(
                                            "big",
                                            "localhost",
                                            8082,
                                            3,
                                            false,
                                            0,
                                            Map.of("zone", "a", "rack.row", "7")),
                                    ServiceInstance.of("[::1]:8083")))
                            .loadBalancer(new LoadBalancerConfig(
                                    LoadBalancerStrategy.ROUND_ROBIN,
                                    null,
                                    150,
                                    30,
                                    60,
                                    null,
                                    zone,
                                    Map.of(
                                            "canary", SubsetConfig.of("version", "2"),
                                            "beta", beta,
                                            "v1.2",
                                                    SubsetConfig.of("app.version", "1.2")
                                                            .withPercent(0)),
                                    null))
                            .circuitBreaker(breaker)
                            .breakerScope(BreakerScope.SERVICE)
                            .mode(Mode.ACT)
                            .retry(retry)
                            .repeat(Repeat.ANY)
                            .hedge(new HedgeConfig(null, 99.0, 2, 2.5, Duration.ofMillis(3)))
                            .concurrencyLimit(limit)
                            .instanceConcurrencyLimit(new ConcurrencyLimitConfig(6, Duration.ZERO, adaptive))
                            .build());
            assertThat(config.services().get("history").discovery())
                    .isEqualTo(new DiscoveryConfig(
                            new DiscoverySource.Srv("_http._tcp.history.internal", "127.0.0.1:1"),
                            Duration.ofSeconds(20),
                            0.5,
                            Duration.ofSeconds(40),
                            Duration.ofMinutes(1),
                            Duration.ZERO));
            assertThat(config.services().get("catalog").discovery())
                    .isEqualTo(DiscoveryConfig.file(Path.of("no-such-directory", "catalog.json")));
            assertThat(config.services().get("search").discovery())
                    .isEqualTo(DiscoveryConfig.dns("localhost", 8085).toBuilder()
                            .refreshInterval(Duration.ofMinutes(2))
                            .build());
            assertThat(config.mode()).isEqualTo(Mode.OBSERVE);
            assertThat(config.services().get("stock").hedge())
                    .isEqualTo(
                            HedgeConfig.builder().delay(Duration.ofMillis(40)).build());
            assertThat(config.services().get("stock").loadBalancer())
                    .isEqualTo(new LoadBalancerConfig(
                            LoadBalancerStrategy.WEIGHTED,
                            null,
                            0,
                            20,
                            40,
                            new SlowStartConfig(Duration.ofSeconds(20), 5, 1.5),
                            zone,
                            Map.of(
                                    "canary",
                                    new SubsetConfig(Map.of("version", "canary", "rack.row", "7"), 10, true),
                                    "beta",
                                    beta),
                            new ApertureConfig(8, 2, 9)));
            assertThat(config.services().get("stock").healthCheck())
                    .isEqualTo(HealthCheckConfig.builder()
                            .protocol(HealthCheckConfig.Protocol.HTTPS)
                            .path("/actuator/health?probe")
                            .port(9090)
                            .method(HealthCheckConfig.Method.HEAD)
                            .host("stock.example.org")
                            .headers(Map.of("X-Probe", "mesh", "Accept", "text/plain"))
                            .expectedStatuses("200", "300-399")
                            .interval(Duration.ofSeconds(20))
                            .timeout(Duration.ofSeconds(2))
                            .unhealthyThreshold(4)
                            .healthyThreshold(3)
                            .jitter(0.5)
                            .checkFirst(true)
                            .build());
            assertThat(config.services().get("stock").outlierDetection())
                    .isEqualTo(new OutlierConfig(Duration.ofSeconds(30), 3, 40, 1.5, 30, 70, 5, 80));
            assertThat(config.circuitBreakers()).containsEntry("payments", breaker);
            assertThat(config.retries()).containsEntry("payments", retry);
            assertThat(config.timeouts())
                    .containsEntry("payments", new TimeoutConfig(Duration.ofMillis(700), LateResult.FAIL));
        }
    }

    @Test
    void aServiceHasTheModeOfTheMeshUnlessItHasItsOwn() {
        MeshConfig config = config(
                "mesh.mode=${rollout}",
                "rollout=OBSERVE",
                "mesh.services.orders.instances=",
                "mesh.services.orders.mode=act",
                "mesh.services.stock.instances=");

        assertThat(config.mode()).isEqualTo(Mode.OBSERVE);
        assertThat(config.modeOf(config.services().get("orders"))).isEqualTo(Mode.ACT);
        assertThat(config.services().get("stock").mode()).isNull();
        assertThat(config("mesh.services.stock.instances=").mode()).isEqualTo(Mode.ACT);
    }

    @Test
    void aWindowOfTimeThatIsSetTakesThePlaceOfAWindowOfCallsThatIsInherited() {
        MeshConfig config = config(
                "mesh.defaults.circuit-breaker.window.calls=100",
                "mesh.defaults.circuit-breaker.window.failure-rate-threshold=20",
                "mesh.services.orders.instances=",
                "mesh.services.orders.circuit-breaker.window.time=10s",
                "mesh.services.stock.instances=");

        assertThat(config.services().get("orders").circuitBreaker().window())
                .isEqualTo(WindowConfig.time(Duration.ofSeconds(10)).withFailureRateThreshold(20));
        assertThat(config.services().get("stock").circuitBreaker().window())
                .isEqualTo(WindowConfig.count(100).withFailureRateThreshold(20));
    }

    @Test
    void aDelayOfAHedgeTakesThePlaceOfAPercentileThatIsInheritedAndTheOtherWayRound() {
        MeshConfig config = config(
                "mesh.defaults.hedge.percentile=99",
                "mesh.defaults.hedge.max-hedges=2",
                "mesh.services.orders.instances=",
                "mesh.services.orders.hedge.delay=20ms",
                "mesh.services.stock.instances=");
        assertThat(config.services().get("orders").hedge())
                .isEqualTo(HedgeConfig.builder()
                        .delay(Duration.ofMillis(20))
                        .maxHedges(2)
                        .build());
        assertThat(config.services().get("stock").hedge())
                .isEqualTo(HedgeConfig.builder().percentile(99).maxHedges(2).build());

        assertThat(config(
                                "mesh.defaults.hedge.delay=20ms",
                                "mesh.services.orders.instances=",
                                "mesh.services.orders.hedge.percentile=90")
                        .services()
                        .get("orders")
                        .hedge())
                .isEqualTo(HedgeConfig.builder().percentile(90).build());
    }

    @Test
    void anyKeyOfHedgeInTheDefaultsGivesEveryServiceHedging() {
        assertThat(config("mesh.defaults.hedge.max-extra-load=1", "mesh.services.orders.instances=localhost:1")
                        .services()
                        .get("orders")
                        .hedge())
                .isEqualTo(HedgeConfig.builder().maxExtraLoad(1).build());
    }

    @Test
    void withoutAnyKeyOfHedgeAServiceIsNotHedged() {
        assertThat(config("mesh.services.orders.instances=localhost:1")
                        .services()
                        .get("orders")
                        .hedge())
                .isNull();
    }

    @Test
    void anyKeyOfHealthChecksOrOutlierDetectionSwitchesThemOnWithTheDefaultsOfTheModel() {
        ServiceConfig orders = config(
                        "mesh.services.orders.instances=localhost:1",
                        "mesh.services.orders.health-check.check-first=false",
                        "mesh.services.orders.outlier-detection.enabled=true")
                .services()
                .get("orders");

        assertThat(orders.healthCheck()).isEqualTo(HealthCheckConfig.defaults());
        assertThat(orders.outlierDetection()).isEqualTo(OutlierConfig.defaults());
        assertThat(orders.loadBalancer()).isEqualTo(LoadBalancerConfig.defaults());
    }

    @Test
    void withoutAnyKeyOfThemAServiceHasNeitherHealthChecksNorOutlierDetection() {
        ServiceConfig orders =
                config("mesh.services.orders.instances=localhost:1").services().get("orders");

        assertThat(orders.healthCheck()).isNull();
        assertThat(orders.outlierDetection()).isNull();
    }

    @Test
    void healthChecksAndOutlierDetectionAreInheritedKeyByKeyAndMayBeSwitchedOffForOneService() {
        MeshConfig config = config(
                "mesh.defaults.health-check.path=/up",
                "mesh.defaults.health-check.headers[0]=X-Probe: mesh",
                "mesh.defaults.outlier-detection.enforcement-percent=0",
                "mesh.services.orders.instances=localhost:1",
                "mesh.services.orders.health-check.interval=5s",
                "mesh.services.stock.instances=localhost:2",
                "mesh.services.stock.health-check.enabled=false",
                "mesh.services.stock.outlier-detection.enabled=false");

        assertThat(config.services().get("orders").healthCheck())
                .isEqualTo(HealthCheckConfig.builder()
                        .path("/up")
                        .headers(Map.of("X-Probe", "mesh"))
                        .interval(Duration.ofSeconds(5))
                        .build());
        assertThat(config.services().get("orders").outlierDetection())
                .isEqualTo(OutlierConfig.builder().enforcementPercent(0).build());
        assertThat(config.services().get("stock").healthCheck()).isNull();
        assertThat(config.services().get("stock").outlierDetection()).isNull();
    }

    @Test
    void aServiceTakesKeyByKeyWhatItDoesNotSay() {
        MeshConfig config = config(
                "mesh.defaults.circuit-breaker.failure-threshold=7",
                "mesh.defaults.circuit-breaker.open-timeout=11s",
                "mesh.defaults.load-balancer.strategy=random",
                "mesh.defaults.breaker-scope=service",
                "mesh.services.orders.instances=",
                "mesh.services.orders.circuit-breaker.failure-threshold=3",
                "mesh.services.stock.instances=");

        assertThat(config.services().get("orders").circuitBreaker())
                .isEqualTo(CircuitBreakerConfig.builder()
                        .failureThreshold(3)
                        .openTimeout(Duration.ofSeconds(11))
                        .build());
        assertThat(config.services().get("stock"))
                .isEqualTo(ServiceConfig.builder()
                        .strategy(LoadBalancerStrategy.RANDOM)
                        .breakerScope(BreakerScope.SERVICE)
                        .circuitBreaker(CircuitBreakerConfig.builder()
                                .failureThreshold(7)
                                .openTimeout(Duration.ofSeconds(11))
                                .build())
                        .build());
    }

    @Test
    void aSubsetOfAServiceReplacesTheInheritedOneOfThatNameWhole() {
        MeshConfig config = config(
                "mesh.defaults.load-balancer.subsets.canary.metadata.version=canary",
                "mesh.defaults.load-balancer.subsets.canary.metadata.stage=test",
                "mesh.defaults.load-balancer.subsets.canary.percent=5",
                "mesh.defaults.load-balancer.subsets.canary.fallback=true",
                "mesh.services.orders.instances=localhost:1",
                "mesh.services.orders.load-balancer.subsets.canary.metadata.version=next",
                "mesh.services.orders.load-balancer.subsets.blue.metadata.colour=blue",
                "mesh.services.stock.instances=localhost:2");

        assertThat(config.services().get("orders").loadBalancer().subsets())
                .isEqualTo(Map.of(
                        "canary", SubsetConfig.of("version", "next"), "blue", SubsetConfig.of("colour", "blue")));
        assertThat(config.services().get("stock").loadBalancer().subsets())
                .isEqualTo(Map.of("canary", new SubsetConfig(Map.of("version", "canary", "stage", "test"), 5, true)));
    }

    @Test
    void anyNameOfASubsetWorksInBrackets() {
        assertThat(config(
                                "mesh.services.orders.instances=localhost:1",
                                "mesh.services.orders.load-balancer.subsets[v1.2].metadata.version=1.2",
                                "mesh.services.orders.load-balancer.subsets[v1.2].percent=5",
                                "mesh.services.orders.load-balancer.subsets.[Next_1].metadata.[a/b]=C d")
                        .services()
                        .get("orders")
                        .loadBalancer()
                        .subsets())
                .isEqualTo(Map.of(
                        "v1.2", SubsetConfig.of("version", "1.2").withPercent(5),
                        "Next_1", SubsetConfig.of("a/b", "C d")));
    }

    @Test
    void aVariableReachesASubset() {
        assertThat(config(
                                Map.of(
                                        "MESH_SERVICES_ORDERS_LOADBALANCER_SUBSETS_NEWVERSION_PERCENT", "7",
                                        "MESH_SERVICES_ORDERS_LOAD_BALANCER_SUBSETS_NEW_VERSION_FALLBACK", "true"),
                                "mesh.services.orders.instances=localhost:1",
                                "mesh.services.orders.load-balancer.subsets.new-version.metadata.version=2")
                        .services()
                        .get("orders")
                        .loadBalancer()
                        .subsets())
                .isEqualTo(Map.of("new-version", new SubsetConfig(Map.of("version", "2"), 7, true)));
    }

    @Test
    void anApertureIsInheritedKeyByKeyAndMayBeSwitchedOffForOneService() {
        MeshConfig config = config(
                "mesh.defaults.load-balancer.aperture.client=1",
                "mesh.defaults.load-balancer.aperture.clients=4",
                "mesh.services.orders.instances=localhost:1",
                "mesh.services.orders.load-balancer.aperture.size=20",
                "mesh.services.stock.instances=localhost:2",
                "mesh.services.stock.load-balancer.strategy=consistent-hash",
                "mesh.services.stock.load-balancer.aperture.enabled=false");

        assertThat(config.services().get("orders").loadBalancer().aperture()).isEqualTo(new ApertureConfig(20, 1, 4));
        assertThat(config.services().get("stock").loadBalancer().aperture()).isNull();
        assertThat(config(
                                "mesh.services.orders.instances=localhost:1",
                                "mesh.services.orders.load-balancer.aperture.enabled=true")
                        .services()
                        .get("orders")
                        .loadBalancer()
                        .aperture())
                .isEqualTo(ApertureConfig.defaults());
    }

    @Test
    void concurrencyLimitsAreInheritedByServicesAndByNamedOnes() {
        MeshConfig config = config(
                "mesh.defaults.concurrency-limit.max-wait=20ms",
                "mesh.defaults.concurrency-limit.adaptive.tolerance=2",
                "mesh.defaults.instance-concurrency-limit.max-concurrent=5",
                "mesh.services.orders.instances=localhost:8081",
                "mesh.services.orders.concurrency-limit.max-concurrent=9",
                "mesh.services.stock.instances=localhost:8082",
                "mesh.services.stock.concurrency-limit.adaptive.enabled=false",
                "mesh.concurrency-limits.payments.max-concurrent=10");

        ConcurrencyLimitConfig inherited = ConcurrencyLimitConfig.builder()
                .maxWait(Duration.ofMillis(20))
                .adaptive(AdaptiveLimitConfig.builder().tolerance(2).build())
                .build();
        assertThat(config.services().get("orders").concurrencyLimit())
                .isEqualTo(inherited.toBuilder().maxConcurrent(9).build());
        assertThat(config.services().get("orders").instanceConcurrencyLimit())
                .isEqualTo(ConcurrencyLimitConfig.builder().maxConcurrent(5).build());
        assertThat(config.services().get("stock").concurrencyLimit())
                .isEqualTo(inherited.toBuilder().adaptive(null).build());
        assertThat(config.concurrencyLimits())
                .containsEntry(
                        "payments", inherited.toBuilder().maxConcurrent(10).build());
        assertThat(config("mesh.services.orders.instances=localhost:8081")
                        .services()
                        .get("orders"))
                .satisfies(orders -> {
                    assertThat(orders.concurrencyLimit()).isNull();
                    assertThat(orders.instanceConcurrencyLimit()).isNull();
                });
    }

    @Test
    void namedBreakersRetriesAndTimeoutsInheritToo() {
        MeshConfig config = config(
                "mesh.defaults.timeout.timeout=3s",
                "mesh.defaults.retry.attempt-timeout=2s",
                "mesh.timeouts.payments.late-result=fail",
                "mesh.defaults.circuit-breaker.open-timeout=11s",
                "mesh.defaults.retry.max-attempts=6",
                "mesh.circuit-breakers.payments.failure-threshold=10",
                "mesh.retries.payments.initial-delay=1s");

        assertThat(config.circuitBreakers().get("payments").openTimeout()).isEqualTo(Duration.ofSeconds(11));
        assertThat(config.retries().get("payments").maxAttempts()).isEqualTo(6);
        assertThat(config.retries().get("payments").attemptTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.timeouts())
                .containsEntry("payments", new TimeoutConfig(Duration.ofSeconds(3), LateResult.FAIL));
    }

    @Test
    void aDefaultNeverBeatsASpecificValueWhateverSourceItStandsIn() {
        MeshConfig config = config(
                Map.of("MESH_DEFAULTS_CIRCUITBREAKER_FAILURETHRESHOLD", "77"),
                "mesh.services.orders.instances=",
                "mesh.services.orders.circuit-breaker.failure-threshold=3",
                "mesh.services.stock.instances=",
                "mesh.services.stock.breaker-scope=service");

        assertThat(config.services().get("orders").circuitBreaker().failureThreshold())
                .isEqualTo(3);
        assertThat(config.services().get("stock").circuitBreaker().failureThreshold())
                .isEqualTo(77);
    }

    @Test
    void aListIsReplacedWhole() {
        MeshConfig config = config(
                "mesh.defaults.retry.retry-on[0]=java.io.IOException",
                "mesh.defaults.retry.retry-on[1]=java.util.concurrent.TimeoutException",
                "mesh.services.orders.retry.retry-on[0]=java.lang.IllegalStateException",
                "mesh.services.orders.instances=",
                "mesh.services.stock.instances=");

        assertThat(config.services().get("orders").retry().retryOn()).containsExactly(IllegalStateException.class);
        assertThat(config.services().get("stock").retry().retryOn())
                .containsExactlyInAnyOrder(IOException.class, TimeoutException.class);
    }

    @Test
    void withoutAnyKeyOfRetryAServiceHasNoRetries() {
        assertThat(config("mesh.services.orders.instances=localhost:1")
                        .services()
                        .get("orders")
                        .retry())
                .isNull();
    }

    @Test
    void anyKeyOfRetryInTheDefaultsGivesEveryServiceRetries() {
        assertThat(config("mesh.defaults.retry.max-attempts=2", "mesh.services.orders.instances=localhost:1")
                        .services()
                        .get("orders")
                        .retry())
                .isEqualTo(RetryConfig.builder().maxAttempts(2).build());
    }

    @Test
    void aBudgetIsInheritedKeyByKeyByServicesAndRetries() {
        MeshConfig config = config(
                "mesh.defaults.retry.budget.ratio=0.1",
                "mesh.defaults.retry.budget.ttl=20s",
                "mesh.services.orders.instances=localhost:1",
                "mesh.services.orders.retry.budget.ratio=0.5",
                "mesh.retries.payments.budget.enabled=false");

        assertThat(config.services().get("orders").retry().budget())
                .isEqualTo(new RetryBudgetConfig(0.5, 10, Duration.ofSeconds(20), true));
        assertThat(config.retries().get("payments").budget())
                .isEqualTo(new RetryBudgetConfig(0.1, 10, Duration.ofSeconds(20), false));
    }

    @Test
    void defaultsOfABudgetAreThoseOfTheModel() {
        assertThat(config("mesh.retries.payments.budget.enabled=true")
                        .retries()
                        .get("payments")
                        .budget())
                .isEqualTo(RetryBudgetConfig.defaults());
    }

    @Test
    void withoutAnyKeyOfABudgetTheMeshDecides() {
        assertThat(config("mesh.retries.payments.max-attempts=4")
                        .retries()
                        .get("payments")
                        .budget())
                .isNull();
    }

    @Test
    void anEmptyGroupOfRetryGivesAServiceRetriesWithDefaults() {
        try (ConfigurableApplicationContext context = Application.start(Shop.class, "empty-retry")) {
            MeshConfig config = context.getBean(Mesh.class).config();

            assertThat(config.services()).hasSize(4).allSatisfy((name, service) -> assertThat(service.retry())
                    .as(name)
                    .isEqualTo(name.startsWith("with") ? RetryConfig.defaults() : null));
        }
    }

    @Test
    void repeatAloneGivesAServiceRetries() {
        ServiceConfig orders = config("mesh.services.orders.instances=", "mesh.services.orders.retry.repeat=any")
                .services()
                .get("orders");

        assertThat(orders.retry()).isEqualTo(RetryConfig.defaults());
        assertThat(orders.repeat()).isEqualTo(Repeat.ANY);
    }

    @Test
    void repeatIsNeverInheritedNotEvenFromAVariableThatNobodyChecks() {
        ServiceConfig orders = config(
                        Map.of("MESH_DEFAULTS_RETRY_REPEAT", "any"),
                        "mesh.services.orders.instances=localhost:1",
                        "mesh.services.orders.retry.max-attempts=2")
                .services()
                .get("orders");

        assertThat(orders.repeat()).isEqualTo(Repeat.IDEMPOTENT);
    }

    @Test
    void whatAServiceAloneMaySayIsInheritedFromNoVariable() {
        ServiceConfig orders = config(
                        Map.of(
                                "MESH_DEFAULTS_MODE", "observe",
                                "MESH_DEFAULTS_INSTANCES", "localhost:2",
                                "MESH_DEFAULTS_DISCOVERY_DNS", "localhost:3",
                                "MESH_DEFAULTS_DISCOVERY_MAXWAIT", "1s"),
                        "mesh.services.orders.instances=localhost:1")
                .services()
                .get("orders");

        assertThat(orders)
                .isEqualTo(ServiceConfig.builder().instances("localhost:1").build());
    }

    @Test
    void whatIsNestedAndListsAreInheritedFromVariables() {
        MeshConfig config = config(
                Map.of(
                        "MESH_DEFAULTS_LOADBALANCER_ZONE_NAME", "eu-1",
                        "MESH_DEFAULTS_LOAD_BALANCER_ZONE_CLIENTS", "eu-1=2,eu-2=1",
                        "MESH_DEFAULTS_HEALTHCHECK_HEADERS_0", "X-Probe: mesh",
                        "MESH_DEFAULTS_RETRY_RETRYON_0", "java.io.IOException",
                        "MESH_DEFAULTS_CIRCUITBREAKER_WINDOW_CALLS", "20"),
                "mesh.services.orders.instances=localhost:1",
                "mesh.retries.payments.max-attempts=2");

        ServiceConfig orders = config.services().get("orders");
        assertThat(orders.loadBalancer().zone()).isEqualTo(new ZoneConfig("eu-1", 6, Map.of("eu-1", 2, "eu-2", 1)));
        assertThat(orders.healthCheck().headers()).isEqualTo(Map.of("X-Probe", "mesh"));
        assertThat(orders.circuitBreaker().window()).isEqualTo(WindowConfig.count(20));
        assertThat(orders.retry().retryOn()).containsExactly(IOException.class);
        assertThat(config.retries().get("payments").retryOn()).containsExactly(IOException.class);
    }

    @Test
    void anEnvironmentVariableReachesAServiceWithADashAndMakesNoOther() {
        MeshConfig config = config(
                Map.of(
                        "MESH_SERVICES_ORDERHISTORY_CIRCUITBREAKER_FAILURETHRESHOLD", "42",
                        "MESH_SERVICES_ORDER_HISTORY_RETRY_MAX_ATTEMPTS", "9"),
                "mesh.services.order-history.instances=localhost:1");

        assertThat(config.services()).containsOnlyKeys("order-history");
        assertThat(config.services().get("order-history").circuitBreaker().failureThreshold())
                .isEqualTo(42);
        assertThat(config.services().get("order-history").retry().maxAttempts()).isEqualTo(9);
    }

    @Test
    void environmentVariablesAloneMakeAService() {
        MeshConfig config = config(Map.of("MESH_SERVICES_ORDERS_INSTANCES", "a:1,b:2"));

        assertThat(config.services().get("orders").instances())
                .containsExactly(ServiceInstance.of("a:1"), ServiceInstance.of("b:2"));
    }

    @Test
    void aServiceSwitchesAnInheritedZoneOff() {
        MeshConfig config = config(
                "mesh.defaults.load-balancer.zone.name=eu-1",
                "mesh.services.orders.instances=a:1",
                "mesh.services.orders.load-balancer.zone.enabled=false",
                "mesh.services.stock.instances=b:1");

        assertThat(config.services().get("orders").loadBalancer().zone()).isNull();
        assertThat(config.services().get("stock").loadBalancer().zone()).isEqualTo(ZoneConfig.of("eu-1"));
    }

    @Test
    void environmentVariablesReachWhatIsNestedAndLists() {
        MeshConfig config = config(Map.of(
                "MESH_SERVICES_ORDERS_INSTANCES", "a:1,b:2",
                "MESH_SERVICES_ORDERS_LOADBALANCER_ZONE_NAME", "eu-1",
                "MESH_SERVICES_ORDERS_LOADBALANCER_ZONE_CLIENTS", "eu-1=2,eu-2=1",
                "MESH_SERVICES_ORDERS_LOAD_BALANCER_SLOW_START_WINDOW", "7s",
                "MESH_SERVICES_ORDERS_HEALTHCHECK_HEADERS_0", "X-Probe: mesh",
                "MESH_SERVICES_ORDERS_HEALTHCHECK_EXPECTEDSTATUSES", "200-299,404",
                "MESH_SERVICES_ORDERS_OUTLIERDETECTION_INTERVAL", "8s",
                "MESH_DEFAULTS_HEALTHCHECK_PATH", "/up",
                "MESH_SERVICES_PAYMENTS_DISCOVERY_DNS", "payments:80",
                "MESH_SERVICES_PAYMENTS_DISCOVERY_REFRESHINTERVAL", "9s"));

        ServiceConfig orders = config.services().get("orders");
        assertThat(orders.loadBalancer().zone()).isEqualTo(new ZoneConfig("eu-1", 6, Map.of("eu-1", 2, "eu-2", 1)));
        assertThat(orders.loadBalancer().slowStart().window()).isEqualTo(Duration.ofSeconds(7));
        assertThat(orders.healthCheck())
                .isEqualTo(HealthCheckConfig.builder()
                        .path("/up")
                        .headers(Map.of("X-Probe", "mesh"))
                        .expectedStatuses("200-299", "404")
                        .build());
        assertThat(orders.outlierDetection().interval()).isEqualTo(Duration.ofSeconds(8));
        assertThat(config.services().get("payments").discovery())
                .isEqualTo(DiscoveryConfig.dns("payments", 80).toBuilder()
                        .refreshInterval(Duration.ofSeconds(9))
                        .build());
    }

    @Test
    void aSourceOfDiscoveryTakesThePlaceOfAnotherThatIsSetByWhatIsWeaker() {
        DiscoveryConfig discovery = config(
                        Map.of("MESH_SERVICES_ORDERS_DISCOVERY_DNS", "orders:80"),
                        "mesh.services.orders.discovery.srv=_http._tcp.orders.internal",
                        "mesh.services.orders.discovery.dns-server=localhost:53",
                        "mesh.services.orders.discovery.max-wait=1s")
                .services()
                .get("orders")
                .discovery();

        assertThat(discovery.source()).isEqualTo(new DiscoverySource.Srv("_http._tcp.orders.internal", "localhost:53"));
        assertThat(discovery.maxWait()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aListTakesThePlaceOfDiscoveryThatIsSetByWhatIsWeakerAndTheOtherWayRound() {
        ServiceConfig listed = config(
                        Map.of("MESH_SERVICES_ORDERS_DISCOVERY_DNS", "orders:80"),
                        "mesh.services.orders.instances[0]=localhost:8081")
                .services()
                .get("orders");
        ServiceConfig discovered = config(
                        Map.of("MESH_SERVICES_ORDERS_INSTANCES", "localhost:8081"),
                        "mesh.services.orders.discovery.dns=orders:80")
                .services()
                .get("orders");

        assertThat(listed.discovery()).isNull();
        assertThat(listed.instances()).containsExactly(ServiceInstance.of("localhost:8081"));
        assertThat(discovered.discovery()).isEqualTo(DiscoveryConfig.dns("orders", 80));
        assertThat(discovered.instances()).isEmpty();
    }

    @Test
    void aMaxHintThatIsNotSetFollowsMaxDelay() {
        assertThat(config("mesh.retries.payments.max-delay=20s")
                        .retries()
                        .get("payments")
                        .maxHint())
                .isEqualTo(Duration.ofSeconds(20));
    }
}
