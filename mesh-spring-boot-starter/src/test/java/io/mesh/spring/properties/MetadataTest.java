package io.mesh.spring.properties;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.DefaultValue;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What editors know of the properties. */
class MetadataTest {

    private static final JsonNode METADATA = read();

    private static JsonNode read() {
        try (InputStream json =
                MeshProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            return JsonMapper.shared().readTree(json);
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    private static Map<String, JsonNode> byName(String section) {
        return StreamSupport.stream(METADATA.get(section).spliterator(), false)
                .collect(Collectors.toMap(
                        entry -> entry.get("name").asString(), entry -> entry, (a, b) -> a, TreeMap::new));
    }

    /** Every key there is under a record, with whether it has a default. */
    private static Map<String, Boolean> keys(String prefix, Class<?> type) {
        Map<String, Boolean> keys = new TreeMap<>();
        Arrays.stream(type.getRecordComponents()).forEach(component -> {
            String key = prefix + "." + Schema.key(component.getName());
            if (component.getType().isRecord()) {
                keys.putAll(keys(key, component.getType()));
            } else {
                DefaultValue value = Arrays.stream(type.getDeclaredConstructors()[0].getParameters())
                        .filter(parameter -> parameter.getName().equals(component.getName()))
                        .findFirst()
                        .orElseThrow()
                        .getAnnotation(DefaultValue.class);
                keys.put(key, value != null && value.value().length > 0);
            }
        });
        return keys;
    }

    @Test
    void everyKeyIsThereAndNoOther() {
        assertThat(byName("properties").keySet())
                .isEqualTo(keys("mesh", MeshProperties.class).keySet())
                .contains(
                        "mesh.services",
                        "mesh.circuit-breakers",
                        "mesh.retries",
                        "mesh.timeouts",
                        "mesh.defaults.retry.max-attempts",
                        "mesh.defaults.timeout.timeout");
    }

    @Test
    void everyKeyHasADescription() {
        assertThat(byName("properties")).allSatisfy((name, property) -> assertThat(
                        property.path("description").asString(""))
                .as(name)
                .matches("[A-Z].+\\."));
    }

    @Test
    void everyKeyWithADefaultShowsIt() {
        Map<String, JsonNode> properties = byName("properties");
        Set<String> withDefault = new TreeSet<>();
        keys("mesh", MeshProperties.class).forEach((name, has) -> {
            if (has) {
                withDefault.add(name);
            }
        });

        assertThat(withDefault).hasSizeGreaterThan(10).allSatisfy(name -> assertThat(
                        properties.get(name).has("defaultValue"))
                .as(name)
                .isTrue());
        assertThat(properties
                        .get("mesh.defaults.retry.max-attempts")
                        .get("defaultValue")
                        .asInt())
                .isEqualTo(3);
        assertThat(properties
                        .get("mesh.defaults.circuit-breaker.open-timeout")
                        .get("defaultValue")
                        .asString())
                .isEqualTo("30s");
    }

    @Test
    void classesOfExceptionsStrategiesAndNamesHaveHints() {
        assertThat(byName("hints"))
                .containsKeys(
                        "mesh.services.keys",
                        "mesh.circuit-breakers.keys",
                        "mesh.retries.keys",
                        "mesh.timeouts.keys",
                        "mesh.mode",
                        "mesh.defaults.load-balancer.strategy",
                        "mesh.defaults.load-balancer.custom-strategy",
                        "mesh.defaults.retry.retry-on",
                        "mesh.defaults.retry.abort-on",
                        "mesh.defaults.circuit-breaker.ignore",
                        "mesh.defaults.circuit-breaker.record-success",
                        "mesh.defaults.circuit-breaker.record-failure");
    }
}
