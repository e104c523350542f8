package io.mesh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiscoveryConfigTest {

    private static DiscoveryConfig.Builder dns() {
        return DiscoveryConfig.dns("orders.internal", 8080).toBuilder();
    }

    @Test
    void theDefaultsAreThoseOfTheDocumentation() {
        assertThat(DiscoveryConfig.dns("orders.internal", 8080))
                .isEqualTo(new DiscoveryConfig(
                        new DiscoverySource.Dns("orders.internal", 8080),
                        Duration.ofSeconds(10),
                        0.2,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(3)));
        assertThat(DiscoveryConfig.file(Path.of("orders.json")).refreshInterval())
                .isEqualTo(Duration.ofSeconds(1));
    }

    /** Somebody waits for that. */
    @Test
    void aFileThatWasMendedIsSeenAsSoonAsAnyChange() {
        DiscoveryConfig file = DiscoveryConfig.file(Path.of("orders.json"));

        assertThat(file.maxBackoff()).isEqualTo(file.refreshInterval());
        assertThat(file.toBuilder()
                        .refreshInterval(Duration.ofSeconds(7))
                        .build()
                        .maxBackoff())
                .isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void aBuilderKeepsWhatItIsNotTold() {
        DiscoveryConfig config = dns().refreshInterval(Duration.ofSeconds(1))
                .refreshJitter(0.5)
                .maxBackoff(Duration.ofSeconds(2))
                .emptyGrace(Duration.ZERO)
                .maxWait(Duration.ZERO)
                .source(new DiscoverySource.Srv("_http._tcp.orders.internal", "127.0.0.1:53"))
                .build();

        assertThat(config.toBuilder().build()).isEqualTo(config);
    }

    @Test
    void theLongestBackoffFollowsALongIntervalUnlessItIsSet() {
        assertThat(dns().refreshInterval(Duration.ofMinutes(5)).build().maxBackoff())
                .isEqualTo(Duration.ofMinutes(5));
        assertThatThrownBy(() -> dns().refreshInterval(Duration.ofMinutes(5))
                        .maxBackoff(Duration.ofMinutes(1))
                        .build())
                .hasMessage("maxBackoff must be as long as refreshInterval (PT5M) or longer, but is PT1M");
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> dns().refreshInterval(Duration.ofMillis(9)).build())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("refreshInterval must be 10 ms or longer, but is PT0.009S");
        assertThatThrownBy(() -> dns().refreshJitter(Double.NaN).build())
                .hasMessage("refreshJitter must be between 0 and 1, but is NaN");
        assertThatThrownBy(() -> dns().emptyGrace(Duration.ofMillis(-1)).build())
                .hasMessageStartingWith("emptyGrace must be 0 or longer");
        assertThatThrownBy(() -> dns().maxWait(Duration.ofMillis(-1)).build())
                .hasMessageStartingWith("maxWait must be 0 or longer");
        assertThatThrownBy(() -> DiscoveryConfig.dns("orders", 0)).hasMessageStartingWith("port must be between");
        assertThatThrownBy(() -> DiscoveryConfig.dns("http://orders", 80)).hasMessageStartingWith("host must be");
        assertThatThrownBy(() -> DiscoveryConfig.srv("_http._tcp.orders/x"))
                .hasMessage("name must be a DNS name such as _http._tcp.orders.internal, but is '_http._tcp.orders/x'");
        assertThatThrownBy(() -> new DiscoverySource.Srv("orders", "nowhere"))
                .isInstanceOf(InvalidSettingException.class);
        assertThatThrownBy(() -> DiscoveryConfig.named("Spring Cloud", "orders"))
                .isInstanceOf(InvalidSettingException.class);
        assertThatThrownBy(() -> DiscoveryConfig.named("spring-cloud", " "))
                .hasMessage("service must not be blank, but is ' '");
    }

    @Test
    void aServiceHasInstancesOrDiscovery() {
        assertThatThrownBy(() -> ServiceConfig.builder()
                        .instances("a:1")
                        .discovery(dns().build())
                        .build())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("instances must be empty where discovery finds them, but is [a:1]");
        assertThat(ServiceConfig.builder().discovery(dns().build()).build().instances())
                .isEqualTo(List.of());
    }
}
