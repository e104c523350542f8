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
     * By how much longer it stays open each time it opens again.
     *
     * @return 1 or more; empty for what is inherited, 1 in the end
     */
    String openTimeoutMultiplier() default "";

    /**
     * How long it stays open at most.
     *
     * @return a duration; empty for what is inherited, 5 min or {@code openTimeout} in the end
     */
    String maxOpenTimeout() default "";

    /**
     * By which share the open time varies by chance.
     *
     * @return 0 to 1; empty for what is inherited, 0 in the end
     */
    String openTimeoutJitter() default "";

    /**
     * Whether a timer makes the circuit half-open.
     *
     * @return {@code true} or {@code false}; empty for what is inherited, false in the end
     */
    String eagerHalfOpen() default "";

    /**
     * How long a trial call may take before its place is given to another.
     *
     * @return a duration; empty for what is inherited, {@code openTimeout} in the end
     */
    String trialTimeout() default "";

    /**
     * For how long after half-open only a share of the calls passes.
     *
     * @return a duration, 0 for not at all; empty for what is inherited, 0 in the end
     */
    String recoveryTime() default "";

    /**
     * After how long a call counts as a failure before it ends.
     *
     * @return a duration; empty for what is inherited, never in the end
     */
    String stuckCallTimeout() default "";

    /**
     * How failures are counted, if not in a row.
     *
     * @return a window of which {@code calls} or {@code time} is given; one without any for what is inherited
     */
    Window window() default @Window;

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

    /** Which calls a closed circuit looks at, and how many of them may go wrong. Attributes take {@code ${...}}. */
    @Target({})
    @Retention(RetentionPolicy.RUNTIME)
    @interface Window {

        /**
         * How many of the last calls.
         *
         * @return 1 to 100,000; empty for a window of time, or for what is inherited
         */
        String calls() default "";

        /**
         * How long a call is looked at.
         *
         * @return a duration of 1 s to a day; empty for a window of calls, or for what is inherited
         */
        String time() default "";

        /**
         * Share of failed calls that opens the circuit.
         *
         * @return percent, above 0 to 100; empty for what is inherited, 50 in the end
         */
        String failureRateThreshold() default "";

        /**
         * Calls that must be in the window before it says anything.
         *
         * @return 1 or more; empty for what is inherited, {@code calls} or 20 in the end
         */
        String minimumCalls() default "";

        /**
         * A call that takes longer is slow.
         *
         * @return a duration; empty for what is inherited, none in the end
         */
        String slowCallDuration() default "";

        /**
         * Share of slow calls that opens the circuit.
         *
         * @return percent, above 0 to 100; empty for what is inherited, 100 in the end
         */
        String slowCallRateThreshold() default "";

        /**
         * Whether a slow call is also one that failed.
         *
         * @return {@code true} or {@code false}; empty for what is inherited, false in the end
         */
        String slowCountsAsFailure() default "";
    }
}
