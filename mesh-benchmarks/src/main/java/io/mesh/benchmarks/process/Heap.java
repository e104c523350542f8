package io.mesh.benchmarks.process;

import io.mesh.benchmarks.report.Figures;
import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.policy.Policy;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.MeshBuilder;
import io.mesh.retry.RetryPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.openjdk.jol.info.GraphLayout;

/**
 * Live heap, by the layout of the objects: what one more breaker, retry policy, instance or service holds that the one
 * before does not share with it, after a call went through each.
 */
public final class Heap {

    private static final int MANY = 1_000;
    private static final int SERVICES = 1_000;
    private static final int INSTANCES = 10;

    private Heap() {}

    /** {@code <folder of results>}. */
    public static void main(String[] arguments) throws IOException {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("heap.breaker", perOne(count -> IntStream.range(0, count)
                .mapToObj(i -> used(CircuitBreaker.of("backend", CircuitBreakerConfig.defaults())))
                .toArray()));
        figures.put("heap.retry", perOne(count -> IntStream.range(0, count)
                .mapToObj(i -> used(RetryPolicy.of("backend", RetryConfig.defaults())))
                .toArray()));
        figures.put("heap.instance", perOne(count -> mesh(1, count)));
        figures.put("heap.service", perOne(count -> mesh(count, 1)) - figures.get("heap.instance"));
        figures.put("heap.mesh", (double)
                GraphLayout.parseInstance(mesh(SERVICES, INSTANCES)).totalSize());
        Figures.write(Path.of(arguments[0]), "heap", figures);
    }

    private static Policy used(Policy policy) {
        policy.run(() -> {});
        return policy;
    }

    private static Mesh mesh(int services, int instances) {
        MeshBuilder builder = Mesh.builder();
        for (int i = 0; i < services; i++) {
            List<ServiceInstance> fleet = IntStream.range(0, instances)
                    .mapToObj(j -> ServiceInstance.of("instance-" + j, "10.0." + j / 256 + '.' + j % 256, 8080))
                    .toList(); // of its own, as if read from properties
            builder.service("service-" + i, s -> s.instances(fleet).retry(RetryConfig.defaults()));
        }
        Mesh mesh = builder.build();
        for (int i = 0; i < services; i++) {
            for (int j = 0; j < instances; j++) {
                mesh.service("service-" + i).run(instance -> {});
            }
        }
        return mesh;
    }

    /** What many take more than one. */
    private static double perOne(IntFunction<Object> some) {
        long one = GraphLayout.parseInstance(some.apply(1)).totalSize();
        long many = GraphLayout.parseInstance(some.apply(1 + MANY)).totalSize();
        return (double) (many - one) / MANY;
    }
}
