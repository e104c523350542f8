package io.mesh.circuitbreaker;

/**
 * What the fleet that a breaker belongs to has to say about its opening. A breaker that stands alone always
 * gets a place.
 *
 * <p>Called on the threads that make calls: must be thread-safe, quick, and must not throw.
 */
public interface Ejections {

    /**
     * Asked once the evidence configured is there, just before the circuit opens. A place that was given is
     * kept through re-openings and half-open and given back once.
     *
     * @return true if the circuit may open now; false if it may only on ten times the evidence
     */
    boolean tryTake();

    /** Gives a place back: another thread opened the circuit first, or it has closed, was reset or forced. */
    void giveBack();

    /** Told after every change of state, in no particular order if two come at once: look at the breaker. */
    void changed();
}
