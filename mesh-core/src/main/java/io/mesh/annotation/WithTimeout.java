package io.mesh.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Limits how long a call of a method may take. A method that works on the calling thread is interrupted when its time
 * is up, the stage of one that returns a {@code CompletionStage} is cancelled; the caller gets a
 * {@code CallTimeoutException}.
 *
 * <p>On a class it is around every public method, on an interface around the methods the interface declares;
 * what stands on a method is stronger than what stands on its class. It may stand on another annotation.
 * With {@link WithRetry} and {@link WithCircuitBreaker} on the same method it is the innermost, whatever the order in
 * the source: every attempt has this time, and a breaker counts one that takes too long.
 *
 * <p>Results that are {@code CompletionStage} or {@code CompletableFuture} are covered until they are
 * completed. {@code Future}, reactive types and Kotlin suspend functions are not, and stop the start.
 *
 * <p>Textual attributes take {@code ${...}}. A setting is taken from {@code mesh.timeouts.NAME} if it stands
 * there, else from here, else from {@code mesh.defaults.timeout}, key by key. Two methods that claim one name
 * with different settings stop the start.
 *
 * <p>The call must come through the bean's proxy: <strong>a call of the object's own method on itself
 * ({@code this.charge()}) has no limit</strong>. Private, final and static methods cannot be covered and
 * stop the start.
 */
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface WithTimeout {

    /**
     * Name of the timeout, in lower-case kebab; methods with the same name share its settings.
     *
     * @return the name; if empty, {@code payment-client-charge} for {@code PaymentClient.charge}, after the class or
     *     interface that carries the annotation
     */
    String value() default "";

    /**
     * How long a call may take.
     *
     * @return a duration such as {@code 500ms}; empty for what is inherited, 1 s in the end
     */
    String timeout() default "";

    /**
     * What becomes of a result that a method returns after the limit, the interrupt notwithstanding.
     *
     * @return {@code return} or {@code fail}; empty for what is inherited, {@code return} in the end
     */
    String lateResult() default "";

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
