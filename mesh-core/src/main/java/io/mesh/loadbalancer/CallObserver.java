package io.mesh.loadbalancer;

/**
 * What a strategy keeps of one endpoint, and so hears of its calls: made by {@link Picker#observe}, handed to its picks
 * by {@link Candidates#observer}. It lives as long as the endpoint is in the list and the strategy is in force.
 *
 * <p>Called on the threads that make the calls, many at once: must be thread-safe, quick, and should not allocate. What
 * it throws is logged once for each endpoint and harms no call.
 */
public interface CallObserver {

    /** The latency of a call of which nothing but its end is known. */
    long UNKNOWN = -1;

    /** A call begins. */
    default void started() {}

    /**
     * A call has ended: its outcome is known. The connection may be counted for longer, while a response is read. Told
     * once for each call, without a start if the call began before the strategy was switched to this one.
     *
     * @param outcome how it ended
     * @param latencyNanos time from its begin to its outcome; {@link #UNKNOWN} unless the strategy
     *     {@linkplain Picker#measuresLatency measures latency}
     * @param now the time, comparable with that of {@link Picker#pick}; {@link Endpoint#UNTIMED} if the latency is unknown
     */
    void ended(CallOutcome outcome, long latencyNanos, long now);
}
