package io.mesh.loadbalancer;

import io.mesh.model.PassedOver;

/**
 * Whether one endpoint may be picked, as far as somebody else than the balancer knows: the service proxy
 * answers with the endpoint's circuit breaker.
 *
 * <p>The balancer keeps the free endpoints in a list of their own, over which the strategy picks. Whoever
 * changes an answer of {@link #isFree()} calls {@link LoadBalancer#refresh()} afterwards. The other answers
 * are asked at each pick, but only of endpoints that are not free.
 *
 * <p>Must be thread-safe and quick, and must not throw.
 */
public interface Availability {

    /** Always free. */
    Availability ALWAYS = new Availability() {
        @Override
        public boolean isFree() {
            return true;
        }

        @Override
        public boolean isTrialDue(long now) {
            return false;
        }

        @Override
        public boolean isPickable(long now) {
            return true;
        }

        @Override
        public void removed() {}
    };

    /** {@return whether the strategy may pick the endpoint like any other} */
    boolean isFree();

    /**
     * Whether an endpoint that is not free should be picked now, before the strategy is asked, so that a trial
     * call finds out how it is.
     *
     * @param now reading of the balancer's ticker
     * @return true if a trial is due
     */
    boolean isTrialDue(long now);

    /**
     * Whether an endpoint that is not free may be picked if no free one is left.
     *
     * @param now reading of the balancer's ticker
     * @return true if it may
     */
    boolean isPickable(long now);

    /**
     * Why the endpoint is not free, for people. Asked only of one that was not when the list was made.
     *
     * @return by default {@link PassedOver#OPEN}
     */
    default PassedOver whyNotFree() {
        return PassedOver.OPEN;
    }

    /**
     * Whether the endpoint is healthy, as far as checks tell. Asked as {@link #isFree()} is; one that is not, or is marked
     * unhealthy, receives no call.
     *
     * @return true unless checks have failed
     */
    default boolean isHealthy() {
        return true;
    }

    /**
     * Whether the endpoint should not be called before it has been checked. Asked as {@link #isFree()} is; it receives
     * calls all the same while no other endpoint is healthy and free.
     *
     * @return true until it has been checked
     */
    default boolean isUnproven() {
        return false;
    }

    /**
     * Whether an endpoint that {@linkplain #isUnproven() is unproven} has passed its own check, while others that came with
     * it have not been checked yet. Asked as {@link #isFree()} is; it receives calls beside an endpoint that is healthy and
     * free, but not alone: while there is none, those that have not been checked do, too.
     *
     * @return by default false
     */
    default boolean isEarly() {
        return false;
    }

    /** Told once, after the endpoint has come into the list. */
    default void added() {}

    /** Told once, after the endpoint has left the list for good. Calls under way may still end on it. */
    void removed();
}
