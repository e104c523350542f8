package io.mesh.circuitbreaker;

import org.jspecify.annotations.Nullable;

/**
 * The calls that a closed circuit looks at to decide whether to open, if it does not count in a row.
 *
 * <p>Shared by the periods that follow each other by reconfiguring; a circuit that closes again begins with an empty
 * one. Thread-safe without a lock, exact once all is quiet.
 */
sealed interface FailureWindow permits CountWindow, TimeWindow {

    /**
     * A call that was evidence has ended, and is counted by now in the statistics of the breaker.
     *
     * @param now time of the end; looked at only by windows of time
     * @return what the window shows with it if that may open the circuit, or null
     */
    @Nullable
    Rates ended(boolean failed, boolean slow, long now);

    /** What is in the window now. */
    Rates rates(long now);

    /** Whether a call that ends has to know the time. */
    boolean readsClock();

    /** This window, or one of other settings with what of this fits into it. */
    FailureWindow with(WindowRules newRules, CallStatistics statistics, long now);
}
