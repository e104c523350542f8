package io.mesh.spring.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.ServiceInstance;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.DefaultServiceInstance;

@ExtendWith(OutputCaptureExtension.class)
class RegisteredInstancesTest {

    private final RegisteredInstances registered = new RegisteredInstances();

    private static DefaultServiceInstance instance(String id, String host, int port, Map<String, String> metadata) {
        return new DefaultServiceInstance(id, "orders", host, port, false, metadata);
    }

    private List<ServiceInstance> of(DefaultServiceInstance... instances) {
        return registered.of("orders", Arrays.asList(instances));
    }

    @Test
    void weightZoneAndVersionComeFromTheMetadataAllOfWhichIsKept() {
        Map<String, String> metadata = Map.of("weight", "3", "zone", "a", "version", "2", "team", "shop");

        assertThat(of(instance("one", "10.0.0.1", 8080, metadata)))
                .containsExactly(ServiceInstance.of("one", "10.0.0.1", 8080)
                        .withWeight(3)
                        .withMetadata(metadata));
    }

    @Test
    void aWeightOfZeroDrains() {
        assertThat(of(instance("one", "10.0.0.1", 8080, Map.of("weight", "0"))))
                .extracting(ServiceInstance::weight)
                .containsExactly(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "heavy", "1.5", "", "99999999999"})
    void aWeightThatIsNoneIsOneAndSaidOnce(String weight, CapturedOutput output) {
        DefaultServiceInstance one = instance("one", "10.0.0.1", 8080, Map.of("weight", weight));

        assertThat(of(one)).extracting(ServiceInstance::weight).containsExactly(1);
        of(one);

        assertThat(output.getAll().split("is registered with the weight '" + weight + "'", -1))
                .hasSize(2);
    }

    @Test
    void anInstanceWithoutIdIsKnownByItsAddress() {
        assertThat(of(instance(null, "10.0.0.1", 8080, Map.of()), instance(" ", "[::1]", 8081, Map.of())))
                .extracting(ServiceInstance::id)
                .containsExactly("10.0.0.1:8080", "[::1]:8081");
    }

    @Test
    void anInstanceThatCannotBeCalledDoesNotKeepTheOthersFromBeingFound(CapturedOutput output) {
        assertThat(of(
                        instance("portless", "10.0.0.1", 0, Map.of()),
                        instance("hostless", null, 80, Map.of()),
                        instance("well", "10.0.0.2", 8080, Map.of())))
                .extracting(ServiceInstance::id)
                .containsExactly("well");
        assertThat(output)
                .contains(
                        "An instance of service 'orders' is registered as portless at 10.0.0.1:0 and left out: port must"
                                + " be between 1 and 65535, but is 0.");
    }

    @Test
    void theZoneOfKubernetesIsTheZoneUnlessThereIsOne() {
        assertThat(of(
                        instance("one", "10.0.0.1", 1, Map.of("topology.kubernetes.io/zone", "eu-1a")),
                        instance("two", "10.0.0.2", 1, Map.of("topology.kubernetes.io/zone", "eu-1a", "zone", "mine"))))
                .extracting(one -> one.metadata().get("zone"))
                .containsExactly("eu-1a", "mine");
    }

    @Test
    void anInstanceThatWantsTlsSaysSo() {
        assertThat(of(new DefaultServiceInstance("one", "orders", "10.0.0.1", 8443, true, Map.of())))
                .extracting(one -> one.metadata().get("secure"))
                .containsExactly("true");
    }

    @Test
    void metadataWithoutValueIsNoMetadata() {
        Map<String, String> metadata = new HashMap<>();
        metadata.put("zone", null);

        assertThat(of(instance("one", "10.0.0.1", 8080, metadata)))
                .extracting(ServiceInstance::metadata)
                .containsExactly(Map.of());
    }
}
