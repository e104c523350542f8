package io.mesh.stress.limit;

import io.mesh.limit.ConcurrencyLimit;
import io.mesh.model.ConcurrencyLimitConfig;
import java.time.Duration;

/** Limits with one place. */
final class Limits {

    private Limits() {}

    static ConcurrencyLimit withoutWait() {
        return one(Duration.ZERO);
    }

    /** Those who wait do so for ever: no timer disturbs the race. */
    static ConcurrencyLimit waiting() {
        return one(Duration.ofDays(1));
    }

    private static ConcurrencyLimit one(Duration maxWait) {
        return ConcurrencyLimit.builder("one")
                .config(ConcurrencyLimitConfig.builder()
                        .maxConcurrent(1)
                        .maxWait(maxWait)
                        .build())
                .scheduler((task, delay) -> () -> {})
                .build();
    }
}
