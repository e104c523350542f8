package io.mesh.proxy;

import io.mesh.circuitbreaker.Permit;
import io.mesh.limit.ConcurrencyLimit;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.CallOptions;
import io.mesh.model.RejectedCallException;
import io.mesh.policy.FailureMatcher;
import io.mesh.retry.Attempts;
import io.mesh.retry.RetryPolicy;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a call remembers once it did not succeed at once: where it has been, where it goes next, and whether it
 * goes on at all. Sync and async calls are driven by the same decisions here.
 *
 * <ol>
 * <li>An instance not tried yet in this call is preferred; a tried one is called again only if there is none
 *     and the service has retry settings.
 * <li>An instance that refuses is passed over; that is no attempt.
 * <li>Only the first attempt of a call waits for a place of the service's concurrency limit; further ones have waited
 *     enough.
 * </ol>
 *
 * <p>Not thread-safe: one attempt hands it to the next.
 */
final class CallState {

    private final Service service;
    private final CallOptions options;
    private final boolean timed;
    private final long startedAt;
    private final long mark;
    private final Set<Endpoint> tried = new HashSet<>(4); // a call may come to the same one many times
    private final Set<Endpoint> refused = new HashSet<>(4);
    private @Nullable Endpoint lastTried;
    private boolean refusedEverywhere;
    private int hedges;
    private @Nullable ConcurrencyLimit reserved; // a place in it has been waited for
    private boolean serviceWasFull; // that is, its limit has refused the call
    private Duration waited = Duration.ZERO; // in vain, for a place
    private @Nullable Attempts attempts;
    private @Nullable Endpoint endpoint;
    private @Nullable Permit permit;

