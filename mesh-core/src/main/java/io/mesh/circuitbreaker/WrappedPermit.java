package io.mesh.circuitbreaker;

/**
 * A permit in the hands of somebody who has more to give back when the call ends. What it is told it tells the permit
 * inside.
 *
 * <p>Thread-safe if its subclass is.
 */
public abstract non-sealed class WrappedPermit implements Permit {

    private final Permit permit;

    /**
     * Wraps a permit.
     *
     * @param permit of the breaker
     */
    protected WrappedPermit(Permit permit) {
        this.permit = permit;
    }

    /** {@return the permit inside} */
    protected final Permit permit() {
        return permit;
    }
}
