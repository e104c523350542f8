package io.mesh.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Calls a method again when it has failed (the specification's {@code with_retry}). To put it on a method is
 * to say that the method may be called twice.
 *
 * <p>On a class it is around every public method, on an interface around the methods the interface declares;
 * what stands on a method is stronger than what stands on its class. It may stand on another annotation.
 * With {@link WithCircuitBreaker} on the same method every attempt passes the breaker, whatever the order in
 * the source. Advice nearer to the method runs for every attempt: each has a transaction of its own.
 *
 * <p>Results that are {@code CompletionStage} or {@code CompletableFuture} are covered until they are
 * completed. {@code Future}, reactive types and Kotlin suspend functions are not, and stop the start.
 *
 * <p>Textual attributes take {@code ${...}}. A setting is taken from {@code mesh.retries.NAME} if it stands
 * there, else from here, else from {@code mesh.defaults.retry}, key by key. Two methods that claim one name
 * with different settings stop the start. The policy's budget, on by default, is set in properties alone:
 * {@code mesh.retries.NAME.budget}.
 *
 * <p>The call must come through the bean's proxy: <strong>a call of the object's own method on itself
 * ({@code this.charge()}) is not retried</strong>. Private, final and static methods cannot be covered and
 * stop the start.
 */
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface WithRetry {

    /**
     * Name of the retry policy, in lower-case kebab; methods with the same name share it.
     *
     * @return the name; if empty, {@code payment-client-charge} for {@code PaymentClient.charge}, after the class or
     *     interface that carries the annotation
     */
    String value() default "";

    /**
     * How often the call is made in all, the first included.
     *
     * @return 1 or more; empty for what is inherited, 3 in the end
     */
    String maxAttempts() default "";

    /**
     * The wait before the second attempt.
     *
     * @return a duration such as {@code 100ms}; empty for what is inherited, 100 ms in the end
     */
    String initialDelay() default "";

    /**
     * By how much the wait grows from one attempt to the next.
     *
     * @return 1.0 or more; empty for what is inherited, 2.0 in the end
     */
    String multiplier() default "";

    /**
     * The longest wait.
     *
     * @return a duration such as {@code 5s}; empty for what is inherited, 5 s in the end
     */
    String maxDelay() default "";

    /**
     * How waits are spread.
     *
     * @return {@code none}, {@code equal}, {@code full} or {@code decorrelated}; empty for what is inherited,
     *     {@code full} in the end
     */
    String jitter() default "";

    /**
     * No wait and no attempt begins that would end later than this after the start of the call.
     *
     * @return a duration such as {@code 10s}; empty for what is inherited, no limit in the end
     */
    String maxDuration() default "";

    /**
     * How long one attempt may take.
     *
     * @return a duration such as {@code 500ms}; empty for what is inherited, no limit in the end
     */
    String attemptTimeout() default "";

    /**
     * What becomes of a result that a method returns after {@link #attemptTimeout}, the interrupt notwithstanding.
     *
     * @return {@code return} or {@code fail}; empty for what is inherited, {@code return} in the end
     */
    String lateResult() default "";

    /**
     * Throwables that are retried.
     *
     * @return classes; none for what is inherited, every {@code Exception} in the end
     */
    Class<? extends Throwable>[] retryOn() default {};

    /**
     * Throwables that are not retried, stronger than {@link #retryOn}.
     *
     * @return classes; none for what is inherited
     */
    Class<? extends Throwable>[] abortOn() default {};

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
