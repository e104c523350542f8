package io.mesh.proxy;

import io.mesh.circuitbreaker.Permit;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedFunction;
import io.mesh.policy.Timeout;
import io.mesh.retry.Attempts;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One call on the calling thread, from pick to result: pick an instance, ask its breaker, run the work, record
 * what came of it; after a failure that may be repeated wait, and go to another instance.
 *
 * <p>A call that succeeds at once makes no {@link CallState}, allocates nothing and reads no clock. With
 * {@code attemptTimeout} it makes an entry in the scheduler; a result that comes after it is recorded as a timeout, and is
 * the result all the same.
 */
final class SyncCall {

    private SyncCall() {}

    /** A call of work that is given the instance, which is hedged where the service's settings and the options say so. */
    static <T extends @Nullable Object, E extends Throwable> T run(
            Service service,
            CallOptions options,
            CheckedFunction<? super ServiceInstance, ? extends T, ? extends E> work)
            throws E {
        Hedging hedging = service.hedging(options);
        if (hedging != null) {
            Executor executor = service.hedgeExecutor();
            if (executor != null) {
                return HedgedSyncCall.<T, E>run(service, options, hedging, executor, work);
            }
            hedging.sayBlockingNotHedged();
        }
        return SyncCall.<ServiceInstance, T, E>run(service, options, CallShape.INSTANCE, work);
    }

    static <A, T extends @Nullable Object, E extends Throwable> T run(
            Service service,
            CallOptions options,
            CallShape<A> shape,
            CheckedFunction<? super A, ? extends T, ? extends E> work)
            throws E {
        boolean timed = service.isTimed(options);
        long startedAt = timed ? service.now() : 0;
        long mark = Attempts.mark();
        Timeout attemptTimeout = service.retry().attemptTimeout();
        TimedWork<A, T, E> timedWork =
                attemptTimeout == null ? null : new TimedWork<>(attemptTimeout, service, options, startedAt, work);
        CallState state = null;
        Endpoint endpoint = service.balancer().pick(options);
        Permit permit = endpoint == null ? null : service.tryAcquire(endpoint);
        if (endpoint == null || permit == null) {
            state = admitElsewhere(new CallState(service, options, timed, startedAt, mark), endpoint);
            endpoint = state.endpoint();
            permit = state.permit();
        }
        while (true) {
            long begun = endpoint.begin();
            int number = state == null ? 1 : state.number();
            A argument = shape.argument(service, endpoint, options, startedAt, number);
            T result;
            boolean late = false;
            try {
                result = timedWork == null ? work.apply(argument) : timedWork.apply(argument);
            } catch (Throwable failure) {
                service.threw(endpoint, permit, failure, number == 1, begun);
                if (timedWork == null || !timedWork.isLate(failure)) {
                    shape.threw(argument, endpoint);
                    if (state == null) {
                        state = new CallState(service, options, timed, startedAt, mark);
                    }
                    long delay = state.delayAfter(endpoint, failure, shape.wasNotSent(argument, options, failure));
                    if (delay < 0 || !waitAndAdmit(service, state, delay, failure)) {
                        throw failure;
                    }
                    endpoint = state.endpoint();
                    permit = state.permit();
                    continue;
                }
                result = timedWork.lateResult();
                late = true;
            }
            boolean unwanted = late
                    ? service.isUnwanted(endpoint, result)
                    : service.returned(endpoint, permit, result, number == 1, begun);
            shape.returned(argument, endpoint);
            if (!unwanted) {
                if (state != null) {
                    state.succeeded();
                }
                return result;
            }
            if (state == null) {
                state = new CallState(service, options, timed, startedAt, mark);
            }
            long delay = state.delayAfterResult(endpoint, result);
            if (delay < 0 || !waitAndAdmit(service, state, delay, null)) {
                return result;
            }
            CallFuture.discard(result);
            shape.discarded(argument);
            endpoint = state.endpoint();
            permit = state.permit();
        }
    }

    /** The first pick was refused, or there was none. */
    private static CallState admitElsewhere(CallState state, @Nullable Endpoint refusing) {
        if (refusing != null) {
            state.passOver(refusing);
        }
        if (!state.admit() && !state.waitAndAdmit()) {
            throw state.reject();
        }
        return state;
    }

    /** False if the call ends with what it has: {@code failure}, or the last result if that is null. */
    static boolean waitAndAdmit(Service service, CallState state, long delay, @Nullable Throwable failure) {
        try {
            service.waits().sleep(delay);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            state.interrupted(failure);
            return false;
        }
        return state.goOn(failure);
    }
}
