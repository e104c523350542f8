package io.mesh.spring.aop;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.MergedAnnotation;

/**
 * A method that carries an annotation, itself or through its type.
 *
 * @param type class of the bean, or an interface if the bean is a proxy made by somebody else
 * @param method as the type has it
 * @param breaker null if it has none
 * @param retry null if it has none
 */
record AnnotatedMethod(
        Class<?> type,
        Method method,
        @Nullable MergedAnnotation<WithCircuitBreaker> breaker,
        @Nullable MergedAnnotation<WithRetry> retry) {

    /** The annotations there are, one or two. */
    Stream<MergedAnnotation<?>> annotations() {
        return Stream.<@Nullable MergedAnnotation<?>>of(breaker, retry).flatMap(Stream::ofNullable);
    }

    /** {@code io.shop.PaymentClient.charge}. */
    String name() {
        return type.getName() + "." + method.getName();
    }

    /** {@code io.shop.PaymentClient.charge(String, int)}: tells overloads apart. */
    String signature() {
        return name() + parameters(method);
    }

    static String parameters(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    /** {@code @WithRetry on io.shop.PaymentClient.charge}. */
    String place(MergedAnnotation<?> annotation) {
        return "@" + annotation.getType().getSimpleName() + " on " + name();
    }

    /** Whether an annotation stands on a method, not on a type that has the method. */
    static boolean standsOnMethod(MergedAnnotation<? extends Annotation> annotation) {
        return annotation.getSource() instanceof Method;
    }
}
