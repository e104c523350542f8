package io.mesh.proxy;

import io.mesh.circuitbreaker.Permit;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.model.CallOptions;
import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedFunction;
import io.mesh.retry.Attempts;
import org.jspecify.annotations.Nullable;

/**
 * One call on the calling thread, from pick to result: pick an instance, ask its breaker, run the work, record
 * what came of it; after a failure that may be repeated wait, and go to another instance.
 *
 * <p>A call that succeeds at once makes no {@link CallState}, allocates nothing and reads no clock.
 */
final class SyncCall {

    private SyncCall() {}

    static <A, T extends @Nullable Object, E extends Throwable> T run(
            Service service,
            CallOptions options,
            CallShape<A> shape,
            CheckedFunction<? super A, ? extends T, ? extends E> work)
            throws E {
        boolean timed = service.isTimed(options);
        long startedAt = timed ? service.now() : 0;
        long mark = Attempts.mark();
        CallState state = null;
        Endpoint endpoint = service.balancer().pick();
        Permit permit = endpoint == null ? null : service.tryAcquire(endpoint);
        if (endpoint == null || permit == null) {
            state = admitElsewhere(new CallState(service, options, timed, startedAt, mark), service, endpoint);
            endpoint = state.endpoint();
            permit = state.permit();
        }
        while (true) {
            endpoint.begin();
            int number = state == null ? 1 : state.number();
            A argument = shape.argument(service, endpoint, options, startedAt, number);
            T result;
            try {
                result = work.apply(argument);
            } catch (Throwable failure) {
                service.threw(endpoint, permit, failure, number == 1);
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
            boolean unwanted = service.returned(endpoint, permit, result, number == 1);
            shape.returned(argument, endpoint);
            if (!unwanted) {
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
    private static CallState admitElsewhere(CallState state, Service service, @Nullable Endpoint refusing) {
        if (refusing != null) {
            state.passOver(refusing);
        }
        if (!state.admit()) {
            throw service.reject();
        }
        return state;
    }

    /** False if the call ends with what it has: {@code failure}, or the last result if that is null. */
    private static boolean waitAndAdmit(Service service, CallState state, long delay, @Nullable Throwable failure) {
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
