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
    private volatile int state;

    Lease(Endpoint endpoint) {
        this.endpoint = endpoint;
        this.instance = endpoint.instance();
        endpoint.begin();
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

    /** Ends the call. */
    @Override
    public void close() {
        int before = STATE.getAndSet(this, CLOSED);
        if (before == CLOSED) {
            return;
        }
        if (before == FAILED) {
            endpoint.failed();
        }
        endpoint.end();
    }
}
