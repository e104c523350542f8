package io.mesh.spring.properties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.spring.autoconfigure.Application;
import io.mesh.spring.autoconfigure.EnableMesh;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;

@ExtendWith(OutputCaptureExtension.class)
class InvalidPropertiesTest {

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    static class Shop {}

    private static String failure(CapturedOutput output, String file, String... arguments) {
        return Application.failure(output, Shop.class, file, arguments);
    }

    @Test
    void aKeyThatDoesNotExistStopsTheStartAndTheNearestIsOffered(CapturedOutput output) {
        assertThat(failure(output, "unknown-key"))
                .contains("mesh.services.orders.retry.max-retries is no setting of Mesh (unknown-key.yml, line 5)."
                        + " Its value is 4.")
                .contains("Did you mean mesh.services.orders.retry.max-attempts?");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    mesh.service.orders.instances=a:1                 | Did you mean mesh.services.orders.instances?
                    mesh.services.orders.circuit-braker.ignore=x      | Did you mean mesh.services.orders.circuit-breaker.ignore?
                    mesh.services.orders.max-attempts=3               | Did you mean mesh.services.orders.retry.max-attempts?
                    mesh.services.orders.load-balancer.stategy=random | Did you mean mesh.services.orders.load-balancer.strategy?
                    mesh.services.orders.instances[0].prot=1          | Did you mean mesh.services.orders.instances[0].port?
                    mesh.circuit-breakers.p.wait-duration-in-open-state=3s | Did you mean mesh.circuit-breakers.p.open-timeout?
                    mesh.circuit-breakers.p.timeout=3s                | Did you mean mesh.circuit-breakers.p.open-timeout?
                    mesh.circuit-breakers.p.sliding-window-size=9     | Did you mean mesh.circuit-breakers.p.window.calls?
                    mesh.circuit-breakers.p.failure-rate-threshold=9  | Did you mean mesh.circuit-breakers.p.window.failure-rate-threshold?
                    mesh.retries.p.timeout=3s                         | Did you mean mesh.retries.p.attempt-timeout?
                    mesh.services.orders.timeout=3s                   | Did you mean mesh.services.orders.retry.attempt-timeout?
                    mesh.services.orders.dry-run=true                 | Did you mean mesh.services.orders.mode?
                    mesh.services.orders.retry.per-try-timeout=3s     | Did you mean mesh.services.orders.retry.attempt-timeout?
                    mesh.timeouts.p.timeout-duration=3s               | Did you mean mesh.timeouts.p.timeout?
                    mesh.timeouts.p.late-results=fail                 | Did you mean mesh.timeouts.p.late-result?
                    mesh.timeout.p.timeout=3s                         | Did you mean mesh.timeouts.p.timeout?
                    mesh.concurrency-limits.p.max-concurrent-calls=3  | Did you mean mesh.concurrency-limits.p.max-concurrent?
                    mesh.concurrency-limits.p.max-wait-duration=3s    | Did you mean mesh.concurrency-limits.p.max-wait?
                    mesh.services.orders.instance-concurrency-limit.max-concurent=3 | Did you mean mesh.services.orders.instance-concurrency-limit.max-concurrent?
                    mesh.retries.p.backoff=3s                         | Did you mean mesh.retries.p.initial-delay?
                    mesh.retries.p.min-per-second=3                   | Did you mean mesh.retries.p.budget.min-per-second?
                    mesh.services.orders.hedging.delay=5ms            | Did you mean mesh.services.orders.hedge.delay?
                    mesh.services.orders.hedge.max-hedge=2            | Did you mean mesh.services.orders.hedge.max-hedges?
                    mesh.services.orders.health-checks.path=/up       | Did you mean mesh.services.orders.health-check.path?
                    mesh.services.orders.health-check.scheme=https    | Did you mean mesh.services.orders.health-check.protocol?
                    mesh.services.orders.health-check.intervall=5s    | Did you mean mesh.services.orders.health-check.interval?
                    mesh.services.orders.outlier.interval=5s          | Did you mean mesh.services.orders.outlier-detection.interval?
                    mesh.defaults.load-balancer.healthy-panic-threshold=50 | Did you mean mesh.defaults.load-balancer.panic-threshold?
                    mesh.defaults.load-balancer.warm-up.window=5s     | Did you mean mesh.defaults.load-balancer.slow-start.window?
                    mesh.services.orders.retry.budget.ration=0.3      | Did you mean mesh.services.orders.retry.budget.ratio?
                    mesh.services.orders.discovery.eureka=orders      | Did you mean mesh.services.orders.discovery.spring-cloud?
                    mesh.services.orders.discovery.interval=5s        | Did you mean mesh.services.orders.discovery.refresh-interval?
                    mesh.services.orders.load-balancer.zone.nam=a     | Did you mean mesh.services.orders.load-balancer.zone.name?
                    mesh.services.orders.health-check.headers.X-A=b   | mesh.services.orders.health-check.headers is a list: write its elements one after the other, without keys.
                    mesh.services.orders.instances.a.host=a           | mesh.services.orders.instances is a list: write its elements one after the other, without keys.
                    mesh.services.orders.health-check.headers[0].X-A=b | mesh.services.orders.health-check.headers[0] is a value and has no keys.
                    mesh.services.orders.load-balancer.subset.canary.percent=5 | Did you mean mesh.services.orders.load-balancer.subsets.canary.percent?
                    mesh.services.orders.subsets.canary.percent=5     | Did you mean mesh.services.orders.load-balancer.subsets.canary.percent?
                    mesh.services.orders.load-balancer.canary-weight=5 | Did you mean mesh.services.orders.load-balancer.subsets?
                    mesh.services.orders.load-balancer.subsets.canary.canary-weight=5 | Did you mean mesh.services.orders.load-balancer.subsets.canary.percent?
                    mesh.services.orders.load-balancer.subsets.canary.weight=5 | Did you mean mesh.services.orders.load-balancer.subsets.canary.percent?
                    mesh.services.orders.load-balancer.subsets.canary.percnt=5 | Did you mean mesh.services.orders.load-balancer.subsets.canary.percent?
                    mesh.services.orders.load-balancer.subsets.canary.labels.version=a | Did you mean mesh.services.orders.load-balancer.subsets.canary.metadata.version?
                    mesh.services.orders.load-balancer.subsets.canary.fallback-policy=any | Did you mean mesh.services.orders.load-balancer.subsets.canary.fallback?
                    mesh.services.orders.load-balancer.subsets.v1.2.percent=5 | Did you mean mesh.services.orders.load-balancer.subsets.[v1.2].percent? A name with a dot stands in brackets.
                    mesh.services.orders.load-balancer.subsets.v1.2.metadata.version=1.2 | Did you mean mesh.services.orders.load-balancer.subsets.[v1.2].metadata.version?
                    mesh.services.orders.load-balancer.deterministic-aperture.size=5 | Did you mean mesh.services.orders.load-balancer.aperture.size?
                    mesh.services.orders.load-balancer.subset-size=5  | Did you mean mesh.services.orders.load-balancer.aperture.size?
                    mesh.services.orders.load-balancer.aperture.subset-size=5 | Did you mean mesh.services.orders.load-balancer.aperture.size?
                    mesh.defaults.load-balancer.aperture.clinets=5    | Did you mean mesh.defaults.load-balancer.aperture.clients?
                    mesh.defaults.load-balancer.aperture.replicas=5   | Did you mean mesh.defaults.load-balancer.aperture.clients?
                    mesh.services.orders.load-balancer.subsets[0].name=canary | mesh.services.orders.load-balancer.subsets is no list: its entries stand under their names, mesh.services.orders.load-balancer.subsets.NAME.
                    mesh.services.orders.load-balancer.zone.clients.a=2 | mesh.services.orders.load-balancer.zone.clients is a list: write its elements one after the other, without keys.
                    mesh.services.orders.host=localhost               | Did you mean mesh.services.orders.instances?
                    mesh.services.orders.port=8081                    | Did you mean mesh.services.orders.instances?
                    mesh.services.orders.address=localhost:8081       | Did you mean mesh.services.orders.instances?
                    mesh.services.orders.url=http://localhost:8081    | Did you mean mesh.services.orders.instances?
                    mesh.services.orders.uri=http://localhost:8081    | Did you mean mesh.services.orders.instances?
                    mesh.services.orders.retry.enabled=false          | To switch retries off, set mesh.services.orders.retry.max-attempts to 1.
                    mesh.defaults.retry.enabled=false                 | To switch retries off, set mesh.defaults.retry.max-attempts to 1.
                    mesh.services.orders.concurrency-limit.enabled=false | There are here: max-concurrent, max-wait, adaptive.
                    mesh.services.orders.enabled=false                | There are here: mode, instances, discovery,
                    mesh.services.orders.load-balancer.slow-start.duration=5s | Did you mean mesh.services.orders.load-balancer.slow-start.window?
                    mesh.retries.p.repeat=any                         | There are here: max-attempts, initial-delay,
                    mesh.retries.p.xyzzy=3                            | There are here: max-attempts, initial-delay,
                    mesh.defaults.retry.repeat=any                    | 'repeat' is told of one service only: mesh.services.NAME.retry.repeat.
                    mesh.enabled.really=1                             | mesh.enabled is a value and has no keys.
                    """)
    void theMendOfAKeyThatDoesNotExist(String property, String mend, CapturedOutput output) {
        assertThat(failure(output, "valid", "--" + property))
                .contains("is no setting of Mesh")
                .contains(mend);
    }

    @Test
    void aValueThatTheModelRefusesIsNamedWithPropertyLineAndRule(CapturedOutput output) {
        assertThat(failure(output, "refused-value"))
                .contains("mesh.services.orders.retry.max-attempts is 0 (refused-value.yml, line 6), but must be"
                        + " between 1 (no retry) and 1000000.");
    }

    @Test
    void aRefusedDefaultIsNamedWhereItStands(CapturedOutput output) {
        assertThat(failure(output, "valid", "--mesh.defaults.circuit-breaker.open-timeout=0s"))
                .contains(
                        "mesh.defaults.circuit-breaker.open-timeout is 0s (\"mesh.defaults.circuit-breaker.open-timeout\""
                                + " from property source \"commandLineArgs\"), but must be longer than 0.");
    }

    @Test
    void anImpossibleCombinationNamesBoth(CapturedOutput output) {
        assertThat(failure(output, "impossible"))
                .contains("mesh.retries.payments.initial-delay is 10s (impossible.yml, line 7), but must not be longer"
                        + " than max-delay (2s).")
                .contains("mesh.defaults.retry.max-delay is 2s (impossible.yml, line 4).")
                .contains("Correct one of the two values.");
    }

    @Test
    void aWindowOfCallsAndOfTimeAtOnceNamesBoth(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.circuit-breakers.payments.window.calls=10",
                        "--mesh.circuit-breakers.payments.window.time=10s"))
                .contains("mesh.circuit-breakers.payments.window.time is 10s")
                .contains("must not be given beside calls (10)");
    }

    @Test
    void aDelayAndAPercentileOfAHedgeAtOnceNamesBoth(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.orders.hedge.delay=10ms",
                        "--mesh.services.orders.hedge.percentile=99"))
                .contains("mesh.services.orders.hedge.percentile is 99")
                .contains("must not be given beside delay (10ms)");
    }

    @Test
    void outlierDetectionWhereTheServiceHasOneBreakerForAllNamesTheScope(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.orders.instances=localhost:1",
                        "--mesh.services.orders.breaker-scope=service",
                        "--mesh.services.orders.outlier-detection.enabled=true"))
                .contains("mesh.services.orders.breaker-scope is service")
                .contains(
                        "must be INSTANCE where outliers are looked for, since that opens the breakers of instances.");
    }

    @Test
    void aShareOfMoreThanAllCallsStopsTheStart(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.stock.load-balancer.subsets.canary.metadata.version=2",
                        "--mesh.services.stock.load-balancer.subsets.canary.percent=101"))
                .contains("mesh.services.stock.load-balancer.subsets.canary.percent is 101 (")
                .contains("but must be between 0 and 100.");
    }

    @Test
    void sharesOfMoreThanAllCallsTogetherAreNamedEachWhereItStands(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "shares",
                        "--mesh.services.stock.load-balancer.subsets.canary.metadata.version=2",
                        "--mesh.services.stock.load-balancer.subsets.canary.percent=60"))
                .contains("mesh.defaults.load-balancer.subsets.beta.percent is 50 (shares.yml, line 4).")
                .contains("mesh.services.stock.load-balancer.subsets.canary.percent is 60 (\"mesh.services.stock")
                .contains("That is 110 percent in all, but must be at most 100.")
                .doesNotContain("is 1 (");
    }

    @Test
    void aSubsetThatLeavesItsMetadataToTheInheritedOneIsToldThatItReplacesThat(CapturedOutput output) {
        assertThat(failure(output, "shares", "--mesh.services.stock.load-balancer.subsets.beta.percent=5"))
                .contains("mesh.services.stock.load-balancer.subsets.beta.metadata is missing (")
                .contains("That of mesh.defaults.load-balancer.subsets.beta is not inherited: a service's own subset"
                        + " replaces it whole.");
    }

    @Test
    void anApertureBesideConsistentHashNamesBoth(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.stock.load-balancer.strategy=consistent-hash",
                        "--mesh.defaults.load-balancer.aperture.size=20"))
                .contains("mesh.services.stock.load-balancer.strategy is consistent-hash (")
                .contains("but must not stand beside an aperture: under it every client calls every instance.")
                .contains("mesh.defaults.load-balancer.aperture.size is 20 (")
                .contains(
                        "Choose another strategy, or set mesh.services.stock.load-balancer.aperture.enabled to false.");
    }

    @Test
    void aClientBeyondAllClientsNamesBoth(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.stock.load-balancer.aperture.client=3",
                        "--mesh.services.stock.load-balancer.aperture.clients=3"))
                .contains("mesh.services.stock.load-balancer.aperture.clients is 3 (")
                .contains("but must be more than client (3), which is counted from 0.");
    }

    @Test
    void aSubsetThatNoListedInstanceIsOfIsWarnedOf(CapturedOutput output) {
        Application.start(Shop.class, "unmatched-subset").close();

        assertThat(output)
                .contains("mesh.services.orders.load-balancer.subsets.canary is a subset without instances"
                        + " (unmatched-subset.yml, line 16): no instance has version: cnary in its metadata, but version:"
                        + " canary, stable. Calls that name it are rejected, and its share goes to other instances.")
                .contains("subsets.test is a subset without instances (unmatched-subset.yml, line 19): no instance has"
                        + " 'stage' in its metadata. Calls that name it go to other instances.")
                .doesNotContain("subsets.stable");
    }

    @Test
    void anInheritedSubsetThatNoListedInstanceOfAnyServiceIsOfIsWarnedOfOnce(CapturedOutput output) {
        Application.start(Shop.class, "unmatched-subset").close();

        assertThat(output)
                .containsOnlyOnce("mesh.defaults.load-balancer.subsets.inherited is a subset without instances"
                        + " (unmatched-subset.yml, line 5): no instance has version: none in its metadata, but version:"
                        + " canary, stable. Calls that name it are rejected.")
                .doesNotContain("subsets.red")
                .doesNotContain("subsets.overridden");
    }

    @ParameterizedTest
    @ValueSource(strings = {"discovery.dns=localhost:8084", "instances="})
    void anInheritedSubsetIsNotWarnedOfWhereInstancesOfItMayBeDiscoveredOrNoneIsListed(
            String stock, CapturedOutput output) {
        Application.start(
                        Shop.class,
                        "no-such-file",
                        "--mesh.defaults.load-balancer.subsets.canary.metadata.version=canary",
                        "--mesh.services.stock." + stock,
                        "--mesh.services.orders.instances=" + (stock.startsWith("discovery") ? "localhost:8081" : ""))
                .close();

        assertThat(output).contains("Started ").doesNotContain("WARN");
    }

    @Test
    void aZoneThatNoListedInstanceIsInIsWarnedOf(CapturedOutput output) {
        Application.start(Shop.class, "unmatched-zone").close();

        assertThat(output)
                .contains(
                        "mesh.defaults.load-balancer.zone.name is eu-1 (unmatched-zone.yml, line 3), but no instance is"
                                + " there: 'zone' in their metadata is eu1, eu2. So no call stays in its zone.")
                .contains("mesh.services.billing.load-balancer.zone.name is eu1 (unmatched-zone.yml, line 14), but no"
                        + " instance has 'zone' in its metadata, so zones are not looked at.")
                .doesNotContain("mesh.services.stock.load-balancer.zone.name is");
    }

    @Test
    void aZoneOfServicesWithoutListedInstancesIsNotWarnedOf(CapturedOutput output) {
        Application.start(
                        Shop.class,
                        "no-such-file",
                        "--mesh.services.orders.instances=",
                        "--mesh.services.orders.load-balancer.zone.name=eu-1")
                .close();

        assertThat(output).contains("Started ").doesNotContain("WARN");
    }

    @Test
    void ofAnAddressThatIsRefusedTheValueIsToBeCorrected(CapturedOutput output) {
        assertThat(failure(output, "valid", "--mesh.services.orders.instances[0]=localhost:99999"))
                .contains("mesh.services.orders.instances[0] is localhost:99999 (")
                .contains("but must end in a port between 1 and 65535.")
                .contains("Correct the value.")
                .doesNotContain("Set one of its keys");
    }

    @Test
    void twoInstancesWithOneIdAreNamedBoth(CapturedOutput output) {
        assertThat(failure(output, "duplicate-id"))
                .contains(
                        "mesh.services.orders.instances[2] has the id 'localhost:8081' (duplicate-id.yml, line 8), but"
                                + " so has mesh.services.orders.instances[0] (duplicate-id.yml, line 5).");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    mesh.services.orders.instances=localhost                     | mesh.services.orders.instances is localhost ("mesh.services.orders.instances" from property source "commandLineArgs"), but must be host:port
                    mesh.services.orders.instances=localhost:99999               | but must end in a port between 1 and 65535
                    mesh.services.orders.instances[0].host=localhost             | mesh.services.orders.instances[0].port is missing
                    mesh.services.orders.instances[0].port=80                    | mesh.services.orders.instances[0].host is missing
                    mesh.services.orders.retry.max-attempts=many                 | mesh.services.orders.retry.max-attempts is many ("mesh.services.orders.retry.max-attempts" from property source "commandLineArgs"), but must be a whole number.
                    mesh.services.orders.retry.multiplier=x                      | but must be a number.
                    mesh.services.orders.retry.max-delay=soon                    | but must be a duration such as 500ms, 30s or 5m.
                    mesh.services.orders.retry.jitter=some                       | but must be one of none, equal, full, decorrelated.
                    mesh.services.orders.retry.attempt-timeout=0s                | but must be longer than 0.
                    mesh.mode=off                                                | mesh.mode is off ("mesh.mode" from property source "commandLineArgs"), but must be one of act, observe.
                    mesh.services.orders.retry.late-result=keep                  | but must be one of return, fail.
                    mesh.timeouts.payments.timeout=0s                            | mesh.timeouts.payments.timeout is 0s ("mesh.timeouts.payments.timeout" from property source "commandLineArgs"), but must be longer than 0.
                    mesh.defaults.timeout.timeout=0s                             | but must be longer than 0.
                    mesh.timeouts.payments.late-result=keep                      | but must be one of return, fail.
                    mesh.timeouts.UPPER.timeout=1s                               | Call it upper.
                    mesh.concurrency-limits.p.max-concurrent=0                   | mesh.concurrency-limits.p.max-concurrent is 0 ("mesh.concurrency-limits.p.max-concurrent" from property source "commandLineArgs"), but must be 1 or more.
                    mesh.services.orders.concurrency-limit.max-wait=-1s          | mesh.services.orders.concurrency-limit.max-wait is -1s ("mesh.services.orders.concurrency-limit.max-wait" from property source "commandLineArgs"), but must be 0 or longer.
                    mesh.services.orders.instance-concurrency-limit.max-concurrent=0 | but must be 1 or more.
                    mesh.defaults.concurrency-limit.adaptive.tolerance=0.5       | but must be between 1.0 and 10.0.
                    mesh.concurrency-limits.p.adaptive.min-limit=9               | must be min-limit (9) or more.
                    mesh.concurrency-limits.p.adaptive.initial-limit=65          | mesh.concurrency-limits.p.max-concurrent is 64 (by default), but must be 65 or more, which adaptive begins with.
                    mesh.concurrency-limits.UPPER.max-wait=1s                    | Call it upper.
                    mesh.services.orders.retry.retry-nested=maybe                | but must be true or false.
                    mesh.services.orders.retry.retry-on=java.io.NoException      | mesh.services.orders.retry.retry-on is java.io.NoException
                    mesh.services.orders.retry.retry-on=java.lang.String         | but must name classes of throwables.
                    mesh.services.orders.retry.budget.ratio=-0.5                 | mesh.services.orders.retry.budget.ratio is -0.5 ("mesh.services.orders.retry.budget.ratio" from property source "commandLineArgs"), but must be between 0.0 and 1000.0.
                    mesh.retries.payments.budget.ratio=some                      | but must be a number.
                    mesh.retries.payments.budget.min-per-second=-1               | mesh.retries.payments.budget.min-per-second is -1 ("mesh.retries.payments.budget.min-per-second" from property source "commandLineArgs"), but must be 0 or more.
                    mesh.defaults.retry.budget.ttl=500ms                         | mesh.defaults.retry.budget.ttl is 500ms ("mesh.defaults.retry.budget.ttl" from property source "commandLineArgs"), but must be between 1s and 60s.
                    mesh.defaults.retry.budget.enabled=maybe                     | but must be true or false.
                    mesh.services.orders.retry.budget=none                       | but is a group of settings and has no value of its own.
                    mesh.services.orders.hedge.max-hedges=9                      | mesh.services.orders.hedge.max-hedges is 9 ("mesh.services.orders.hedge.max-hedges" from property source "commandLineArgs"), but must be between 1 and 4.
                    mesh.services.orders.hedge.percentile=100                    | but must be above 0 and below 100.
                    mesh.services.orders.hedge.delay=0s                          | but must be longer than 0.
                    mesh.defaults.hedge.max-extra-load=0                         | but must be above 0 and at most 100.
                    mesh.defaults.hedge.min-delay=-1ms                           | but must be longer than 0.
                    mesh.services.orders.hedge=always                            | but is a group of settings and has no value of its own.
                    mesh.services.orders.health-check.timeout=20s                | mesh.services.orders.health-check.timeout is 20s ("mesh.services.orders.health-check.timeout" from property source "commandLineArgs"), but must not be longer than interval (10s).
                    mesh.services.orders.health-check.path=up                    | but must begin with a slash and have neither blanks nor special characters.
                    mesh.services.orders.health-check.protocol=grpc              | but must be one of http, https, tcp.
                    mesh.services.orders.health-check.expected-statuses=2xx      | mesh.services.orders.health-check.expected-statuses is 2xx ("mesh.services.orders.health-check.expected-statuses" from property source "commandLineArgs"), but must be status codes between 100 and 599, such as 200, or ranges of them, such as 200-299.
                    mesh.services.orders.health-check.headers=X-Probe            | but must be of the form 'Name: value'.
                    mesh.services.orders.health-check.headers=Host: a            | but must not have Host, which is host.
                    mesh.defaults.health-check.unhealthy-threshold=0             | but must be 1 or more.
                    mesh.defaults.outlier-detection.minimum-instances=1          | mesh.defaults.outlier-detection.minimum-instances is 1 ("mesh.defaults.outlier-detection.minimum-instances" from property source "commandLineArgs"), but must be 2 or more.
                    mesh.services.orders.outlier-detection.enforcement-percent=101 | but must be between 0 and 100.
                    mesh.services.orders.load-balancer.slow-start.min-percent=0  | mesh.services.orders.load-balancer.slow-start.min-percent is 0 ("mesh.services.orders.load-balancer.slow-start.min-percent" from property source "commandLineArgs"), but must be between 1 and 100.
                    mesh.services.orders.load-balancer.slow-start.window=0s      | but must be longer than 0.
                    mesh.services.orders.load-balancer.slow-start.aggression=0   | but must be above 0, and at most 100.
                    mesh.services.orders.load-balancer.zone.min-instances=3      | mesh.services.orders.load-balancer.zone.name is missing ("mesh.services.orders.load-balancer.zone.min-instances" from property source "commandLineArgs"): it says where this client runs. Action: Set it to the zone of this client, such as eu-west-1a.
                    mesh.defaults.load-balancer.zone.clients=a=1                 | mesh.defaults.load-balancer.zone.name is missing ("mesh.defaults.load-balancer.zone.clients" from property source "commandLineArgs")
                    mesh.services.orders.load-balancer.zone.name=                | mesh.services.orders.load-balancer.zone.name is empty ("mesh.services.orders.load-balancer.zone.name" from property source "commandLineArgs"), but must not be blank.
                    mesh.services.orders.load-balancer.zone.clients=a            | but must be of the form 'zone=part', such as a=2.
                    mesh.services.orders.load-balancer.zone.clients=a=2,a=3      | but must name each zone once.
                    mesh.services.orders.load-balancer.subsets.canary=5          | but is a group of settings and has no value of its own.
                    mesh.services.orders.load-balancer.subsets.canary.percent=5  | mesh.services.orders.load-balancer.subsets.canary.metadata is missing ("mesh.services.orders.load-balancer.subsets.canary.percent" from property source "commandLineArgs"): it says which instances are of the subset.
                    mesh.defaults.load-balancer.subsets.canary.fallback=true     | mesh.defaults.load-balancer.subsets.canary.metadata is missing
                    mesh.services.orders.load-balancer.subsets.canary.percent=a  | mesh.services.orders.load-balancer.subsets.canary.percent is a ("mesh.services.orders.load-balancer.subsets.canary.percent" from property source "commandLineArgs"), but must be a whole number.
                    mesh.services.orders.load-balancer.subsets.Canary.metadata.version=2 | Call it canary, or write it in brackets if it is to stay: [Canary].
                    mesh.services.orders.load-balancer.subsets.v1_2.metadata.version=2 | Call it v1-2, or write it in brackets if it is to stay: [v1_2].
                    mesh.services.orders.load-balancer.subsets.v1+2.percent=2    | Write that part in brackets, and in YAML in quotes: "[v1+2]".
                    mesh.services.stock.load-balancer.subsets.canary.metadata.app.io/version=2 | mesh.services.stock.load-balancer.subsets.canary.metadata.app.io/version has '/' outside of brackets
                    mesh.services.stock.load-balancer.subsets.canary.metadata.app.io/version=3 | Write that part in brackets, and in YAML in quotes: "[app.io/version]".
                    mesh.services.orders.load-balancer.subsets.canary.metadata=a | but has entries of its own, such as name: value, and no other value.
                    mesh.services.orders.load-balancer.slow-start=30s            | Set one of its keys: enabled, window, min-percent, aggression.
                    mesh.services.orders.load-balancer.aperture.size=0           | mesh.services.orders.load-balancer.aperture.size is 0 ("mesh.services.orders.load-balancer.aperture.size" from property source "commandLineArgs"), but must be 1 or more.
                    mesh.services.orders.load-balancer.aperture=12               | but is a group of settings and has no value of its own.
                    mesh.services.orders.load-balancer.aperture.client=2         | mesh.services.orders.load-balancer.aperture.client is 2 ("mesh.services.orders.load-balancer.aperture.client" from property source "commandLineArgs"), but clients is not set.
                    mesh.defaults.load-balancer.aperture.clients=2               | Set mesh.defaults.load-balancer.aperture.client, too, to which of the clients this is, from 0; or remove clients.
                    mesh.services.orders.load-balancer.aperture.client=x         | but must be a whole number.
                    mesh.services.orders.load-balancer.panic-threshold=101       | but must be between 0 (off) and 100.
                    mesh.circuit-breakers.payments.window.minimum-calls=5        | mesh.circuit-breakers.payments.window.calls is missing ("mesh.circuit-breakers.payments.window.minimum-calls" from property source "commandLineArgs"), and so is time: one of the two says how far the window reaches. Action: Set one of them, such as calls: 100 or time: 10s.
                    mesh.circuit-breakers.payments.window.calls=0                | but must be between 1 and 100000.
                    mesh.defaults.circuit-breaker.open-timeout-jitter=2          | but must be between 0 and 1.
                    mesh.services.orders.retry=often                             | but is a group of settings and has no value of its own.
                    mesh.services.orders.load-balancer.max-ejection-percent=0    | but must be between 1 and 100.
                    mesh.services.orders.load-balancer.hash-balance-factor=99    | but must be 0, or between 100 and 1000.
                    mesh.services.orders.load-balancer.custom-strategy=          | but must not be blank.
                    mesh.services.orders.load-balancer.algorithm=random          | Did you mean mesh.services.orders.load-balancer.strategy?
                    mesh.services.orders.load-balancer.strategy=myOwnStrategy    | Choose one of them; a strategy of your own is named by custom-strategy.
                    mesh.services.orders.load-balancer.strategy=fastest          | but must be one of round-robin, random, weighted, least-connections, power-of-two, peak-ewma, consistent-hash.
                    mesh.services.myOrders.instances=a:1                         | 'myOrders' is no name for an entry of mesh.services
                    mesh.circuit-breakers.UPPER.ignore=                          | Call it upper.
                    """)
    void aValueThatCannotBeTakenIsNamedWithTheRule(String property, String text, CapturedOutput output) {
        assertThat(failure(output, "valid", "--" + property)).contains(text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    mesh.services.orders.health-check.expected-statuses | 200-299            | 2xx              | must be status codes between 100 and 599
                    mesh.services.orders.health-check.expected-statuses | 200-299            | ${none:20}       | must be status codes between 100 and 599
                    mesh.services.orders.health-check.headers           | X-A: b             | X-B              | must be of the form 'Name: value'.
                    mesh.services.orders.health-check.headers           | X-A: b             | X B: c           | must have names of HTTP headers.
                    mesh.defaults.health-check.headers                  | X-A: b             | Host: c          | must not have Host, which is host.
                    mesh.defaults.health-check.headers                  | X-A: b             | Connection: c    | must not have Connection, which is always close.
                    mesh.services.orders.health-check.headers           | X-A: b             | X-A: c           | must name each header once, whatever its case.
                    mesh.services.orders.health-check.headers           | X-A: b             | x-a: c           | must name each header once, whatever its case.
                    mesh.services.orders.load-balancer.zone.clients     | a=1                | a=2              | must name each zone once.
                    mesh.services.orders.load-balancer.zone.clients     | a=1                | b                | must be of the form 'zone=part', such as a=2.
                    mesh.services.orders.retry.abort-on                 | java.io.IOException | java.lang.String | must name classes of throwables.
                    mesh.defaults.circuit-breaker.record-success        | java.io.IOException | java.lang.String | must name classes of throwables.
                    """)
    void ofAListTheElementThatIsRefusedIsNamed(
            String list, String good, String bad, String rule, CapturedOutput output) {
        assertThat(failure(output, "valid", "--" + list + "[0]=" + good, "--" + list + "[1]=" + bad))
                .contains(list + "[1] is " + bad + " (\"" + list
                        + "[1]\" from property source \"commandLineArgs\"), but " + rule);
    }

    @Test
    void ofAListWhoseElementsAreRefusedTogetherTheListIsNamed(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.orders.load-balancer.zone.name=a",
                        "--mesh.services.orders.load-balancer.zone.clients[0]=b=2"))
                .contains("mesh.services.orders.load-balancer.zone.clients is {b=2} (\"mesh.services.orders")
                .contains("but must have a part of 1 or more for 'a', where this client runs.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    mesh.defaults.circuit-breaker.open-timeout=30      | 30
                    mesh.defaults.retry.max-delay=7                    | 7
                    mesh.services.stock.circuit-breaker.open-timeout=9 | 9
                    mesh.services.stock.retry.initial-delay=20         | 20
                    mesh.circuit-breakers.payments.open-timeout=${x:5} | 5
                    mesh.retries.payments.max-duration=3               | 3
                    mesh.retries.payments.budget.ttl=5                 | 5
                    """)
    void aDurationWithoutAUnitIsRefused(String property, String number, CapturedOutput output) {
        assertThat(failure(output, "valid", "--" + property))
                .contains(property.replace("=", " is ") + " (")
                .contains("but must be a duration with a unit: write " + number + "s or " + number + "ms.");
    }

    @Test
    void aDurationWithoutAUnitOnAnAnnotationIsRefused() {
        MeshConfigMapper mapper = new MeshConfigMapper(new StandardEnvironment());
        StatedSettings stated = new StatedSettings("@WithCircuitBreaker on Shop.buy", Map.of("openTimeout", "30"));

        assertThatThrownBy(() -> mapper.circuitBreaker("payments", stated))
                .rootCause()
                .hasMessage("openTimeout of @WithCircuitBreaker on Shop.buy is 30, but must be a duration with a unit:"
                        + " write 30s or 30ms.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0s", "PT0.5S", "pt30s", "250ms", "1m"})
    void zeroAndDurationsWithAUnitAreTaken(String delay) {
        Application.start(
                        Shop.class,
                        "valid",
                        "--mesh.retries.payments.initial-delay=" + delay,
                        "--mesh.retries.payments.max-delay=1h")
                .close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    mesh.services.orders.instances=a:1,${ORDERS_HOST}:8081     | ORDERS_HOST | localhost
                    mesh.services.orders.instances[0]=${ORDERS_HOST}:8081      | ORDERS_HOST | localhost
                    mesh.services.orders.instances[0].host=${ORDERS_HOST}      | ORDERS_HOST | localhost
                    mesh.services.stock.instances[0].metadata.zone=${ZONE}     | ZONE        | default
                    mesh.services.stock.retry.max-attempts=${ATTEMPTS}         | ATTEMPTS    | default
                    mesh.defaults.circuit-breaker.open-timeout=${a.b:${OPEN}}  | OPEN        | default
                    """)
    void aPlaceholderThatNothingResolvesStopsTheStart(
            String property, String missing, String example, CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.stock.instances[0].host=a",
                        "--mesh.services.stock.instances[0].port=1",
                        "--" + property))
                .contains(property.replace("=", " is ") + " (")
                .contains("but there is no property " + missing + ".")
                .contains("Set " + missing + ", or give a default: ${" + missing + ":" + example + "}.");
    }

    @Test
    void aPlaceholderThatIsEscapedIsText() {
        Application.start(
                        Shop.class,
                        "no-such-file",
                        "--mesh.services.stock.instances[0].host=a",
                        "--mesh.services.stock.instances[0].port=1",
                        "--mesh.services.stock.instances[0].metadata.template=\\${zone}")
                .close();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    mesh.defaults.load-balancer.strategy=least-connection,       least-connections
                    mesh.services.stock.load-balancer.strategy=LeastConnection,  least-connections
                    mesh.services.stock.load-balancer.strategy=roundrobbin,      round-robin
                    mesh.services.stock.load-balancer.strategy=peek-ewma,        peak-ewma
                    mesh.services.stock.load-balancer.strategy=consistent-hashing, consistent-hash
                    mesh.services.stock.breaker-scope=instances,                 instance
                    mesh.mode=observed,                                          observe
                    mesh.services.stock.mode=acts,                               act
                    mesh.retries.payments.jitter=ful,                            full
                    """)
    void theValueThatWasMeantIsOffered(String property, String meant, CapturedOutput output) {
        assertThat(failure(output, "valid", "--" + property))
                .contains("but must be one of ")
                .contains("Did you mean " + meant + "?");
    }

    @Test
    void aServiceThatDoesNotSayWhereItIsStopsTheStart(CapturedOutput output) {
        assertThat(failure(output, "no-instances"))
                .contains("mesh.services.orders has no instances (no-instances.yml, line 4).")
                .contains("List them under mesh.services.orders.instances, say under mesh.services.orders.discovery how"
                        + " to find them, or write instances: [] if they are added at run time.");
    }

    @Test
    void instancesBesideDiscoveryStopTheStart(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.stock.instances[0].host=localhost",
                        "--mesh.services.stock.instances[0].port=8080",
                        "--mesh.services.stock.discovery.dns=stock.internal:8080"))
                .contains("mesh.services.stock.instances")
                .contains("mesh.services.stock.discovery.dns is stock.internal:8080")
                .contains("A service lists its instances or has them found.")
                .contains("Remove all but one.");
    }

    @Test
    void twoWaysOfDiscoveryStopTheStart(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.orders.discovery.dns=orders.internal:8080",
                        "--mesh.services.orders.discovery.file=orders.json"))
                .contains("mesh.services.orders.discovery.dns is orders.internal:8080")
                .contains("mesh.services.orders.discovery.file is orders.json")
                .contains("A service is discovered in one way.");
    }

    @Test
    void discoveryThatDoesNotSayWhereToLookStopsTheStart(CapturedOutput output) {
        assertThat(failure(output, "valid", "--mesh.services.orders.discovery.refresh-interval=3s"))
                .contains("mesh.services.orders.discovery does not say where to look")
                .contains("Give it one of dns, srv, file, spring-cloud.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    dns=orders                       | dns is orders | must be host:port, with an IPv6 host in brackets.
                    dns=orders:0                     | dns is orders:0 | must end in a port between 1 and 65535.
                    srv=orders/x                     | srv is orders/x | must be a DNS name such as _http._tcp.orders.internal.
                    spring-cloud=orders              | spring-cloud is orders | Spring Cloud is not on the class path.
                    """)
    void aPlaceToLookThatIsNoneStopsTheStart(String key, String is, String but, CapturedOutput output) {
        assertThat(failure(output, "valid", "--mesh.services.orders.discovery." + key))
                .contains("mesh.services.orders.discovery." + is)
                .contains("but " + but);
    }

    @Test
    void aDnsServerWithoutSrvStopsTheStart(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.orders.discovery.dns=orders:80",
                        "--mesh.services.orders.discovery.dns-server=localhost:53"))
                .contains("mesh.services.orders.discovery.dns-server is localhost:53")
                .contains("but must stand beside srv.");
    }

    @Test
    void aBackoffShorterThanTheIntervalNamesBoth(CapturedOutput output) {
        assertThat(failure(
                        output,
                        "valid",
                        "--mesh.services.orders.discovery.dns=orders:80",
                        "--mesh.services.orders.discovery.refresh-interval=20s",
                        "--mesh.services.orders.discovery.max-backoff=10s"))
                .contains("mesh.services.orders.discovery.max-backoff is 10s")
                .contains("must be as long as refresh-interval (20s) or longer")
                .contains("mesh.services.orders.discovery.refresh-interval is 20s");
    }

    @Test
    void aServiceThatOnlyAVariableSpeaksOfStopsTheStart(CapturedOutput output) {
        assertThatThrownBy(() -> Application.startWithVariables(
                        Shop.class, Map.of("MESH_SERVICES_STOK_RETRY_MAXATTEMPTS", "4"), "valid"))
                .isNotNull();

        assertThat(output).contains("mesh.services.stok has no instances");
    }

    @Test
    void aSwitchThatIsNeitherOnNorOffStopsTheStart(CapturedOutput output) {
        assertThat(failure(output, "misspelled-switch"))
                .contains("mesh.enabled is flase (misspelled-switch.yml, line 2), but must be true or false.")
                .contains("Did you mean false?");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    mesh.enabled=maybe      | mesh.enabled is maybe ("mesh.enabled" from property source "commandLineArgs"), but must be true or false.
                    mesh.enabled=           | mesh.enabled is empty
                    mesh.enabled=${SWITCH}  | but there is no property SWITCH.
                    """)
    void aSwitchThatCannotBeReadStopsTheStart(String property, String text, CapturedOutput output) {
        assertThat(failure(output, "valid", "--" + property)).contains(text);
    }

    @Test
    void anImpossibleNameIsRefusedWithOneThatIsPossible(CapturedOutput output) {
        assertThat(failure(output, "names"))
                .contains("'myOrders' is no name for an entry of mesh.services (names.yml, line 4)")
                .contains("Call it my-orders.");
    }

    @Test
    void unknownKeysOfTheEnvironmentAreWarnedOf(CapturedOutput output) {
        Application.startWithVariables(Shop.class, Map.of("MESH_SERVICES_STOCK_RETRY_MAXRETRIES", "4"), "valid")
                .close();

        assertThat(output)
                .contains("mesh.services.stock.retry.maxretries is no setting of Mesh and has no effect"
                        + " (System Environment Property \"MESH_SERVICES_STOCK_RETRY_MAXRETRIES\"). Did you mean"
                        + " MESH_SERVICES_STOCK_RETRY_MAXATTEMPTS?");
    }

    @Test
    void aVariableThatGivesAListKeysIsWarnedOf(CapturedOutput output) {
        Application.startWithVariables(
                        Shop.class, Map.of("MESH_SERVICES_STOCK_HEALTHCHECK_HEADERS_XPROBE", "a"), "valid")
                .close();

        assertThat(output)
                .contains("mesh.services.stock.healthcheck.headers.xprobe is no setting of Mesh and has no effect")
                .contains(
                        "mesh.services.stock.healthcheck.headers is a list: write its elements one after the other, without keys.");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    MESH_SERVICE_ORDERS_RETRY_MAXATTEMPTS,     MESH_SERVICES_ORDERS_RETRY_MAXATTEMPTS
                    MESH_SERVICE_ORDERS_INSTANCES_0_PORT,      MESH_SERVICES_ORDERS_INSTANCES_0_PORT
                    MESH_CIRCUITBREAKER_PAYMENTS_OPENTIMEOUT,  MESH_CIRCUITBREAKERS_PAYMENTS_OPENTIMEOUT
                    MESH_DEFAULTS_RETRY_BACKOFF,               MESH_DEFAULTS_RETRY_INITIALDELAY
                    """)
    void theVariableThatWasMeantIsOffered(String variable, String meant, CapturedOutput output) {
        Application.startWithVariables(Shop.class, Map.of(variable, "4"), "valid")
                .close();

        assertThat(output).contains("Did you mean " + meant + "?");
    }

    @Test
    void whatKubernetesSetsForAServiceCalledMeshIsNotWarnedOf(CapturedOutput output) {
        Map<String, Object> variables = new HashMap<>();
        for (String service : List.of("MESH", "MESH_GATEWAY")) {
            variables.put(service + "_SERVICE_HOST", "10.0.0.11");
            variables.put(service + "_SERVICE_PORT", "80");
            variables.put(service + "_PORT", "tcp://10.0.0.11:80");
            variables.put(service + "_PORT_80_TCP", "tcp://10.0.0.11:80");
            variables.put(service + "_PORT_80_TCP_PROTO", "tcp");
            variables.put(service + "_PORT_80_TCP_PORT", "80");
            variables.put(service + "_PORT_80_TCP_ADDR", "10.0.0.11");
        }
        variables.put("MESH_SERVICE_PORT_HTTP", "80");
        Application.startWithVariables(Shop.class, variables, "valid").close();

        assertThat(output).contains("Started ").doesNotContain("WARN");
    }

    @Test
    void unknownSystemPropertiesAreWarnedOf(CapturedOutput output) {
        System.setProperty("mesh.servces.orders.instances", "a:1");
        try {
            Application.start(Shop.class, "valid").close();
        } finally {
            System.clearProperty("mesh.servces.orders.instances");
        }

        assertThat(output).contains("Did you mean mesh.services.orders.instances?");
    }

    @Test
    void aKeyThatExistsIsNotWarnedOfHoweverAVariableSpellsIt(CapturedOutput output) {
        Application.startWithVariables(
                        Shop.class,
                        Map.of(
                                "MESH_DEFAULTS_CIRCUIT_BREAKER_OPEN_TIMEOUT", "3s",
                                "MESH_DEFAULTS_RETRY_MAXATTEMPTS", "2",
                                "MESH_SERVICES_ORDERS_INSTANCES_0_HOST", "a",
                                "MESH_SERVICES_ORDERS_INSTANCES_0_PORT", "1",
                                "MESH_SERVICES_ORDERS_INSTANCES_0_METADATA_RACK_ROW", "7",
                                "MESH_CIRCUITBREAKERS_PAYMENTS_IGNORE_0_", "java.io.IOException"),
                        "valid")
                .close();

        assertThat(output).contains("Started ").doesNotContain("WARN");
    }

    @Test
    void settingsAreCheckedAtStartEvenIfBeansAreLazy(CapturedOutput output) {
        assertThat(failure(output, "unknown-key", "--spring.main.lazy-initialization=true"))
                .contains("is no setting of Mesh");
    }
}
