package io.mesh.model;

/**
 * How the wait before a retry is spread, so that callers that failed together do not return together
 * (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015). Drawn inside the capped range, never
 * capped after the draw: a draw that is capped afterwards makes every caller wait exactly the maximum.
 */
public enum Jitter {
    /** The computed wait itself. */
    NONE,
    /** Half of the computed wait, plus a random part of the other half. */
    EQUAL,
    /** Anything from nothing to the computed wait; the default. */
    FULL,
    /** Anything from the initial wait to three times the previous one, at most the maximum. */
    DECORRELATED
}
