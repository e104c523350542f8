package io.mesh.retry;

import io.mesh.model.CallTimeoutException;
import io.mesh.model.MeshException;
import io.mesh.model.Mode;
import io.mesh.model.RejectedCallException;
import io.mesh.model.ResultRule;
import io.mesh.model.RetryConfig;
import io.mesh.model.TimeoutConfig;
import io.mesh.policy.FailureMatcher;
import io.mesh.policy.Timeout;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a policy, made ready for use: what is retried, for how long. Immutable; a call keeps the
 * rules it began with.
 */
final class RetryRules {

    private static final System.Logger LOG = System.getLogger("io.mesh");

    final String policy;
    final RetryConfig config;
    final Mode mode;
    final Backoff backoff;
    final long maxHintNanos;

    /** Pays for retries; null if they cost nothing. */
    final @Nullable RetryBudget budget;

    /** {@link Ticker#FOREVER} if there is no limit. */
    final long maxDurationNanos;

    /** The limit of each attempt, or null if there is none. */
    final @Nullable Timeout attemptTimeout;

    private final FailureMatcher abort;
    private final FailureMatcher retry;
    private final FailureMatcher retryRejected;
    private final @Nullable ResultRule<?> unwanted;
    private final AtomicBoolean faultLogged = new AtomicBoolean();

    RetryRules(
            String policy,
            RetryConfig config,
            Mode mode,
            @Nullable RetryBudget budget,
            Scheduler timer,
            Consumer<? super Duration> overtime) {
        this.policy = policy;
        this.config = config;
        this.mode = mode;
        this.backoff = new Backoff(config);
        this.budget = budget;
        this.maxHintNanos = Ticker.nanos(config.maxHint());
        this.maxDurationNanos = config.maxDuration() == null ? Ticker.FOREVER : Ticker.nanos(config.maxDuration());
        this.attemptTimeout = attemptTimeout(policy, config, mode, timer, overtime);
        this.abort = new FailureMatcher(config.abortOn(), null);
        this.retry = new FailureMatcher(config.retryOn(), config.retryIf());
        this.retryRejected = new FailureMatcher(typesOfMesh(config.retryOn()), null);
        this.unwanted = config.retryOnResult();
    }

    private static @Nullable Timeout attemptTimeout(
            String policy, RetryConfig config, Mode mode, Scheduler timer, Consumer<? super Duration> overtime) {
        Duration timeout = config.attemptTimeout();
        if (timeout == null) {
            return null;
        }
        Duration maxDuration = config.maxDuration();
        if (maxDuration != null && timeout.compareTo(maxDuration) > 0) {
            LOG.log(
                    Level.WARNING,
                    "attemptTimeout of retry policy ''{0}'' is {1}, longer than its maxDuration, {2}: an attempt that"
                            + " takes that long is the last one.",
                    policy,
                    timeout,
                    maxDuration);
        }
        return Timeout.builder(policy)
                .config(new TimeoutConfig(timeout, config.lateResult()))
                .mode(mode)
                .scheduler(timer)
                .overtime(overtime)
                .build();
    }

    private static Set<Class<? extends Throwable>> typesOfMesh(Set<Class<? extends Throwable>> types) {
        return types.stream().filter(MeshException.class::isAssignableFrom).collect(Collectors.toUnmodifiableSet());
    }

    boolean observes() {
        return mode == Mode.OBSERVE;
    }

    boolean isTimed() {
        return maxDurationNanos < Ticker.FOREVER;
    }

    /** Whether a failure is of a kind that is retried, whatever the number of attempts. */
    boolean isRetried(Throwable failure) {
        try {
            Throwable inside = FailureMatcher.unwrap(failure);
            if (inside instanceof Error || inside instanceof InterruptedException || abort.matches(inside)) {
                return false;
            }
            if (inside instanceof CallTimeoutException late && late.resultFollows()) {
                return false; // the work of a policy around this one is done
            }
            if (inside instanceof RejectedCallException) {
                return retryRejected.matches(inside);
            }
            return retry.isEmpty() ? inside instanceof Exception : retry.matches(inside);
        } catch (Throwable fault) {
            log("A failure could not be judged and is not retried", fault);
            return false;
        }
    }

    boolean isUnwanted(@Nullable Object result) {
        return unwanted != null && matches(unwanted, result);
    }

    private boolean matches(ResultRule<?> rule, @Nullable Object result) {
        try {
            return rule.matches(result);
        } catch (Throwable fault) {
            log("A result could not be judged and is returned", fault);
            return false;
        }
    }

    /** Once, not per call: a rule that throws does so at every failure. */
    private void log(String what, Throwable fault) {
        if (!faultLogged.getAndSet(true)) {
            LOG.log(Level.WARNING, what + " (retry policy '" + policy + "'; not logged again).", fault);
        }
    }
}
