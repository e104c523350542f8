package io.mesh.model;

import java.time.Duration;

/**
 * As many calls as a concurrency limit allows are running already.
 *
 * <p>Always a new object; its sentence is built when asked for.
 */
public final class ConcurrencyLimitException extends RejectedCallException {

    private static final long serialVersionUID = 1L;

    private final String name;
    private final int limit;
    private final int inFlight;
    private final Duration waited;

    /**
     * Makes a rejection.
     *
     * @param name name of the limit
     * @param limit how many calls may run at once
     * @param inFlight how many were running
     * @param waited how long the call has waited for a place in vain, 0 if it was rejected at once
     * @param stackTrace whether to walk the stack
     */
    public ConcurrencyLimitException(String name, int limit, int inFlight, Duration waited, boolean stackTrace) {
        super(stackTrace);
        this.name = name;
        this.limit = limit;
        this.inFlight = inFlight;
        this.waited = waited;
    }

    /** {@return the name of the limit: that of a service, {@code service/instance}, or one that stands alone} */
    public String name() {
        return name;
    }

    /** {@return how many calls may run at once} */
    public int limit() {
        return limit;
    }

    /** {@return how many calls were running when this one was rejected; others may have ended by then} */
    public int inFlight() {
        return inFlight;
    }

    /** {@return how long the call has waited for a place in vain; 0 if it was rejected at once} */
    public Duration waited() {
        return waited;
    }

    @Override
    public String getMessage() {
        return "Concurrency limit '" + name + "' has no place for the call: " + inFlight + " running, " + limit
                + " allowed" + (waited.isZero() ? "" : ", none free within " + CallTimeoutException.text(waited))
                + ". Call again later, or raise maxConcurrent.";
    }
}
