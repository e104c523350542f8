package io.mesh.model;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How one pick of a load balancer came about: who was chosen, from how many, and who could not be.
 *
 * @param age how long ago it was, 0 or longer
 * @param instance id of the one chosen; null if there was none to choose
 * @param choice who has chosen it
 * @param candidates how many the strategy has chosen from, 0 or more
 * @param passedOver why others could not be chosen, by id, in the order of the list, the first 100 of them; who is neither
 *     here nor chosen was left by the strategy, or is one of {@code more}
 * @param more how many others could not be chosen, either, 0 or more
 */
public record PickExplanation(
        Duration age,
        @Nullable String instance,
        Choice choice,
        int candidates,
        Map<String, PassedOver> passedOver,
        int more) {

    /** Who has chosen an instance. */
    public enum Choice {
        /** The strategy. */
        STRATEGY,
        /** Nobody: it was due for a trial, which comes first. */
        TRIAL,
        /** Nobody: no other was free, and its circuit had a place left. */
        LAST_RESORT,
        /** There was no instance to choose. */
        NONE
    }
}
