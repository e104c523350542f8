package io.mesh.spring.aop;

import io.mesh.policy.Policy;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.function.SingletonSupplier;

/**
 * The guards of all methods of all beans, each resolved once: at start for every bean whose class is known
 * then, at its first call otherwise.
 *
 * <p>Made before most other beans, so it asks for the mesh only when it needs it.
 */
final class Guards {

    /** Stands for "no guard", since a map has no null. */
    private static final Guard NONE = invocation -> invocation.proceed();

    private final ConfigurableListableBeanFactory beans;
    private final AnnotatedMethods annotated = new AnnotatedMethods();
    private final Map<Class<?>, MethodGuards> byType = new ConcurrentHashMap<>();
    private final Supplier<NamedPolicies> policies;

    Guards(ConfigurableListableBeanFactory beans) {
        this.beans = beans;
        this.policies = SingletonSupplier.of(() -> new NamedPolicies(beans)); // many applications have no annotation
    }

    AnnotatedMethods annotated() {
        return annotated;
    }

    /** The guard of a method as called on an object of a class. Two look-ups, no allocation once resolved. */
    Guard of(Method method, Class<?> type) {
        MethodGuards guards = guards(type);
        Guard guard = guards.get(method);
        if (guard != null) {
            return guard;
        }
        AnnotatedMethod found = annotated.find(method, type);
        return guards.add(method, found == null ? NONE : resolve(found));
    }

    /** Resolves every annotated method of a class, so that what is wrong is found at start. */
    void resolveAll(Class<?> type) {
        annotated.of(type).forEach((method, found) -> guards(type).add(method, resolve(found)));
    }

    private MethodGuards guards(Class<?> type) {
        MethodGuards guards = byType.get(type);
        return guards != null ? guards : byType.computeIfAbsent(type, key -> new MethodGuards());
    }

    private Guard resolve(AnnotatedMethod method) {
        Attributes attributes = new Attributes(beans, method);
        FallbackMethods fallback = fallback(method, attributes);
        Policy policy = policy(method, attributes);
        boolean repeatable = method.retry() != null;
        if (GuardRules.returnsStage(method)) {
            return new StageGuard(policy, repeatable, fallback);
        }
        BlockingGuard guard = new BlockingGuard(policy, repeatable, fallback);
        return GuardRules.returnsAnything(method) ? new UndeclaredResultGuard(method, guard) : guard;
    }

    private Policy policy(AnnotatedMethod method, Attributes attributes) {
        NamedPolicies named = policies.get();
        Policy breaker = method.breaker() == null
                ? null
                : named.circuitBreaker(method, attributes.name(method.breaker()), attributes.stated(method.breaker()));
        Policy retry = method.retry() == null
                ? null
                : named.retry(method, attributes.name(method.retry()), attributes.stated(method.retry()));
        Policy limit = method.limit() == null
                ? null
                : named.concurrencyLimit(method, attributes.name(method.limit()), attributes.stated(method.limit()));
        Policy timeout = method.timeout() == null
                ? null
                : named.timeout(method, attributes.name(method.timeout()), attributes.stated(method.timeout()));
        return Stream.<@Nullable Policy>of(retry, breaker, limit, timeout) // from the outermost
                .flatMap(Stream::ofNullable)
                .reduce(Policy::around)
                .orElseThrow();
    }

    private static @Nullable FallbackMethods fallback(AnnotatedMethod method, Attributes attributes) {
        List<String> names = method.annotations()
                .map(annotation -> attributes.text(annotation, "fallback"))
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
        if (names.size() > 1) {
            throw new InvalidGuardException(
                    method.signature() + " has two fallbacks, '" + String.join("' and '", names)
                            + "', but there is one for the whole call, outside of breaker and retry.",
                    "Name it on one of the annotations, or the same on all.");
        }
        return names.isEmpty() ? null : FallbackMethods.of(method, names.get(0));
    }
}
