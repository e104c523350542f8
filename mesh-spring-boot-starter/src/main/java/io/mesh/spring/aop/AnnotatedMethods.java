package io.mesh.spring.aop;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithConcurrencyLimit;
import io.mesh.annotation.WithRetry;
import io.mesh.annotation.WithTimeout;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Finds the annotated methods of the classes of beans. Each class is searched once; as many are remembered as
 * the application has classes of beans.
 *
 * <p>An annotation on a method is stronger than one on its type, one on a class than one on what it extends
 * and implements. On a class it means the public methods, on an interface those the interface declares.
 */
final class AnnotatedMethods {

    private static final Log LOG = LogFactory.getLog("io.mesh");

    private final Map<Class<?>, Map<Method, AnnotatedMethod>> byType = new ConcurrentHashMap<>();

    /** The annotated methods of a class, by the method as the class has it. */
    Map<Method, AnnotatedMethod> of(Class<?> type) {
        Map<Method, AnnotatedMethod> known = byType.get(type);
        if (known == null) {
            known = search(type);
            byType.put(type, known);
        }
        return known;
    }

    /** What a call of this method means for an object of this class, or null if it carries nothing. */
    @Nullable
    AnnotatedMethod find(Method method, Class<?> type) {
        Map<Method, AnnotatedMethod> methods = of(type);
        if (methods.isEmpty()) {
            return null;
        }
        AnnotatedMethod specific = methods.get(AopUtils.getMostSpecificMethod(method, type));
        return specific != null ? specific : methods.get(method);
    }

    private static Map<Method, AnnotatedMethod> search(Class<?> type) {
        if (type.getName().startsWith("org.springframework.")
                || !AnnotationUtils.isCandidateClass(type, WithCircuitBreaker.class)) {
            return Map.of(); // saves the search through the many classes that cannot have any
        }
        Map<Method, AnnotatedMethod> found = new LinkedHashMap<>();
        Class<?> user = ClassUtils.getUserClass(type);
        try {
            MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<Optional<AnnotatedMethod>>)
                            method -> Optional.ofNullable(search(method, user)))
                    .forEach((method, annotated) -> annotated.ifPresent(each -> found.put(method, each)));
        } catch (IllegalStateException | LinkageError unreadable) {
            // a class that needs another which is not there: Spring cannot make a bean of it either
            LOG.debug("The methods of " + type + " cannot be read.", unreadable);
        }
        return found;
    }

    private static @Nullable AnnotatedMethod search(Method method, Class<?> type) {
        MergedAnnotation<WithCircuitBreaker> breaker = search(method, type, WithCircuitBreaker.class);
        MergedAnnotation<WithRetry> retry = search(method, type, WithRetry.class);
        MergedAnnotation<WithConcurrencyLimit> limit = search(method, type, WithConcurrencyLimit.class);
        MergedAnnotation<WithTimeout> timeout = search(method, type, WithTimeout.class);
        if (breaker == null && retry == null && limit == null && timeout == null) {
            return null;
        }
        return new AnnotatedMethod(
                Proxy.isProxyClass(type) ? method.getDeclaringClass() : type, method, breaker, retry, limit, timeout);
    }

    private static <A extends Annotation> @Nullable MergedAnnotation<A> search(
            Method method, Class<?> type, Class<A> annotation) {
        Optional<MergedAnnotation<A>> own = MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).stream(
                        annotation)
                .findFirst();
        if (own.isPresent()) {
            return own.get();
        }
        if (isCoveredByType(method)) {
            for (MergedAnnotation<A> found : MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY).stream(
                            annotation)
                    .toList()) {
                if (covers((Class<?>) found.getSource(), method, type)) {
                    return found;
                }
            }
        }
        return null;
    }

    private static boolean isCoveredByType(Method method) {
        return Modifier.isPublic(method.getModifiers())
                && !Modifier.isStatic(method.getModifiers())
                && !ReflectionUtils.isObjectMethod(method);
    }

    private static boolean covers(@Nullable Class<?> annotated, Method method, Class<?> type) {
        return annotated != null && (!annotated.isInterface() || declares(annotated, method, type));
    }

    /** Whether a method of a class is one of an interface. */
    static boolean declares(Class<?> contract, Method method, Class<?> type) {
        for (Method declared : contract.getMethods()) {
            if (declared.equals(method)
                    || (declared.getName().equals(method.getName())
                            && AopUtils.getMostSpecificMethod(declared, type).equals(method))) {
                return true;
            }
        }
        return false;
    }
}
