package io.mesh.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How far the list of a service's instances can be trusted.
 *
 * @param source where it comes from, for people: {@code dns orders.internal:8080}
 * @param age how long ago the source last confirmed the list or gave another one, or null if it never has
 * @param failingFor for how long the source has been failing, or null if its last answer was a good one
 * @param lastError what went wrong last since the source was last well, as its class and sentence; null if nothing did
 */
public record DiscoverySnapshot(
        String source,
        @Nullable Duration age,
        @Nullable Duration failingFor,
        @Nullable String lastError) {

    /** {@return the sentence for people that says all of it} */
    public String describe() {
        String answered =
                age == null ? "has not answered yet" : "last answered " + CallTimeoutException.text(age) + " ago";
        String failing = failingFor == null || lastError == null
                ? ""
                : "; it has been failing for " + CallTimeoutException.text(failingFor) + ": " + lastError;
        return "Discovery (" + source + ") " + answered + failing + (failing.endsWith(".") ? "" : ".");
    }
}
