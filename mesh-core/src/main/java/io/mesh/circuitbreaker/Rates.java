package io.mesh.circuitbreaker;

/**
 * How many of the calls in a window failed, and how many were slow.
 *
 * @param calls all in the window
 * @param failed of them, and counted as such; slow ones only if they count as failed
 * @param slow of them
 */
record Rates(long calls, long failed, long slow) {

    static final Rates NONE = new Rates(0, 0, 0);

    boolean allFailed() {
        return calls > 0 && failed >= calls;
    }

    boolean allSlow() {
        return calls > 0 && slow >= calls;
    }
}
