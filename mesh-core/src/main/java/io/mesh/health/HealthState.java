package io.mesh.health;

import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HealthVerdict;
import org.jspecify.annotations.Nullable;

/**
 * What the checks of one instance have come to. Immutable: each check makes the next.
 *
 * <pre>{@code
 *              first check passes
 *   UNKNOWN -----------------------> HEALTHY
 *      |                              |   ^
 *      |  unhealthyThreshold failed   |   |  healthyThreshold passed in a row
 *      |          in a row            v   |
 *      '--------------------------> UNHEALTHY
 * }</pre>
 *
 * @param passed in a row, up to {@code healthyThreshold}
 * @param failed in a row, up to {@code unhealthyThreshold}
 * @param changes how often the verdict has changed under the settings of the moment
 * @param reason what the last check came to; null if none has ended
 * @param checkedAt when that was
 */
record HealthState(
        HealthVerdict verdict,
        int passed,
        int failed,
        long changes,
        @Nullable String reason,
        long checkedAt) {

    static final HealthState UNKNOWN = new HealthState(HealthVerdict.UNKNOWN, 0, 0, 0, null, 0);

    HealthState after(CheckResult result, HealthCheckConfig config, long now) {
        int nowPassed = result.passed() ? Math.min(passed, config.healthyThreshold() - 1) + 1 : 0;
        int nowFailed = result.passed() ? 0 : Math.min(failed, config.unhealthyThreshold() - 1) + 1;
        HealthVerdict next = verdict;
        if (nowFailed == config.unhealthyThreshold()) {
            next = HealthVerdict.UNHEALTHY;
        } else if (verdict == HealthVerdict.UNKNOWN ? result.passed() : nowPassed == config.healthyThreshold()) {
            next = HealthVerdict.HEALTHY;
        }
        return new HealthState(
                next, nowPassed, nowFailed, next == verdict ? changes : changes + 1, result.reason(), now);
    }

    /** Other settings: the verdict holds until there is another, but what is counted toward one begins anew. */
    HealthState restarted() {
        return new HealthState(verdict, 0, 0, 0, reason, checkedAt);
    }
}
