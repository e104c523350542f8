package io.mesh.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Limits how many calls of a method may run at once. One that finds no place waits for one, if it may, and gets a
 * {@code ConcurrencyLimitException} otherwise.
 *
 * <p>On a class it is around every public method, on an interface around the methods the interface declares;
 * what stands on a method is stronger than what stands on its class. It may stand on another annotation.
 * With {@link WithRetry}, {@link WithCircuitBreaker} and {@link WithTimeout} on the same method it is inside of breaker and
 * retry and outside of the timeout, whatever the order in the source: every attempt takes a place, a rejection neither
 * counts in the breaker nor is retried, and the time spent waiting is not part of the timeout.
 *
 * <p>Results that are {@code CompletionStage} or {@code CompletableFuture} are covered until they are
 * completed. {@code Future}, reactive types and Kotlin suspend functions are not, and stop the start.
 *
 * <p>Textual attributes take {@code ${...}}. A setting is taken from {@code mesh.concurrency-limits.NAME} if it stands
 * there, else from here, else from {@code mesh.defaults.concurrency-limit}, key by key. Two methods that claim one name
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
public @interface WithConcurrencyLimit {

    /**
     * Name of the limit, in lower-case kebab; methods with the same name share its places.
     *
     * @return the name; if empty, {@code payment-client-charge} for {@code PaymentClient.charge}, after the class or
     *     interface that carries the annotation
     */
    String value() default "";

    /**
     * How many calls may run at once; with {@link #adaptive()} the most the limit may grow to.
     *
     * @return 1 or more; empty for what is inherited, 64 in the end
     */
    String maxConcurrent() default "";

    /**
     * How long a call that finds no place waits for one.
     *
     * @return a duration such as {@code 100ms}, or {@code 0s}; empty for what is inherited, 0 in the end
     */
    String maxWait() default "";

    /**
     * How the limit finds its own size.
     *
     * @return the settings; without any, what is inherited, a fixed limit in the end
     */
    Adaptive adaptive() default @Adaptive;

    /**
     * Name of the method of the same object that answers when the call has failed for good, outside of breaker
     * and retry. It has the same parameters, optionally followed by a throwable, and the same return type; it
     * may be private. Of several with that name the one with the most specific exception that fits is asked;
     * if none fits, the failure is thrown. Checked at start. Not asked when the caller was interrupted.
     *
     * @return name of a method; empty for none
     */
    String fallback() default "";

    /** How a limit finds its own size. Attributes take {@code ${...}}; any of them turns it on. */
    @Target({})
    @Retention(RetentionPolicy.RUNTIME)
    @interface Adaptive {

        /**
         * Whether the limit finds its own size.
         *
         * @return {@code true} or {@code false}; empty for what is inherited, true in the end if anything else is given
         */
        String enabled() default "";

        /**
         * What the limit never falls below.
         *
         * @return 1 or more; empty for what is inherited, 1 in the end
         */
        String minLimit() default "";

        /**
         * The limit to begin with.
         *
         * @return {@code minLimit} or more; empty for what is inherited, 8 in the end
         */
        String initialLimit() default "";

        /**
         * How many times the latency without load is no reason for a lower limit.
         *
         * @return 1.0 to 10.0; empty for what is inherited, 1.25 in the end
         */
        String tolerance() default "";

        /**
         * How often the latency without load is measured anew.
         *
         * @return a duration; empty for what is inherited, 10 s in the end
         */
        String probeInterval() default "";
    }
}
