package io.mesh.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the active health checks of one instance looked like at one moment.
 *
 * @param verdict the last verdict; it holds until there is another
 * @param lastCheck how long ago the last check ended, or null if none has
 * @param reason what the last check came to, for people: {@code status 503}; null if none has ended
 * @param passed checks passed in a row, counted up to the threshold
 * @param failed checks failed in a row, counted up to the threshold
 */
public record HealthSnapshot(
        HealthVerdict verdict,
        @Nullable Duration lastCheck,
        @Nullable String reason,
        int passed,
        int failed) {}
