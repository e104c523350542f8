package io.mesh.loadbalancer;

import io.mesh.model.ServiceInstance;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * One call that counts as a connection of its instance until it is closed.
 *
 * <pre>{@code
 * try (Lease lease = balancer.acquire()) {
 *     send(lease.instance());
 * }
 * }</pre>
 *
 * <p>Closing twice counts once. Thread-safe: a lease may be closed by another thread than the one it was given to.
 */
public final class Lease implements AutoCloseable {

    private static final int OPEN = 0;
    private static final int FAILED = 1;
    private static final int CLOSED = 2;
    private static final AtomicIntegerFieldUpdater<Lease> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Lease.class, "state");

    private final Endpoint endpoint;
    private final ServiceInstance instance;
    private final long begun;
    private volatile int state;

    private Lease(Endpoint endpoint, long begun) {
        this.endpoint = endpoint;
        this.instance = endpoint.instance();
        this.begun = begun;
    }

    /** The lease of a call that begins now. */
    static Lease begin(Endpoint endpoint) {
        return new Lease(endpoint, endpoint.begin());
    }

    /**
     * The lease of a call that counts already, for integrations that count by {@link Endpoint#begin()} and hand
     * the end of the call over: closing the lease replaces {@link Endpoint#end()}. The outcome is to be recorded by
     * whoever has begun the call.
     *
     * @param endpoint that the call has begun on
     * @return a lease not yet closed
     */
    public static Lease ofBegun(Endpoint endpoint) {
        return new Lease(endpoint, Endpoint.RECORDED);
    }

    /** {@return the instance to call, as it was configured when the lease was given} */
    public ServiceInstance instance() {
        return instance;
    }

    /** {@return the live side of the instance} */
    public Endpoint endpoint() {
        return endpoint;
    }

    /**
     * Notes that the call failed, so that it counts as one more in flight for a while after it is closed. The
     * lease must still be closed. Does nothing after that.
     */
    public void failed() {
        if (state == OPEN) {
            STATE.compareAndSet(this, OPEN, FAILED);
        }
    }

    /** Ends the call, successfully unless it {@linkplain #failed has failed}. */
    @Override
    public void close() {
        int before = STATE.getAndSet(this, CLOSED);
        if (before == CLOSED) {
            return;
        }
        endpoint.record(before == FAILED ? CallOutcome.FAILURE : CallOutcome.SUCCESS, begun);
        endpoint.end();
    }
}
