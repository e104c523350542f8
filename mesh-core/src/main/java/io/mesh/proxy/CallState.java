package io.mesh.proxy;

import io.mesh.circuitbreaker.Permit;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.CallOptions;
import io.mesh.policy.FailureMatcher;
import io.mesh.retry.Attempts;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a call remembers once it did not succeed at once: where it has been, where it goes next, and whether it
 * goes on at all. Sync and async calls are driven by the same decisions here.
 *
 * <ol>
 * <li>An instance not tried yet in this call is preferred; a tried one is called again only if there is none
 *     and the service has retry settings.
 * <li>An instance that refuses is passed over; that is no attempt.
 * </ol>
 *
 * <p>Not thread-safe: one attempt hands it to the next.
 */
final class CallState {

    private final Service service;
    private final CallOptions options;
    private final boolean timed;
    private final long startedAt;
    private final List<Endpoint> tried = new ArrayList<>(4);
    private final List<Endpoint> refused = new ArrayList<>(4);
    private @Nullable Attempts attempts;
    private @Nullable Endpoint endpoint;
    private @Nullable Permit permit;

    /**
     * The state of a call.
     *
     * @param timed whether the clock was read at the start, that is, whether {@code startedAt} means anything
     */
    CallState(Service service, CallOptions options, boolean timed, long startedAt) {
        this.service = service;
        this.options = options;
        this.timed = timed;
        this.startedAt = startedAt;
    }

    /** The number of the attempt that is made next or under way, from 1. */
    int number() {
        return attempts == null ? 1 : attempts.number() + 1;
    }

    /** The endpoint found by {@link #admit()}. */
    Endpoint endpoint() {
        return required(endpoint);
    }

    /** The permit found by {@link #admit()}. */
    Permit permit() {
        return required(permit);
    }

    private static <T> T required(@Nullable T found) {
        if (found == null) {
            throw new IllegalStateException("No endpoint was admitted.");
        }
        return found;
    }

    /** Remembers that an endpoint was picked and its breaker refused. */
    void passOver(Endpoint refusing) {
        refused.add(refusing);
    }

    /**
     * Finds the endpoint of the next attempt and a permit for it.
     *
     * @return false if there is none
     */
    boolean admit() {
        while (service.breaksPerInstance() || refused.isEmpty()) {
            Endpoint candidate = next();
            if (candidate == null) {
                return false;
            }
            Permit admitted = service.tryAcquire(candidate);
            if (admitted != null) {
                endpoint = candidate;
                permit = admitted;
                refused.clear();
                return true;
            }
            refused.add(candidate);
        }
        return false; // what one breaker for all refuses, it refuses everywhere
    }

    private @Nullable Endpoint next() {
        LoadBalancer balancer = service.balancer();
        if (tried.isEmpty()) {
            return balancer.pickOther(refused);
        }
        List<Endpoint> passedOver = new ArrayList<>(tried);
        passedOver.addAll(refused);
        Endpoint untried = balancer.pickOther(passedOver);
        return untried != null || !service.retries() ? untried : balancer.pickOther(refused);
    }

    /**
     * How long to wait after a failed attempt, in nanoseconds, or -1 if the call has failed.
     *
     * @param notSent whether the attempt surely did not reach the instance
     */
    long delayAfter(Endpoint failedOn, Throwable failure, boolean notSent) {
        tried.add(failedOn);
        boolean elsewhere = isAnotherLeft();
        boolean permitted = service.mayRepeat(options, notSent, elsewhere);
        if (!permitted && options.idempotent() == null && service.wouldHaveRepeated(FailureMatcher.unwrap(failure))) {
            service.sayNotRepeated();
        }
        return attempts().delayAfter(failure, permitted, elsewhere);
    }

    /** How long to wait after a result that is not what was wanted, in nanoseconds, or -1 if it is the answer. */
    long delayAfterResult(Endpoint failedOn, @Nullable Object result) {
        tried.add(failedOn);
        boolean elsewhere = isAnotherLeft();
        return attempts().delayAfterResult(result, service.mayRepeat(options, false, elsewhere), elsewhere);
    }

    private boolean isAnotherLeft() {
        return service.balancer().pickOther(tried) != null;
    }

    /**
     * After the wait: finds where the next attempt goes.
     *
     * @param failure the last failure, or null if the last attempt returned a result
     * @return false if there is none, and the call ends with what it has
     */
    boolean goOn(@Nullable Throwable failure) {
        if (service.isClosed()) {
            attempts().stopped(failure, "the mesh was closed");
            return false;
        }
        if (!attempts().mayBegin(failure)) {
            return false;
        }
        if (!admit()) {
            attempts().rejected(failure, "no instance is left to call", service.rejection());
            return false;
        }
        return true;
    }

    /** Ends the call because its wait could not begin. */
    void stopped(@Nullable Throwable failure, String reason) {
        attempts().stopped(failure, reason);
    }

    /** Ends the call because its wait was interrupted. */
    void interrupted(@Nullable Throwable failure) {
        attempts().interrupted(failure);
    }

    private Attempts attempts() {
        Attempts made = attempts;
        if (made == null) {
            made = timed
                    ? service.retry().attempts(startedAt, timeoutNanos())
                    : service.retry().attempts();
            attempts = made;
        }
        return made;
    }

    private long timeoutNanos() {
        Duration timeout = options.timeout();
        return timeout == null ? Ticker.FOREVER : Ticker.nanos(timeout);
    }
}
