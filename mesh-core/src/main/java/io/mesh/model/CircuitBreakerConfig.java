package io.mesh.model;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * When a circuit opens, when it may close again, and what counts as a failure.
 *
 * <p>A throwable is judged by the first rule that matches, whatever the class hierarchy: built in
 * ({@code InterruptedException}, {@code VirtualMachineError} and Mesh's own {@link RejectedCallException}s
 * are no evidence), {@code ignore}, {@code recordSuccess}, {@code recordFailure}. If neither
 * {@code recordFailure} nor {@code recordFailureIf} is given every other throwable is a failure; if one is,
 * a throwable that matches neither is an answer, that is, a success. {@code CompletionException} and
 * {@code ExecutionException} are looked through.
 *
 * @param failureThreshold failures in a row that open a closed circuit, 1 or more; default 5
 * @param successThreshold successful trial calls that close a half-open circuit, 1 or more; default 2
 * @param openTimeout how long a circuit stays open before a trial call may pass, longer than 0; also how
 *     long a trial call may take before its place is given to another; default 30 s
 * @param halfOpenMaxCalls trial calls under way at once while half-open (at once, not in all), 1 to
 *     1,000; default 3
 * @param ignore throwables that are no evidence: they count neither way; default none
 * @param recordSuccess throwables that are an answer, such as "not found"; default none
 * @param recordFailure throwables that are failures; default none, which means every other one
 * @param recordFailureIf says of a throwable not matched so far whether it is a failure, or null; if it
 *     throws itself, the call counts as a failure
 * @param recordFailureResult results that are failures though nothing was thrown, or null; they are
 *     returned all the same. A {@code java.net.http.HttpResponse} with a status of 500 or more is one
 *     without being named
 */
public record CircuitBreakerConfig(
        int failureThreshold,
        int successThreshold,
        Duration openTimeout,
        int halfOpenMaxCalls,
        Set<Class<? extends Throwable>> ignore,
        Set<Class<? extends Throwable>> recordSuccess,
        Set<Class<? extends Throwable>> recordFailure,
        @Nullable Predicate<? super Throwable> recordFailureIf,
        @Nullable ResultRule<?> recordFailureResult) {

    private static final int MOST_TRIALS = 1_000;
    private static final CircuitBreakerConfig DEFAULTS =
            new CircuitBreakerConfig(5, 2, Duration.ofSeconds(30), 3, Set.of(), Set.of(), Set.of(), null, null);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public CircuitBreakerConfig {
        Check.atLeast("failureThreshold", failureThreshold, 1);
        Check.atLeast("successThreshold", successThreshold, 1);
        Check.positive("openTimeout", openTimeout);
        if (halfOpenMaxCalls < 1 || halfOpenMaxCalls > MOST_TRIALS) {
            throw new InvalidSettingException(
                    "halfOpenMaxCalls", halfOpenMaxCalls, "must be between 1 and " + MOST_TRIALS);
        }
        Check.throwables("ignore", ignore);
        Check.throwables("recordSuccess", recordSuccess);
        Check.throwables("recordFailure", recordFailure);
        ignore = Set.copyOf(ignore);
        recordSuccess = Set.copyOf(recordSuccess);
        recordFailure = Set.copyOf(recordFailure);
    }

    /** {@return the settings a breaker has if none are given} */
    public static CircuitBreakerConfig defaults() {
        return DEFAULTS;
    }

    /** {@return a builder that starts from the defaults} */
    public static Builder builder() {
        return DEFAULTS.toBuilder();
    }

    /** {@return a builder that starts from these settings} */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects settings; not thread-safe. Nothing is checked before {@link #build()}. */
    public static final class Builder {

        private int failureThreshold;
        private int successThreshold;
        private Duration openTimeout;
        private int halfOpenMaxCalls;
        private Set<Class<? extends Throwable>> ignore;
        private Set<Class<? extends Throwable>> recordSuccess;
        private Set<Class<? extends Throwable>> recordFailure;
        private @Nullable Predicate<? super Throwable> recordFailureIf;
        private @Nullable ResultRule<?> recordFailureResult;

        private Builder(CircuitBreakerConfig from) {
            failureThreshold = from.failureThreshold;
            successThreshold = from.successThreshold;
            openTimeout = from.openTimeout;
            halfOpenMaxCalls = from.halfOpenMaxCalls;
            ignore = from.ignore;
            recordSuccess = from.recordSuccess;
            recordFailure = from.recordFailure;
            recordFailureIf = from.recordFailureIf;
            recordFailureResult = from.recordFailureResult;
        }

        /**
         * Sets how many failures in a row open a closed circuit.
         *
         * @param failures 1 or more
         * @return this builder
         */
        public Builder failureThreshold(int failures) {
            this.failureThreshold = failures;
            return this;
        }

        /**
         * Sets how many successful trial calls close a half-open circuit.
         *
         * @param successes 1 or more
         * @return this builder
         */
        public Builder successThreshold(int successes) {
            this.successThreshold = successes;
            return this;
        }

        /**
         * Sets how long a circuit stays open before a trial call may pass.
         *
         * @param time longer than 0
         * @return this builder
         */
        public Builder openTimeout(Duration time) {
            this.openTimeout = time;
            return this;
        }

        /**
         * Sets how many trial calls may be under way at once while half-open.
         *
         * @param calls 1 to 1,000
         * @return this builder
         */
        public Builder halfOpenMaxCalls(int calls) {
            this.halfOpenMaxCalls = calls;
            return this;
        }

        /**
         * Sets which throwables are no evidence either way.
         *
         * @param types replace those set before
         * @return this builder
         */
        @SafeVarargs
        @SuppressWarnings("varargs") // the array is only read
        public final Builder ignore(Class<? extends Throwable>... types) {
            this.ignore = setOf(types);
            return this;
        }

        /**
         * Sets which throwables are an answer.
         *
         * @param types replace those set before
         * @return this builder
         */
        @SafeVarargs
        @SuppressWarnings("varargs") // the array is only read
        public final Builder recordSuccess(Class<? extends Throwable>... types) {
            this.recordSuccess = setOf(types);
            return this;
        }

        /**
         * Sets which throwables are failures; then all others are answers.
         *
         * @param types replace those set before; none means every throwable
         * @return this builder
         */
        @SafeVarargs
        @SuppressWarnings("varargs") // the array is only read
        public final Builder recordFailure(Class<? extends Throwable>... types) {
            this.recordFailure = setOf(types);
            return this;
        }

        /**
         * Sets a test for failures beside {@link #recordFailure}.
         *
         * @param test thread-safe; null for none
         * @return this builder
         */
        public Builder recordFailureIf(@Nullable Predicate<? super Throwable> test) {
            this.recordFailureIf = test;
            return this;
        }

        /**
         * Sets which results are failures.
         *
         * @param <T> the type of the results judged
         * @param type results of other types are not failures
         * @param test says of a result whether it is a failure; thread-safe
         * @return this builder
         */
        public <T> Builder recordFailureResult(Class<T> type, Predicate<? super T> test) {
            this.recordFailureResult = new ResultRule<>(type, test);
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public CircuitBreakerConfig build() {
            return new CircuitBreakerConfig(
                    failureThreshold,
                    successThreshold,
                    openTimeout,
                    halfOpenMaxCalls,
                    ignore,
                    recordSuccess,
                    recordFailure,
                    recordFailureIf,
                    recordFailureResult);
        }

        private static Set<Class<? extends Throwable>> setOf(Class<? extends Throwable>[] types) {
            return new LinkedHashSet<>(Arrays.asList(types));
        }
    }
}
