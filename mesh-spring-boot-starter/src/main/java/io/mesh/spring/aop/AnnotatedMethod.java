package io.mesh.spring.aop;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithConcurrencyLimit;
import io.mesh.annotation.WithRetry;
import io.mesh.annotation.WithTimeout;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotation;

/**
 * A method that carries an annotation, itself or through its type.
 *
 * @param type class of the bean, or an interface if the bean is a proxy made by somebody else
 * @param method as the type has it
 * @param breaker null if it has none
 * @param retry null if it has none
 * @param limit null if it has none
 * @param timeout null if it has none
 */
record AnnotatedMethod(
        Class<?> type,
        Method method,
        @Nullable MergedAnnotation<WithCircuitBreaker> breaker,
        @Nullable MergedAnnotation<WithRetry> retry,
        @Nullable MergedAnnotation<WithConcurrencyLimit> limit,
        @Nullable MergedAnnotation<WithTimeout> timeout) {

    /** The annotations there are, one at least. */
    Stream<MergedAnnotation<?>> annotations() {
        return Stream.<@Nullable MergedAnnotation<?>>of(breaker, retry, limit, timeout)
                .flatMap(Stream::ofNullable);
    }

    /** {@code io.shop.PaymentClient.charge}. */
    String name() {
        return type.getName() + "." + method.getName();
    }

    /** {@code io.shop.PaymentClient.charge(String, int)}: tells overloads apart. */
    String signature() {
        return name() + inBrackets(parameters(method));
    }

    /** The parameters of a method of the type: {@code String} for a {@code T} that is one in this type. */
    List<Class<?>> parameters(Method ofType) {
        return IntStream.range(0, ofType.getParameterCount())
                .<Class<?>>mapToObj(
                        i -> ResolvableType.forMethodParameter(ofType, i, type).resolve(ofType.getParameterTypes()[i]))
                .toList();
    }

    /** What a method of the type returns, its type variables resolved as far as this type tells them. */
    Class<?> result(Method ofType) {
        return ResolvableType.forMethodReturnType(ofType, type).resolve(ofType.getReturnType());
    }

    static String inBrackets(List<Class<?>> parameters) {
        return parameters.stream().map(Class::getSimpleName).collect(Collectors.joining(", ", "(", ")"));
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
