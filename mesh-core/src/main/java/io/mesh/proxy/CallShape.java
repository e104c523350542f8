package io.mesh.proxy;

import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.Lease;
import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import java.time.Duration;

/**
 * What the work of a call is given, and what follows from it.
 *
 * @param <A> what the work is given
 */
interface CallShape<A> {

    /** Work that is given the instance: the connection ends with it, the exception tells what was sent. */
    CallShape<ServiceInstance> INSTANCE = new CallShape<>() {
        @Override
        public ServiceInstance argument(
                Service service, Endpoint endpoint, CallOptions options, long startedAt, int number) {
            return endpoint.instance();
        }

        @Override
        public boolean wasNotSent(ServiceInstance argument, CallOptions options, Throwable failure) {
            return RepeatRule.wasNotSent(options, failure);
        }

        @Override
        public void returned(ServiceInstance argument, Endpoint endpoint) {
            endpoint.end();
        }

        @Override
        public void threw(ServiceInstance argument, Endpoint endpoint) {
            endpoint.end();
        }

        @Override
        public void discarded(ServiceInstance argument) {
            // the connection has ended
        }
    };

    /** Work that is given the attempt: it may keep the connection, and tells itself what was sent. */
    CallShape<Attempt> ATTEMPT = new CallShape<>() {
        @Override
        public Attempt argument(Service service, Endpoint endpoint, CallOptions options, long startedAt, int number) {
            Duration timeout = options.timeout();
            return new Attempt(
                    endpoint,
                    number,
                    timeout == null ? null : Attempt.Deadline.after(service.ticker(), startedAt, timeout));
        }

        @Override
        public boolean wasNotSent(Attempt argument, CallOptions options, Throwable failure) {
            return argument.isNotSent();
        }

        @Override
        public void returned(Attempt argument, Endpoint endpoint) {
            if (argument.end() == null) {
                endpoint.end();
            }
        }

        @Override
        public void threw(Attempt argument, Endpoint endpoint) {
            Lease kept = argument.end();
            if (kept == null) {
                endpoint.end();
            } else {
                kept.close();
            }
        }

        @Override
        public void discarded(Attempt argument) {
            Lease kept = argument.end();
            if (kept != null) {
                kept.close();
            }
        }
    };

    /** What the work of the next attempt is given. */
    A argument(Service service, Endpoint endpoint, CallOptions options, long startedAt, int number);

    /** Whether an attempt that failed surely did not reach the instance. */
    boolean wasNotSent(A argument, CallOptions options, Throwable failure);

    /** Ends the connection of an attempt that returned, unless it outlives the call. */
    void returned(A argument, Endpoint endpoint);

    /** Ends the connection of an attempt that threw. */
    void threw(A argument, Endpoint endpoint);

    /** Ends what is left of an attempt whose result nobody will see. */
    void discarded(A argument);
}
