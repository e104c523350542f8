package io.mesh.time;

import java.time.Duration;

/**
 * Monotonic time in nanoseconds from an arbitrary origin. It may overflow: compare by difference
 * ({@code now - until >= 0}), never directly.
 */
@FunctionalInterface
public interface Ticker {

    /** The longest time span that can be added to a reading and still be compared by difference. */
    long FOREVER = Long.MAX_VALUE / 2;

    /** {@return the time now, in nanoseconds} */
    long now();

    /** {@return the ticker of the system, {@link System#nanoTime()}} */
    static Ticker system() {
        return System::nanoTime;
    }

    /**
     * A duration in nanoseconds, as something that can be added to a reading: at most {@link #FOREVER},
     * about 146 years.
     *
     * @param duration any; one below 0 gives 0
     * @return 0 to {@link #FOREVER}
     */
    static long nanos(Duration duration) {
        if (duration.isNegative()) {
            return 0;
        }
        if (duration.toSeconds() >= FOREVER / 1_000_000_000) {
            return FOREVER;
        }
        return duration.toNanos();
    }
}
