package io.mesh.model;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How a failed call is made again: how often, after how long, on which failures.
 *
 * <p>A failure is retried if {@code abortOn} does not match it and {@code retryOn} or {@code retryIf} does;
 * with neither of these two, every {@code Exception} is. {@code Error}s and interrupts never are, Mesh's own
 * {@link RejectedCallException}s only if {@code retryOn} names their type or one above it in Mesh.
 * {@code CompletionException} and {@code ExecutionException} are looked through.
 *
 * @param maxAttempts how often the call is made in all, the first included, 1 to 1,000,000; 1 means no
 *     retry; default 3
 * @param initialDelay the wait before the second attempt, 0 or longer, at most {@code maxDelay}; default
 *     100 ms
 * @param multiplier by how much the wait grows from one attempt to the next, 1.0 or more; default 2.0
 * @param maxDelay the longest wait, longer than 0; default 5 s
 * @param jitter how waits are spread; default {@link Jitter#FULL}
 * @param maxDuration no wait and no attempt begins that would end later than this after the start of the
 *     call; it cuts no running attempt; longer than 0, or null for no limit, the default
 * @param attemptTimeout how long one attempt may take, longer than 0, or null for no limit, the default: a
 *     blocking one is interrupted then, the stage of an asynchronous one is cancelled, and it has failed with
 *     {@link CallTimeoutException}
 * @param lateResult what becomes of a result that a blocking attempt returns after {@code attemptTimeout};
 *     default {@link LateResult#RETURN}
 * @param maxHint a failure that asks for a longer wait than this is not retried, 0 or longer; default the
 *     larger of {@code maxDelay} and 5 s
 * @param retryOn throwables that are retried; default none, which means every {@code Exception}
 * @param abortOn throwables that are not retried, stronger than {@code retryOn}; default none
 * @param retryIf says of a throwable not matched by {@code retryOn} whether it is retried, or null; if it
 *     throws itself, the failure is not retried
 * @param retryOnResult results that are retried though nothing was thrown, or null; the last one is
 *     returned, those before it are closed if they are {@code AutoCloseable}
 * @param retryNested whether a failure that an inner retry policy has given up on is retried again; default
 *     false, so that nested policies do not multiply
 * @param budget how far retries may add to the load, or null for what the place has by default: in a
 *     {@code Mesh} {@link RetryBudgetConfig#defaults()}, for a policy made without one none.
 *     {@link RetryBudgetConfig#none()} says that there shall be none
 */
public record RetryConfig(
        int maxAttempts,
        Duration initialDelay,
        double multiplier,
        Duration maxDelay,
        Jitter jitter,
        @Nullable Duration maxDuration,
        @Nullable Duration attemptTimeout,
        LateResult lateResult,
        Duration maxHint,
        Set<Class<? extends Throwable>> retryOn,
        Set<Class<? extends Throwable>> abortOn,
        @Nullable Predicate<? super Throwable> retryIf,
        @Nullable ResultRule<?> retryOnResult,
        boolean retryNested,
        @Nullable RetryBudgetConfig budget) {

    private static final int MOST_ATTEMPTS = 1_000_000;
    private static final Duration LEAST_MAX_HINT = Duration.ofSeconds(5);
    private static final RetryConfig DEFAULTS = new RetryConfig(
            3,
            Duration.ofMillis(100),
            2.0,
            Duration.ofSeconds(5),
            Jitter.FULL,
            null,
            null,
            LateResult.RETURN,
            LEAST_MAX_HINT,
            Set.of(),
            Set.of(),
            null,
            null,
            false,
            null);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public RetryConfig {
        if (maxAttempts < 1 || maxAttempts > MOST_ATTEMPTS) {
            throw new InvalidSettingException(
                    "maxAttempts", maxAttempts, "must be between 1 (no retry) and " + MOST_ATTEMPTS);
        }
        Check.notNegative("initialDelay", initialDelay);
        if (!(multiplier >= 1.0 && multiplier <= Double.MAX_VALUE)) {
            throw new InvalidSettingException("multiplier", multiplier, "must be 1.0 or more");
        }
        Check.positive("maxDelay", maxDelay);
        if (initialDelay.compareTo(maxDelay) > 0) {
            throw new InvalidSettingException(
                    "initialDelay", initialDelay, "must not be longer than maxDelay (" + maxDelay + ")");
        }
        Check.present("jitter", jitter);
        if (maxDuration != null) {
            Check.positive("maxDuration", maxDuration);
        }
        if (attemptTimeout != null) {
            Check.positive("attemptTimeout", attemptTimeout);
        }
        Check.present("lateResult", lateResult);
        Check.notNegative("maxHint", maxHint);
        Check.throwables("retryOn", retryOn);
        Check.throwables("abortOn", abortOn);
        retryOn = Set.copyOf(retryOn);
        abortOn = Set.copyOf(abortOn);
    }

    /** {@return the settings a retry policy has if none are given} */
    public static RetryConfig defaults() {
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

    private static Duration defaultMaxHint(Duration maxDelay) {
        return maxDelay.compareTo(LEAST_MAX_HINT) > 0 ? maxDelay : LEAST_MAX_HINT;
    }

    /** Collects settings; not thread-safe. Nothing is checked before {@link #build()}. */
    public static final class Builder {

        private int maxAttempts;
        private Duration initialDelay;
        private double multiplier;
        private Duration maxDelay;
        private Jitter jitter;
        private @Nullable Duration maxDuration;
        private @Nullable Duration attemptTimeout;
        private LateResult lateResult;
        private @Nullable Duration maxHint;
        private Set<Class<? extends Throwable>> retryOn;
        private Set<Class<? extends Throwable>> abortOn;
        private @Nullable Predicate<? super Throwable> retryIf;
        private @Nullable ResultRule<?> retryOnResult;
        private boolean retryNested;
        private @Nullable RetryBudgetConfig budget;

        private Builder(RetryConfig from) {
            maxAttempts = from.maxAttempts;
            initialDelay = from.initialDelay;
            multiplier = from.multiplier;
            maxDelay = from.maxDelay;
            jitter = from.jitter;
            maxDuration = from.maxDuration;
            attemptTimeout = from.attemptTimeout;
            lateResult = from.lateResult;
            // one that was derived goes on following maxDelay
            maxHint = from.maxHint.equals(defaultMaxHint(from.maxDelay)) ? null : from.maxHint;
            retryOn = from.retryOn;
            abortOn = from.abortOn;
            retryIf = from.retryIf;
            retryOnResult = from.retryOnResult;
            retryNested = from.retryNested;
            budget = from.budget;
        }

        /**
         * Sets how often the call is made in all.
         *
         * @param attempts 1 to 1,000,000; 1 means no retry
         * @return this builder
         */
        public Builder maxAttempts(int attempts) {
            this.maxAttempts = attempts;
            return this;
        }

        /**
         * Sets the wait before the second attempt.
         *
         * @param delay 0 or longer, at most the longest wait
         * @return this builder
         */
        public Builder initialDelay(Duration delay) {
            this.initialDelay = delay;
            return this;
        }

        /**
         * Sets by how much the wait grows from one attempt to the next.
         *
         * @param factor 1.0 or more
         * @return this builder
         */
        public Builder multiplier(double factor) {
            this.multiplier = factor;
            return this;
        }

        /**
         * Sets the longest wait.
         *
         * @param delay longer than 0
         * @return this builder
         */
        public Builder maxDelay(Duration delay) {
            this.maxDelay = delay;
            return this;
        }

        /**
         * Sets how waits are spread.
         *
         * @param kind any
         * @return this builder
         */
        public Builder jitter(Jitter kind) {
            this.jitter = kind;
            return this;
        }

        /**
         * Sets how long after the start of a call a wait or an attempt may still begin.
         *
         * @param duration longer than 0, or null for no limit
         * @return this builder
         */
        public Builder maxDuration(@Nullable Duration duration) {
            this.maxDuration = duration;
            return this;
        }

        /**
         * Sets how long one attempt may take.
         *
         * @param timeout longer than 0, or null for no limit
         * @return this builder
         */
        public Builder attemptTimeout(@Nullable Duration timeout) {
            this.attemptTimeout = timeout;
            return this;
        }

        /**
         * Sets what becomes of a result that a blocking attempt returns after its limit.
         *
         * @param fate any
         * @return this builder
         */
        public Builder lateResult(LateResult fate) {
            this.lateResult = fate;
            return this;
        }

        /**
         * Sets the longest wait that a failure may ask for.
         *
         * @param hint 0 or longer, or null for the larger of the longest wait and 5 s
         * @return this builder
         */
        public Builder maxHint(@Nullable Duration hint) {
            this.maxHint = hint;
            return this;
        }

        /**
         * Sets which throwables are retried.
         *
         * @param types replace those set before; none means every {@code Exception}
         * @return this builder
         */
        @SafeVarargs
        @SuppressWarnings("varargs") // the array is only read
        public final Builder retryOn(Class<? extends Throwable>... types) {
            this.retryOn = new LinkedHashSet<>(Arrays.asList(types));
            return this;
        }

        /**
         * Sets which throwables are not retried.
         *
         * @param types replace those set before
         * @return this builder
         */
        @SafeVarargs
        @SuppressWarnings("varargs") // the array is only read
        public final Builder abortOn(Class<? extends Throwable>... types) {
            this.abortOn = new LinkedHashSet<>(Arrays.asList(types));
            return this;
        }

        /**
         * Sets a test for throwables to retry beside {@link #retryOn}.
         *
         * @param test thread-safe; null for none
         * @return this builder
         */
        public Builder retryIf(@Nullable Predicate<? super Throwable> test) {
            this.retryIf = test;
            return this;
        }

        /**
         * Sets which results are retried.
         *
         * @param <T> the type of the results judged
         * @param type results of other types are not retried
         * @param test says of a result whether it is retried; thread-safe
         * @return this builder
         */
        public <T> Builder retryOnResult(Class<T> type, Predicate<? super T> test) {
            this.retryOnResult = new ResultRule<>(type, test);
            return this;
        }

        /**
         * Sets whether a failure that an inner retry policy has given up on is retried again.
         *
         * @param retry true to let nested policies multiply
         * @return this builder
         */
        public Builder retryNested(boolean retry) {
            this.retryNested = retry;
            return this;
        }

        /**
         * Sets how far retries may add to the load.
         *
         * @param settings replace those set before; null for what the place has by default
         * @return this builder
         */
        public Builder budget(@Nullable RetryBudgetConfig settings) {
            this.budget = settings;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public RetryConfig build() {
            return new RetryConfig(
                    maxAttempts,
                    initialDelay,
                    multiplier,
                    maxDelay,
                    jitter,
                    maxDuration,
                    attemptTimeout,
                    lateResult,
                    maxHint == null ? defaultMaxHint(maxDelay) : maxHint,
                    retryOn,
                    abortOn,
                    retryIf,
                    retryOnResult,
                    retryNested,
                    budget);
        }
    }
}
