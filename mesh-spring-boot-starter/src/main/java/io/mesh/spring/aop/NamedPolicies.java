package io.mesh.spring.aop;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.MeshConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.TimeoutConfig;
import io.mesh.policy.Policy;
import io.mesh.proxy.Mesh;
import io.mesh.spring.properties.MeshConfigMapper;
import io.mesh.spring.properties.StatedSettings;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.env.Environment;

/**
 * The breakers, retry policies, concurrency limits and timeouts that annotations ask for by name, taken from the mesh or
 * made in it.
 *
 * <p>What they are set to: the properties of that name, then what stands on the annotation, then the defaults,
 * key by key. One that the application has made in code stays as it is for an annotation without settings;
 * properties change it, and an annotation that differs from it is refused.
 */
final class NamedPolicies {

    private final BeanFactory beans;
    private final Kind<CircuitBreakerConfig> breakers = new Kind<>(
            new Claims<>("circuit breaker", "circuit-breakers"),
            MeshConfigMapper::circuitBreaker,
            MeshConfigMapper::hasCircuitBreaker,
            MeshConfig::circuitBreakers,
            MeshConfig.Builder::circuitBreaker);
    private final Kind<RetryConfig> retries = new Kind<>(
            new Claims<>("retry policy", "retries"),
            MeshConfigMapper::retry,
            MeshConfigMapper::hasRetry,
            MeshConfig::retries,
            MeshConfig.Builder::retry);
    private final Kind<TimeoutConfig> timeouts = new Kind<>(
            new Claims<>("timeout", "timeouts"),
            MeshConfigMapper::timeout,
            MeshConfigMapper::hasTimeout,
            MeshConfig::timeouts,
            MeshConfig.Builder::timeout);
    private final Kind<ConcurrencyLimitConfig> limits = new Kind<>(
            new Claims<>("concurrency limit", "concurrency-limits"),
            MeshConfigMapper::concurrencyLimit,
            MeshConfigMapper::hasConcurrencyLimit,
            MeshConfig::concurrencyLimits,
            MeshConfig.Builder::concurrencyLimit);

    NamedPolicies(BeanFactory beans) {
        this.beans = beans;
    }

    Policy circuitBreaker(AnnotatedMethod method, Attributes.Name named, StatedSettings stated) {
        return mesh(method, named, stated, breakers).circuitBreaker(named.text());
    }

    Policy retry(AnnotatedMethod method, Attributes.Name named, StatedSettings stated) {
        return mesh(method, named, stated, retries).retry(named.text());
    }

    Policy timeout(AnnotatedMethod method, Attributes.Name named, StatedSettings stated) {
        return mesh(method, named, stated, timeouts).timeout(named.text());
    }

    Policy concurrencyLimit(AnnotatedMethod method, Attributes.Name named, StatedSettings stated) {
        return mesh(method, named, stated, limits).concurrencyLimit(named.text());
    }

    /** The mesh, in which the policy has the settings that the method and the properties state. */
    private <C extends Record> Mesh mesh(
            AnnotatedMethod method, Attributes.Name named, StatedSettings stated, Kind<C> kind) {
        Mesh mesh = beans.getBean(Mesh.class);
        MeshConfigMapper mapper = new MeshConfigMapper(beans.getBean(Environment.class));
        String name = named.text();
        C wanted = kind.wanted.read(mapper, name, stated);
        kind.claims.claim(method, named, wanted);
        boolean hasProperties = kind.hasProperties.test(mapper, name);
        MeshConfig inForce = mesh.update(config -> {
            C existing = kind.configured.apply(config).get(name);
            return existing == null || (hasProperties && !existing.equals(wanted))
                    ? kind.set.write(config.toBuilder(), name, wanted).build()
                    : config;
        });
        if (!stated.isEmpty()) {
            kind.claims.requireSame(method, name, kind.configured.apply(inForce).get(name), wanted);
        }
        return mesh;
    }

    /**
     * What is different from one kind of policy to the other.
     *
     * @param <C> its settings
     */
    private record Kind<C extends Record>(
            Claims<C> claims,
            Reading<C> wanted,
            BiPredicate<MeshConfigMapper, String> hasProperties,
            Function<MeshConfig, Map<String, C>> configured,
            Writing<C> set) {}

    private interface Reading<C> {
        C read(MeshConfigMapper mapper, String name, StatedSettings stated);
    }

    private interface Writing<C> {
        MeshConfig.Builder write(MeshConfig.Builder config, String name, C settings);
    }
}
