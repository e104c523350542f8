package io.mesh.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.loadbalancer.Endpoint;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jol.info.ClassLayout;
import org.openjdk.jol.info.FieldLayout;

/** Where the JVM puts the fields of an endpoint: no other test can tell whether two of them share a cache line. */
class EndpointLayoutTest {

    private static final long LINE = 64;

    @Test
    void theCountOfCallsSharesNoCacheLineWithTheOtherFieldsNorWithTheNextEndpoint() {
        ClassLayout layout = ClassLayout.parseClass(Endpoint.class);
        List<FieldLayout> fields = layout.fields().stream()
                .filter(field -> !field.name().startsWith("pad"))
                .toList();
        long count = fields.stream()
                .filter(field -> field.name().equals("inFlight"))
                .mapToLong(FieldLayout::offset)
                .findFirst()
                .orElseThrow();

        assertThat(fields).hasSizeGreaterThan(1);
        assertThat(fields).filteredOn(field -> !field.name().equals("inFlight")).allSatisfy(field -> assertThat(
                        Math.abs(field.offset() - count))
                .isGreaterThanOrEqualTo(LINE));
        assertThat(layout.instanceSize()).isGreaterThanOrEqualTo(2 * LINE);
    }
}
