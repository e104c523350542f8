package io.mesh.model;

import org.jspecify.annotations.Nullable;

/**
 * A service has no instance that a call may go to: it has none, or all are drained, marked unhealthy or
 * ejected.
 *
 * <p>The specification of Mesh calls it {@code NoHealthyInstanceError}. Always a new object; its sentence
 * is built when asked for.
 */
public final class NoHealthyInstanceException extends RejectedCallException {

    private static final long serialVersionUID = 1L;

    private final String service;
    private final @Nullable String subset;
    private final int known;
    private final int unhealthy;
    private final int ejected;
    private final int drained;
    private final transient @Nullable DiscoverySnapshot discovery; // a copy that was sent elsewhere is without
    private final boolean stackTrace;

    /**
     * Makes a rejection.
     *
     * @param service name of the service
     * @param known how many instances it has in all
     * @param unhealthy how many of them are not drained, but marked unhealthy, found so by checks, or not checked yet
     * @param ejected how many are neither, but kept out by their circuit breaker or by a delay they asked for
     * @param drained how many have the weight 0
     * @param stackTrace whether to walk the stack
     */
    public NoHealthyInstanceException(
            String service, int known, int unhealthy, int ejected, int drained, boolean stackTrace) {
        this(service, null, known, unhealthy, ejected, drained, null, stackTrace);
    }

    private NoHealthyInstanceException(
            String service,
            @Nullable String subset,
            int known,
            int unhealthy,
            int ejected,
            int drained,
            @Nullable DiscoverySnapshot discovery,
            boolean stackTrace) {
        super(stackTrace);
        this.service = service;
        this.subset = subset;
        this.known = known;
        this.unhealthy = unhealthy;
        this.ejected = ejected;
        this.drained = drained;
        this.discovery = discovery;
        this.stackTrace = stackTrace;
    }

    /**
     * The same rejection of a service whose instances are discovered.
     *
     * @param state how old the list is and what went wrong last
     * @return a new exception, not thrown
     */
    public NoHealthyInstanceException with(DiscoverySnapshot state) {
        return new NoHealthyInstanceException(service, subset, known, unhealthy, ejected, drained, state, stackTrace);
    }

    /**
     * The same rejection of a call that named a subset; the counts are of the subset's instances alone.
     *
     * @param name of the subset
     * @return a new exception, not thrown
     */
    public NoHealthyInstanceException inSubset(String name) {
        return new NoHealthyInstanceException(service, name, known, unhealthy, ejected, drained, discovery, stackTrace);
    }

    /** {@return the name of the service} */
    public String service() {
        return service;
    }

    /**
     * Which instances the call was for.
     *
     * @return the subset that it named, whose instances are counted; null if it named none
     */
    public @Nullable String subset() {
        return subset;
    }

    /** {@return how many instances there are in all} */
    public int known() {
        return known;
    }

    /** {@return how many instances are not drained, but marked unhealthy, found so by checks, or not checked yet} */
    public int unhealthy() {
        return unhealthy;
    }

    /** {@return how many instances are kept out by their circuit breaker or by a delay they asked for} */
    public int ejected() {
        return ejected;
    }

    /** {@return how many instances have the weight 0 and so receive no new call} */
    public int drained() {
        return drained;
    }

    /**
     * How old the list is and what went wrong last.
     *
     * @return null if the instances are listed in the settings
     */
    public @Nullable DiscoverySnapshot discovery() {
        return discovery;
    }

    @Override
    public String getMessage() {
        return "Service '" + service + "' has no instance to call"
                + (subset == null ? ": " : " in subset '" + subset + "': ") + known + " known, " + unhealthy
                + " unhealthy, "
                + ejected + " ejected, " + drained + " drained."
                + (discovery == null ? "" : " " + discovery.describe());
    }
}
