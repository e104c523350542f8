package io.mesh.circuitbreaker;

import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.RejectedCallException;
import io.mesh.model.ResultRule;
import io.mesh.policy.FailureMatcher;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The verdict on an outcome, in the order that {@link CircuitBreakerConfig} promises.
 *
 * <p>A user's test that throws makes the call a failure; that is logged, at most once a minute. Nothing here
 * throws, so a permit can always be ended.
 */
final class Classification {

    enum Verdict {
        SUCCESS,
        FAILURE,
        /** No evidence either way. */
        IGNORED
    }

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final long LOG_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int SERVER_ERROR = 500;
    private static final FailureMatcher NOTHING = new FailureMatcher(Set.of(), null);

    private final FailureMatcher ignore;
    private final FailureMatcher recordSuccess;
    private final FailureMatcher recordFailure;
    private final @Nullable ResultRule<?> failureResult;
    private final Ticker ticker;
    private final AtomicLong quietUntil;

    /**
     * A class of results that are no HTTP responses: the first that was seen. A breaker mostly guards calls of
     * one kind, and comparing classes is cheaper than asking each result whether it implements an interface.
     * Written without a fence, and not again: whoever reads null only asks once more.
     */
    private @Nullable Class<?> notAResponse;

    Classification(CircuitBreakerConfig config, Ticker ticker) {
        this.ignore = matcher(config.ignore(), null);
        this.recordSuccess = matcher(config.recordSuccess(), null);
        this.recordFailure = matcher(config.recordFailure(), config.recordFailureIf());
        this.failureResult = config.recordFailureResult();
        this.ticker = ticker;
        this.quietUntil = new AtomicLong(ticker.now());
    }

    private static FailureMatcher matcher(
            Set<Class<? extends Throwable>> types, @Nullable Predicate<? super Throwable> test) {
        return types.isEmpty() && test == null ? NOTHING : new FailureMatcher(types, test);
    }

    /** The verdict on what a call threw. */
    Verdict of(Throwable thrown) {
        try {
            return judge(FailureMatcher.unwrap(thrown));
        } catch (Throwable broken) {
            log(broken);
            return Verdict.FAILURE;
        }
    }

    private Verdict judge(Throwable failure) {
        if (failure instanceof InterruptedException
                || failure instanceof VirtualMachineError
                || failure instanceof RejectedCallException
                || ignore.matches(failure)) {
            return Verdict.IGNORED;
        }
        if (recordSuccess.matches(failure)) {
            return Verdict.SUCCESS;
        }
        return recordFailure.isEmpty() || recordFailure.matches(failure) ? Verdict.FAILURE : Verdict.SUCCESS;
    }

    /** Whether what a call returned is a failure. */
    boolean isFailure(Object result) {
        if (failureResult == null && result.getClass() == notAResponse) {
            return false;
        }
        try {
            return isServerError(result) || (failureResult != null && failureResult.matches(result));
        } catch (Throwable broken) {
            log(broken);
            return true;
        }
    }

    private boolean isServerError(Object result) {
        if (result instanceof HttpResponse<?> response) {
            return response.statusCode() >= SERVER_ERROR;
        }
        if (notAResponse == null) {
            notAResponse = result.getClass();
        }
        return false;
    }

    private void log(Throwable broken) {
        long now = ticker.now();
        long until = quietUntil.get();
        if (now - until >= 0 && quietUntil.compareAndSet(until, now + LOG_EVERY_NANOS)) {
            LOG.log(
                    Level.WARNING,
                    "A test of what counts as a failure failed itself; the call counts as a failure.",
                    broken);
        }
    }
}
