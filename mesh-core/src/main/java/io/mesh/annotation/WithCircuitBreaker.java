package io.mesh.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Puts a circuit breaker around a method (the specification's {@code with_circuit_breaker}).
 *
 * <p>On a class it is around every public method, on an interface around the methods the interface declares;
 * what stands on a method is stronger than what stands on its class. It may stand on another annotation.
 * With {@link WithRetry} on the same method every attempt passes the breaker, whatever the order in the
 * source.
 *
 * <p>Results that are {@code CompletionStage} or {@code CompletableFuture} are covered until they are
 * completed. {@code Future}, reactive types and Kotlin suspend functions are not, and stop the start.
 *
 * <p>Textual attributes take {@code ${...}}. A setting is taken from {@code mesh.circuit-breakers.NAME} if it
 * stands there, else from here, else from {@code mesh.defaults.circuit-breaker}, key by key. Two methods that
 * claim one name with different settings stop the start.
 *
 * <p>The call must come through the bean's proxy: <strong>a call of the object's own method on itself
 * ({@code this.charge()}) passes no breaker</strong>. Private, final and static methods cannot be covered and
 * stop the start.
 */
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface WithCircuitBreaker {

    /**
     * Name of the breaker, in lower-case kebab; methods with the same name share it.
     *
     * @return the name; if empty, {@code payment-client-charge} for {@code PaymentClient.charge}, after the class or
     *     interface that carries the annotation
     */
    String value() default "";

    /**
     * Failures in a row that open a closed circuit.
     *
     * @return 1 or more; empty for what is inherited, 5 in the end
     */
    String failureThreshold() default "";

    /**
     * Successful trial calls that close a half-open circuit.
     *
     * @return 1 or more; empty for what is inherited, 2 in the end
     */
    String successThreshold() default "";

    /**
     * How long a circuit stays open before a trial call may pass.
     *
     * @return a duration such as {@code 30s}; empty for what is inherited, 30 s in the end
     */
    String openTimeout() default "";

    /**
     * Trial calls under way at once while half-open.
     *
     * @return 1 to 1,000; empty for what is inherited, 3 in the end
     */
    String halfOpenMaxCalls() default "";

    /**
     * Throwables that count neither way.
     *
     * @return classes; none for what is inherited
     */
    Class<? extends Throwable>[] ignore() default {};

    /**
     * Throwables that are an answer, such as "not found".
     *
     * @return classes; none for what is inherited
     */
    Class<? extends Throwable>[] recordSuccess() default {};

    /**
     * Throwables that are failures; then all others are answers.
     *
     * @return classes; none for what is inherited
     */
    Class<? extends Throwable>[] recordFailure() default {};

    /**
     * Name of the method of the same object that answers when the call has failed for good, outside of breaker
     * and retry. It has the same parameters, optionally followed by a throwable, and the same return type; it
     * may be private. Of several with that name the one with the most specific exception that fits is asked;
     * if none fits, the failure is thrown. Checked at start. Not asked when the caller was interrupted.
     *
     * @return name of a method; empty for none
     */
    String fallback() default "";
}
