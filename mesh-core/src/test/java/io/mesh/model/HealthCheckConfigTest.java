package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthCheckConfigTest {

    @Test
    void theDefaultIsAGetOfHealthEveryTenSeconds() {
        assertThat(HealthCheckConfig.defaults())
                .isEqualTo(new HealthCheckConfig(
                        HealthCheckConfig.Protocol.HTTP,
                        "/health",
                        null,
                        HealthCheckConfig.Method.GET,
                        null,
                        Map.of(),
                        List.of(new StatusRange(200, 299)),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(1),
                        3,
                        2,
                        0.1,
                        false))
                .isEqualTo(HealthCheckConfig.builder().build());
    }

    @Test
    void everySettingSurvivesABuilder() {
        HealthCheckConfig config = HealthCheckConfig.builder()
                .protocol(HealthCheckConfig.Protocol.HTTPS)
                .path("/up?deep=1")
                .port(9090)
                .method(HealthCheckConfig.Method.HEAD)
                .host("orders.example.org")
                .headers(Map.of("X-Probe", "mesh"))
                .expectedStatuses("200", "300-399")
                .interval(Duration.ofSeconds(5))
                .timeout(Duration.ofSeconds(5))
                .unhealthyThreshold(1)
                .healthyThreshold(4)
                .jitter(1)
                .checkFirst(true)
                .build();

        assertThat(config)
                .isEqualTo(new HealthCheckConfig(
                        HealthCheckConfig.Protocol.HTTPS,
                        "/up?deep=1",
                        9090,
                        HealthCheckConfig.Method.HEAD,
                        "orders.example.org",
                        Map.of("X-Probe", "mesh"),
                        List.of(new StatusRange(200, 200), new StatusRange(300, 399)),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        1,
                        4,
                        1,
                        true));
        assertThat(config.toBuilder().build()).isEqualTo(config);
    }

    @Test
    void headersAreACopy() {
        Map<String, String> headers = new HashMap<>(Map.of("X-Probe", "mesh"));
        HealthCheckConfig config = HealthCheckConfig.builder().headers(headers).build();
        headers.clear();

        assertThat(config.headers()).containsOnly(Map.entry("X-Probe", "mesh"));
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        assertRefused(
                () -> HealthCheckConfig.builder().path("up").build(),
                "path must begin with a slash and have neither blanks nor special characters, but is 'up'");
        assertRefused(
                () -> HealthCheckConfig.builder().path("/a b").build(),
                "path must begin with a slash and have neither blanks nor special characters, but is '/a b'");
        assertRefused(() -> HealthCheckConfig.builder().port(0).build(), "port must be between 1 and 65535, but is 0");
        assertRefused(() -> HealthCheckConfig.builder().host(" ").build(), "host must not be blank, but is ' '");
        assertRefused(
                () -> HealthCheckConfig.builder().headers(Map.of("a b", "c")).build(),
                "headers must have names of HTTP headers, but is 'a b'");
        assertRefused(
                () -> HealthCheckConfig.builder().headers(Map.of("HOST", "c")).build(),
                "headers must not have Host, which is host, but is 'HOST'");
        assertRefused(
                () -> HealthCheckConfig.builder()
                        .headers(Map.of("connection", "keep-alive"))
                        .build(),
                "headers must not have Connection, which is always close, but is 'connection'");
        assertRefused(
                () -> HealthCheckConfig.builder()
                        .headers(Map.of("X-Key", "a", "x-key", "b"))
                        .build(),
                "headers must name each header once, whatever its case, but is 'x-key'");
        assertRefused(
                () -> HealthCheckConfig.builder().headers(Map.of("X", "a\r\nb")).build(),
                "headers must not contain control characters, but is 'a\\u000d\\u000ab'");
        assertRefused(
                () -> HealthCheckConfig.builder().expectedStatuses().build(),
                "expectedStatuses must have at least one status code, but is empty");
        assertRefused(
                () -> HealthCheckConfig.builder().interval(Duration.ZERO).build(),
                "interval must be longer than 0, but is PT0S");
        assertRefused(
                () -> HealthCheckConfig.builder().timeout(Duration.ZERO).build(),
                "timeout must be longer than 0, but is PT0S");
        assertRefused(
                () -> HealthCheckConfig.builder()
                        .timeout(Duration.ofSeconds(11))
                        .build(),
                "timeout must not be longer than interval (PT10S), but is PT11S");
        assertRefused(
                () -> HealthCheckConfig.builder().unhealthyThreshold(0).build(),
                "unhealthyThreshold must be 1 or more, but is 0");
        assertRefused(
                () -> HealthCheckConfig.builder().healthyThreshold(0).build(),
                "healthyThreshold must be 1 or more, but is 0");
        assertRefused(
                () -> HealthCheckConfig.builder().jitter(1.1).build(),
                "jitter must be between 0.0 and 1.0, but is 1.1");
        assertRefused(
                () -> HealthCheckConfig.builder().jitter(Double.NaN).build(),
                "jitter must be between 0.0 and 1.0, but is NaN");
    }

    @Test
    void aRangeOfStatusesIsReadAsItIsWritten() {
        assertThat(StatusRange.of("204")).isEqualTo(new StatusRange(204, 204)).hasToString("204");
        assertThat(StatusRange.of(" 200 - 299 "))
                .isEqualTo(new StatusRange(200, 299))
                .hasToString("200-299");
        assertThat(StatusRange.of("200-299").contains(299)).isTrue();
        assertThat(StatusRange.of("200-299").contains(300)).isFalse();
        for (String wrong : List.of("2xx", "", "99", "600", "299-200", "200-600")) {
            assertRefused(
                    () -> StatusRange.of(wrong),
                    "expectedStatuses must be status codes between 100 and 599, such as 200, or ranges of them, such as"
                            + " 200-299, but is '" + wrong + "'");
        }
        assertRefused(() -> new StatusRange(99, 200), "first must be a status code between 100 and 599, but is 99");
        assertRefused(() -> new StatusRange(200, 199), "last must be between 200 and 599, but is 199");
    }
}
