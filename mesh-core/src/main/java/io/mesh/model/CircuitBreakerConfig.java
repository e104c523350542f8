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
 * @param failureThreshold failures in a row that open a closed circuit, 1 or more; default 5. With a window it does not
 *     open it, but ten times as many are the evidence on which an instance opens beyond {@code maxEjectionPercent}
 * @param successThreshold successful trial calls that close a half-open circuit, 1 or more; default 2
 * @param openTimeout how long a circuit stays open before a trial call may pass, longer than 0; default 30 s
 * @param openTimeoutMultiplier by how much longer it stays open each time it opens again, 1 or more; default 1. The
 *     number of openings falls by one for each {@code openTimeout} spent closed, so what fails again and again is
 *     asked more and more rarely
 * @param maxOpenTimeout no longer than this, {@code openTimeout} or longer; default 5 min, or {@code openTimeout} if
 *     that is longer. Also the longest that a failure with a {@link DelayHint} keeps a circuit open
 * @param openTimeoutJitter by which share the open time varies by chance, 0 to 1; default 0. Drawn inside
 *     {@code maxOpenTimeout}, so that many processes do not try again at the same moment
 * @param eagerHalfOpen whether a timer makes the circuit half-open; default false: the first call after the open time
 *     does
 * @param trialTimeout how long a trial call may take before its place is given to another, longer than 0; default
 *     {@code openTimeout}
 * @param recoveryTime for how long after half-open a closed circuit lets only a share of the calls pass, a quarter in
 *     the first half and a half in the second; 0, the default, for none
 * @param stuckCallTimeout a call that is under way for longer, up to half as long again, counts as a failure before it
 *     ends, and not again when it does; longer than 0, or null for none, the default, since it costs a timer, two
 *     counts and an object a call
 * @param halfOpenMaxCalls trial calls under way at once while half-open (at once, not in all), 1 to
 *     1,000; default 3
 * @param window how failures are counted instead, or null to count them in a row, the default
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
        double openTimeoutMultiplier,
        Duration maxOpenTimeout,
        double openTimeoutJitter,
        boolean eagerHalfOpen,
        Duration trialTimeout,
        Duration recoveryTime,
        @Nullable Duration stuckCallTimeout,
        int halfOpenMaxCalls,
        @Nullable WindowConfig window,
        Set<Class<? extends Throwable>> ignore,
        Set<Class<? extends Throwable>> recordSuccess,
        Set<Class<? extends Throwable>> recordFailure,
        @Nullable Predicate<? super Throwable> recordFailureIf,
        @Nullable ResultRule<?> recordFailureResult) {

    private static final int MOST_TRIALS = 1_000;
    private static final Duration LONGEST_OPEN = Duration.ofMinutes(5);
    private static final Duration HALF_A_MINUTE = Duration.ofSeconds(30);
    private static final CircuitBreakerConfig DEFAULTS = new CircuitBreakerConfig(
            5,
            2,
            HALF_A_MINUTE,
            1,
            LONGEST_OPEN,
            0,
            false,
            HALF_A_MINUTE,
            Duration.ZERO,
            null,
            3,
            null,
            Set.of(),
            Set.of(),
            Set.of(),
            null,
            null);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public CircuitBreakerConfig {
        Check.atLeast("failureThreshold", failureThreshold, 1);
        Check.atLeast("successThreshold", successThreshold, 1);
        Check.positive("openTimeout", openTimeout);
        if (!(openTimeoutMultiplier >= 1)) { // NaN is refused, too
            throw new InvalidSettingException("openTimeoutMultiplier", openTimeoutMultiplier, "must be 1 or more");
        }
        Check.present("maxOpenTimeout", maxOpenTimeout);
        if (maxOpenTimeout.compareTo(openTimeout) < 0) {
            throw new InvalidSettingException(
                    "maxOpenTimeout", maxOpenTimeout, "must be at least openTimeout, " + openTimeout);
        }
        if (!(openTimeoutJitter >= 0 && openTimeoutJitter <= 1)) {
            throw new InvalidSettingException("openTimeoutJitter", openTimeoutJitter, "must be between 0 and 1");
        }
        Check.positive("trialTimeout", trialTimeout);
        Check.notNegative("recoveryTime", recoveryTime);
        if (stuckCallTimeout != null) {
            Check.positive("stuckCallTimeout", stuckCallTimeout);
        }
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

    private static Duration defaultMaxOpenTimeout(Duration openTimeout) {
        Check.present("openTimeout", openTimeout);
        return openTimeout.compareTo(LONGEST_OPEN) > 0 ? openTimeout : LONGEST_OPEN;
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
        private double openTimeoutMultiplier;
        private @Nullable Duration maxOpenTimeout;
        private double openTimeoutJitter;
        private boolean eagerHalfOpen;
        private @Nullable Duration trialTimeout;
        private Duration recoveryTime;
        private @Nullable Duration stuckCallTimeout;
        private int halfOpenMaxCalls;
        private @Nullable WindowConfig window;
        private Set<Class<? extends Throwable>> ignore;
        private Set<Class<? extends Throwable>> recordSuccess;
        private Set<Class<? extends Throwable>> recordFailure;
        private @Nullable Predicate<? super Throwable> recordFailureIf;
        private @Nullable ResultRule<?> recordFailureResult;

        private Builder(CircuitBreakerConfig from) {
            failureThreshold = from.failureThreshold;
            successThreshold = from.successThreshold;
            openTimeout = from.openTimeout;
            openTimeoutMultiplier = from.openTimeoutMultiplier;
            // those that were derived go on following openTimeout
            maxOpenTimeout =
                    from.maxOpenTimeout.equals(defaultMaxOpenTimeout(from.openTimeout)) ? null : from.maxOpenTimeout;
            openTimeoutJitter = from.openTimeoutJitter;
            eagerHalfOpen = from.eagerHalfOpen;
            trialTimeout = from.trialTimeout.equals(from.openTimeout) ? null : from.trialTimeout;
            recoveryTime = from.recoveryTime;
            stuckCallTimeout = from.stuckCallTimeout;
            halfOpenMaxCalls = from.halfOpenMaxCalls;
            window = from.window;
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
         * Sets by how much longer a circuit stays open each time it opens again.
         *
         * @param factor 1 or more
         * @return this builder
         */
        public Builder openTimeoutMultiplier(double factor) {
            this.openTimeoutMultiplier = factor;
            return this;
        }

        /**
         * Sets how long a circuit stays open at most.
         *
         * @param time {@code openTimeout} or longer; null for 5 min, or {@code openTimeout} if that is longer
         * @return this builder
         */
        public Builder maxOpenTimeout(@Nullable Duration time) {
            this.maxOpenTimeout = time;
            return this;
        }

        /**
         * Sets by which share the open time varies by chance.
         *
         * @param share 0 to 1
         * @return this builder
         */
        public Builder openTimeoutJitter(double share) {
            this.openTimeoutJitter = share;
            return this;
        }

        /**
         * Sets whether a timer makes the circuit half-open.
         *
         * @param timer false for the first call after the open time
         * @return this builder
         */
        public Builder eagerHalfOpen(boolean timer) {
            this.eagerHalfOpen = timer;
            return this;
        }

        /**
         * Sets how long a trial call may take before its place is given to another.
         *
         * @param time longer than 0; null for {@code openTimeout}
         * @return this builder
         */
        public Builder trialTimeout(@Nullable Duration time) {
            this.trialTimeout = time;
            return this;
        }

        /**
         * Sets for how long after half-open only a share of the calls passes.
         *
         * @param time 0 for not at all
         * @return this builder
         */
        public Builder recoveryTime(Duration time) {
            this.recoveryTime = time;
            return this;
        }

        /**
         * Sets after how long a call counts as a failure before it ends.
         *
         * @param time longer than 0; null for never
         * @return this builder
         */
        public Builder stuckCallTimeout(@Nullable Duration time) {
            this.stuckCallTimeout = time;
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
         * Sets how failures are counted instead of in a row.
         *
         * @param calls a window; null to count in a row
         * @return this builder
         */
        public Builder window(@Nullable WindowConfig calls) {
            this.window = calls;
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
                    openTimeoutMultiplier,
                    maxOpenTimeout == null ? defaultMaxOpenTimeout(openTimeout) : maxOpenTimeout,
                    openTimeoutJitter,
                    eagerHalfOpen,
                    trialTimeout == null ? openTimeout : trialTimeout,
                    recoveryTime,
                    stuckCallTimeout,
                    halfOpenMaxCalls,
                    window,
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
