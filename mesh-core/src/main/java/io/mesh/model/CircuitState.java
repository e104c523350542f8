package io.mesh.model;

/** What a circuit breaker does with the next call. */
public enum CircuitState {
    /** Calls pass; failures are counted. */
    CLOSED,
    /** Calls are rejected until the open time is over and a call asks. */
    OPEN,
    /** A few trial calls pass, to find out whether the circuit may close. */
    HALF_OPEN,
    /** Opened by hand: calls are rejected until it is reset. */
    FORCED_OPEN,
    /** Switched off by hand: calls pass and are measured, the circuit never opens. */
    DISABLED
}
