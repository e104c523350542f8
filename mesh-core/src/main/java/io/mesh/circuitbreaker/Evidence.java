package io.mesh.circuitbreaker;

import org.jspecify.annotations.Nullable;

/**
 * What was counted when a call had ended. Whether it is enough is decided here, for both ways of counting.
 *
 * @param inARow failures in a row
 * @param rates what is in the window; {@link Rates#NONE} if there is none
 * @param what the failure or result that was counted last; null if the call went well
 */
record Evidence(int inARow, Rates rates, @Nullable Object what) {

    private static final int TIMES_WITHOUT_A_PLACE = 10;

    /** Whether it opens a circuit with these settings. */
    boolean isEnough(Settings settings) {
        if (settings.window() != null) {
            return settings.window().isReached(rates);
        }
        return inARow >= settings.config().failureThreshold();
    }

    /** Why it does, for people. A text, so not to be made before something comes of it. */
    String reason(Settings settings) {
        return settings.window() != null ? settings.window().reason(rates) : Reason.consecutiveFailures(inARow);
    }

    /** Whether it is enough even for an instance whose fleet has no place left for one more ejected. */
    boolean isOverwhelming(Settings settings) {
        boolean wholeWindow = settings.window() != null && (rates.allFailed() || rates.allSlow());
        long manyInARow = (long) settings.config().failureThreshold() * TIMES_WITHOUT_A_PLACE;
        return wholeWindow || inARow >= Math.min(manyInARow, Integer.MAX_VALUE); // no count goes beyond
    }
}