    /**
     * The state of a call.
     *
     * @param timed whether the clock was read at the start, that is, whether {@code startedAt} means anything
     * @param mark of the start, by {@link Attempts#mark()}
     */
    CallState(Service service, CallOptions options, boolean timed, long startedAt, long mark) {
        this.service = service;
        this.options = options;
        this.timed = timed;
        this.startedAt = startedAt;
        this.mark = mark;
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

    /** Remembers that an endpoint was picked and refused the call. */
    void passOver(Endpoint refusing) {
        refused.add(refusing);
        serviceWasFull = reserved == null && service.limits().isServiceFull();
        refusedEverywhere = serviceWasFull || (reserved == null && service.breakerRefusesEverywhere(refusing));
    }

    /**
     * Finds the endpoint of the next attempt and a permit for it.
     *
     * @return false if there is none
     */
    boolean admit() {
        try {
            return findsEndpoint();
        } finally {
            giveBackReserved(); // unless the permit has it
        }
    }

    private boolean findsEndpoint() {
        while (!refusedEverywhere) {
            Endpoint candidate = next();
            if (candidate == null) {
                return false;
            }
            Permit admitted = tryAcquire(candidate);
            if (admitted != null) {
                endpoint = candidate;
                permit = admitted;
                refused.clear();
                return true;
            }
            passOver(candidate);
        }
        return false;
    }

    private @Nullable Permit tryAcquire(Endpoint candidate) {
        ConcurrencyLimit limit = reserved;
        if (limit == null) {
            return service.tryAcquire(candidate);
        }
        Permit admitted = Service.guard(candidate).tryAcquire(limit);
        if (admitted != null) {
            reserved = null; // the permit has the place now
        }
        return admitted;
    }

    /**
     * Lets the calling thread wait for the first instance if discovery has not found any yet, or for a place if only the
     * service's concurrency limit keeps the call out, and finds an endpoint then.
     *
     * @return false if there is none
     */
    boolean waitAndAdmit() {
        return waitForInstances() || waitForPlace();
    }

    private boolean waitForInstances() {
        if (!mayBeFound()) {
            return false;
        }
        service.discovered().await(nanosLeft());
        return admit();
    }

    /** Whether there was no instance to refuse the call, of a service whose instances are discovered. */
    private boolean mayBeFound() {
        return refused.isEmpty() && service.discovered().isOn();
    }

    /**
     * Ends when the first instance has been found, or is no longer waited for; then {@link #admit()} is to be asked again.
     * Null if no discovery can help the call.
     */
    @Nullable
    CompletableFuture<?> instancesAwaited() {
        return mayBeFound() ? service.discovered().firstWithin(nanosLeft()) : null;
    }

    private boolean waitForPlace() {
        ConcurrencyLimit limit = service.limitToWaitFor(options);
        if (limit == null) {
            return false;
        }
        long mostNanos = nanosLeft();
        if (!limit.acquire(mostNanos)) {
            if (!Thread.currentThread().isInterrupted()) {
                waitedInVain(limit, mostNanos);
            }
            return false;
        }
        reserve(limit);
        return admit();
    }

    /** No place became free in the time that the limit, and the call itself, allows for that. */
    void waitedInVain(ConcurrencyLimit limit, long mostNanos) {
        long maxWaitNanos = Ticker.nanos(limit.config().maxWait());
        waited = Duration.ofNanos(Math.max(0, Math.min(maxWaitNanos, mostNanos)));
    }

    /** The rejection of the call, for which no attempt could be made; counted. */
    RejectedCallException reject() {
        return service.reject(options, serviceWasFull, waited);
    }

    /** The call has a place of the service's limit, for which it has waited; {@link #admit()} is to be asked again. */
    void reserve(ConcurrencyLimit limit) {
        reserved = limit;
        refused.clear();
        refusedEverywhere = false;
    }

    private void giveBackReserved() {
        ConcurrencyLimit limit = reserved;
        if (limit != null) {
            reserved = null;
            limit.release();
        }
    }

    /** One not tried yet; otherwise, with retry settings, one tried before the last; otherwise the last. */
    private @Nullable Endpoint next() {
        LoadBalancer balancer = service.balancer();
        if (tried.isEmpty()) {
            return refused.isEmpty() ? balancer.pick(options) : balancer.pickOther(options, refused);
        }
        Endpoint untried = balancer.pickOther(options, with(refused, tried));
        if (untried != null || !service.retries()) {
            return untried;
        }
        Endpoint last = lastTried;
        Endpoint other = last == null ? null : balancer.pickOther(options, with(refused, Set.of(last)));
        return other != null ? other : balancer.pickOther(options, refused);
    }

    private static Set<Endpoint> with(Set<Endpoint> some, Set<Endpoint> more) {
        Set<Endpoint> all = new HashSet<>(some);
        all.addAll(more);
        return all;
    }

    /**
     * How long to wait after a failed attempt, in nanoseconds, or -1 if the call has failed.
     *
     * @param notSent whether the attempt surely did not reach the instance
     */
    long delayAfter(Endpoint failedOn, Throwable failure, boolean notSent) {
        tried(failedOn);
        boolean permitted = mayRepeat(notSent);
        if (!permitted && options.idempotent() == null && service.wouldHaveRepeated(FailureMatcher.unwrap(failure))) {
            service.sayNotRepeated();
        }
        Attempts made = attempts();
        made.hedges(hedges);
        return made.delayAfter(failure, permitted, isAnotherLeft(failedOn));
    }

    /** How long to wait after a result that is not what was wanted, in nanoseconds, or -1 if it is the answer. */
    long delayAfterResult(Endpoint failedOn, @Nullable Object result) {
        tried(failedOn);
        Attempts made = attempts();
        made.hedges(hedges);
        return made.delayAfterResult(result, mayRepeat(false), isAnotherLeft(failedOn));
    }

    private void tried(Endpoint instance) {
        tried.add(instance);
        lastTried = instance;
    }

    /** An attempt is about to begin there that may have another one beside it. */
    void isAt(Endpoint instance) {
        tried.add(instance);
    }

    /** How many retries and hedges the call has taken from the service's retry budget. */
    int taken() {
        return hedges + (attempts == null ? 0 : attempts.taken());
    }

    /** Whether there is an instance and time for a hedge, and there have been fewer than {@code most}. */
    boolean mayHedge(int most) {
        return hedges < most
                && !service.isClosed()
                && nanosLeft() > 0
                && service.balancer().hasOther(options, tried);
    }

    /**
     * How long attempts may still begin, in nanoseconds; 0 or less if none may, {@link Ticker#FOREVER} without a limit.
     * May be asked on any thread.
     */
    long nanosLeft() {
        return timed ? limitNanos() - (service.now() - startedAt) : Ticker.FOREVER;
    }

    /** The time that all of the call may take, of {@code timeout} and {@code maxDuration}. */
    private long limitNanos() {
        Duration maxDuration = service.retry().config().maxDuration();
        return Math.min(timeoutNanos(), maxDuration == null ? Ticker.FOREVER : Ticker.nanos(maxDuration));
    }

    /**
     * Finds the endpoint of a hedge and a permit for it: an instance that the call has not been to.
     *
     * @return false if there is none
     */
    boolean admitHedge() {
        Set<Endpoint> passedOver = new HashSet<>(tried);
        Endpoint candidate = service.balancer().pickOther(options, passedOver);
        while (candidate != null) {
            Permit admitted = service.tryAcquire(candidate);
            if (admitted != null) {
                endpoint = candidate;
                permit = admitted;
                hedges++;
                return true;
            }
            if (service.refusesEverywhere(candidate)) {
                return false;
            }
            passedOver.add(candidate);
            candidate = service.balancer().pickOther(options, passedOver);
        }
        return false;
    }

    /** A hedge was not sent after all: the call has not been there. */
    void hedgeNotSent(Endpoint instance) {
        tried.remove(instance);
        hedges--;
    }

    /** Whether a failure of the attempt under way is one to make the call again after. */
    boolean isRetryable(Throwable failure) {
        return attempts().isRetryable(failure);
    }

    /** An attempt has failed, or given an unwanted result, and another one beside it goes on. */
    void failedBeside(@Nullable Throwable failure) {
        attempts().failedBeside(failure);
    }

    private boolean mayRepeat(boolean notSent) {
        return service.mayRepeat(options, notSent, () -> service.balancer().hasOther(options, tried));
    }

    /** Whether the next attempt need not go to the same instance, so that what this one asks for delays nobody. */
    private boolean isAnotherLeft(Endpoint failedOn) {
        return service.balancer().hasOther(options, List.of(failedOn));
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
            attempts()
                    .rejected(
                            failure,
                            "no instance is left to call",
                            service.rejection(options, serviceWasFull, Duration.ZERO));
            return false;
        }
        return true;
    }

    /** The attempt under way went well. */
    void succeeded() {
        if (attempts != null) {
            attempts.succeeded();
        }
    }

    /** Nobody waits for the call any more, and no attempt is under way. May come on any thread. */
    void waitAbandoned() {
        Attempts made = attempts; // made before there was a wait
        if (made != null) {
            made.abandoned();
        }
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
            RetryPolicy retry = service.retry();
            made = (timed ? retry.attempts(startedAt, timeoutNanos()) : retry.attempts()).since(mark);
            attempts = made;
        }
        return made;
    }

    private long timeoutNanos() {
        Duration timeout = options.timeout();
        return timeout == null ? Ticker.FOREVER : Ticker.nanos(timeout);
    }
}
