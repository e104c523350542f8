package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceInstanceTest {

    private final ServiceInstance instance = ServiceInstance.of("a", "localhost", 8080);

    @Test
    void theDefaultsAreThoseOfTheSpecification() {
        assertThat(instance.id()).isEqualTo("a");
        assertThat(instance.host()).isEqualTo("localhost");
        assertThat(instance.port()).isEqualTo(8080);
        assertThat(instance.weight()).isEqualTo(1);
        assertThat(instance.healthy()).isTrue();
        assertThat(instance.connections()).isZero();
        assertThat(instance.metadata()).isEmpty();
    }

    @Test
    void theAddressIsHostAndPortAnIpv6HostInBrackets() {
        assertThat(instance.address()).isEqualTo("localhost:8080");
        assertThat(ServiceInstance.of("a", "::1", 80).address()).isEqualTo("[::1]:80");
        assertThat(ServiceInstance.of("a", "fe80::1%eth0", 80).address()).isEqualTo("[fe80::1%eth0]:80");
    }

    @Test
    void equalityLeavesOutReadings() {
        ServiceInstance read = instance.withConnections(7).withHealthy(false);

        assertThat(read).isEqualTo(instance).hasSameHashCodeAs(instance);
        assertThat(read.connections()).isEqualTo(7);
        assertThat(read.healthy()).isFalse();
    }

    @Test
    void equalityKnowsEverythingElse() {
        assertThat(List.of(
                        instance.withWeight(2),
                        instance.withMetadata(Map.of("zone", "a")),
                        ServiceInstance.of("b", "localhost", 8080),
                        ServiceInstance.of("a", "127.0.0.1", 8080),
                        ServiceInstance.of("a", "localhost", 8081)))
                .doesNotContain(instance)
                .doesNotHaveDuplicates();
    }

    @Test
    void aCopyKeepsWhatIsNotChanged() {
        ServiceInstance copy = instance.withMetadata(Map.of("zone", "a"))
                .withWeight(0)
                .withConnections(3)
                .withHealthy(false);

        assertThat(copy.id()).isEqualTo("a");
        assertThat(copy.address()).isEqualTo("localhost:8080");
        assertThat(copy.weight()).isZero();
        assertThat(copy.connections()).isEqualTo(3);
        assertThat(copy.healthy()).isFalse();
        assertThat(copy.metadata()).containsExactly(Map.entry("zone", "a"));
    }

    @Test
    void anAddressAloneMakesAnInstance() {
        assertThat(ServiceInstance.of("localhost:8080"))
                .isEqualTo(ServiceInstance.of("localhost:8080", "localhost", 8080));
        assertThat(ServiceInstance.of("[::1]:65535").host()).isEqualTo("::1");
        assertThat(ServiceInstance.of("[::1]:65535").address()).isEqualTo("[::1]:65535");
    }

    @Test
    void anAddressWithoutHostOrWithIpv6OutOfBracketsIsRefused() {
        for (String address : List.of("", "localhost", "8080", ":8080", "::1:8080", "http://localhost:8080", "[]:80")) {
            assertRefused(
                    () -> ServiceInstance.of(address),
                    "address must be host:port, with an IPv6 host in brackets, but is " + address);
        }
    }

    @Test
    void anAddressWithoutAPortIsRefused() {
        for (String address : List.of(
                "localhost:",
                "localhost:0",
                "localhost:65536",
                "localhost:-1",
                "localhost:http",
                "localhost:99999999999")) {
            assertRefused(
                    () -> ServiceInstance.of(address),
                    "address must end in a port between 1 and 65535, but is " + address);
        }
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        assertRefused(() -> ServiceInstance.of(" ", "localhost", 80), "id must not be blank, but is ' '");
        assertRefused(
                () -> ServiceInstance.of("a\nb", "localhost", 80),
                "id must not contain control characters, but is 'a\\u000ab'");
        assertRefused(() -> ServiceInstance.of(null, "localhost", 80), "id must be given, but is null");
        assertRefused(() -> ServiceInstance.of("a", "", 80), "host must not be blank, but is ''");
        assertRefused(
                () -> ServiceInstance.of("a", "local\rhost", 80),
                "host must not contain control characters, but is 'local\\u000dhost'");
        assertRefused(
                () -> ServiceInstance.of("a", "[::1]", 80), "host must be written without brackets, but is [::1]");
        assertRefused(
                () -> ServiceInstance.of("a", "http://localhost", 80),
                "host must be a host name or address, without scheme or path, but is http://localhost");
        assertRefused(
                () -> ServiceInstance.of("a", "localhost:8080", 80),
                "host must be written without port, but is localhost:8080");
        assertRefused(() -> ServiceInstance.of("a", "localhost", 0), "port must be between 1 and 65535, but is 0");
        assertRefused(
                () -> ServiceInstance.of("a", "localhost", 65_536), "port must be between 1 and 65535, but is 65536");
        assertRefused(() -> instance.withWeight(-1), "weight must be 0 or more, but is -1");
        assertRefused(() -> instance.withConnections(-1), "connections must be 0 or more, but is -1");
        assertRefused(
                () -> instance.withMetadata(Map.of("zone", "a\tb")),
                "metadata must not contain control characters, but is 'a\\u0009b'");
        assertRefused(
                () -> instance.withMetadata(Map.of("zo\u0000ne", "a")),
                "metadata must not contain control characters, but is 'zo\\u0000ne'");
    }

    @Test
    void theMetadataAreACopy() {
        Map<String, String> mine = new HashMap<>(Map.of("zone", "a"));
        ServiceInstance copy = instance.withMetadata(mine);

        mine.clear();

        assertThat(copy.metadata()).containsOnlyKeys("zone");
        assertThat(catchThrowable(() -> copy.metadata().clear())).isInstanceOf(UnsupportedOperationException.class);
    }
}
