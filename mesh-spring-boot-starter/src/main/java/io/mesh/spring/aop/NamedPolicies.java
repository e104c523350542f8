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
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;

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
    private final Claims<CircuitBreakerConfig> breakers = new Claims<>("circuit breaker", "circuit-breakers");
    private final Claims<RetryConfig> retries = new Claims<>("retry policy", "retries");
    private final Claims<TimeoutConfig> timeouts = new Claims<>("timeout", "timeouts");
    private final Claims<ConcurrencyLimitConfig> limits = new Claims<>("concurrency limit", "concurrency-limits");

    NamedPolicies(BeanFactory beans) {
        this.beans = beans;
    }

    Policy circuitBreaker(AnnotatedMethod method, Attributes.Name named, StatedSettings stated) {
        Mesh mesh = beans.getBean(Mesh.class);
        MeshConfigMapper mapper = beans.getBean(MeshConfigMapper.class);
        String name = named.text();
        CircuitBreakerConfig wanted = mapper.circuitBreaker(name, stated);
        breakers.claim(method, named, wanted);
        boolean hasProperties = mapper.hasCircuitBreaker(name);
        MeshConfig inForce =
                mesh.update(config -> isToBeSet(config.circuitBreakers().get(name), wanted, hasProperties)
                        ? config.toBuilder().circuitBreaker(name, wanted).build()
                        : config);
        if (!stated.isEmpty()) {
            breakers.requireSame(method, name, inForce.circuitBreakers().get(name), wanted);
        }
        return mesh.circuitBreaker(name);
    }

    Policy retry(AnnotatedMethod method, Attributes.Name named, StatedSettings stated) {
        Mesh mesh = beans.getBean(Mesh.class);
        MeshConfigMapper mapper = beans.getBean(MeshConfigMapper.class);
        String name = named.text();
        RetryConfig wanted = mapper.retry(name, stated);
        retries.claim(method, named, wanted);
        boolean hasProperties = mapper.hasRetry(name);
        MeshConfig inForce = mesh.update(config -> isToBeSet(config.retries().get(name), wanted, hasProperties)
                ? config.toBuilder().retry(name, wanted).build()
                : config);
        if (!stated.isEmpty()) {
            retries.requireSame(method, name, inForce.retries().get(name), wanted);
        }
        return mesh.retry(name);
    }

    Policy timeout(AnnotatedMethod method, Attributes.Name named, StatedSettings stated) {
        Mesh mesh = beans.getBean(Mesh.class);
        MeshConfigMapper mapper = beans.getBean(MeshConfigMapper.class);
        String name = named.text();
        TimeoutConfig wanted = mapper.timeout(name, stated);
        timeouts.claim(method, named, wanted);
        boolean hasProperties = mapper.hasTimeout(name);
        MeshConfig inForce = mesh.update(config -> isToBeSet(config.timeouts().get(name), wanted, hasProperties)
                ? config.toBuilder().timeout(name, wanted).build()
                : config);
        if (!stated.isEmpty()) {
            timeouts.requireSame(method, name, inForce.timeouts().get(name), wanted);
        }
        return mesh.timeout(name);
    }

    Policy concurrencyLimit(AnnotatedMethod method, Attributes.Name named, StatedSettings stated) {
        Mesh mesh = beans.getBean(Mesh.class);
        MeshConfigMapper mapper = beans.getBean(MeshConfigMapper.class);
        String name = named.text();
        ConcurrencyLimitConfig wanted = mapper.concurrencyLimit(name, stated);
        limits.claim(method, named, wanted);
        boolean hasProperties = mapper.hasConcurrencyLimit(name);
        MeshConfig inForce =
                mesh.update(config -> isToBeSet(config.concurrencyLimits().get(name), wanted, hasProperties)
                        ? config.toBuilder().concurrencyLimit(name, wanted).build()
                        : config);
        if (!stated.isEmpty()) {
            limits.requireSame(method, name, inForce.concurrencyLimits().get(name), wanted);
        }
        return mesh.concurrencyLimit(name);
    }

    private static boolean isToBeSet(@Nullable Object existing, Object wanted, boolean hasProperties) {
        return existing == null || (hasProperties && !existing.equals(wanted));
    }
}
