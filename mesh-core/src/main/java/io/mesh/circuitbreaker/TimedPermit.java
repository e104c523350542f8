package io.mesh.circuitbreaker;

import org.jspecify.annotations.Nullable;

/** The permit of a call that may turn out to be slow: its period, which is the permit else, and when the call began. */
record TimedPermit(Passing period, long begunAt) implements Permit {

    @Override
    public void success() {
        period.succeed(begunAt);
    }

    @Override
    public boolean result(@Nullable Object result) {
        return period.result(result, begunAt);
    }

    @Override
    public boolean failure(Throwable failure) {
        return period.failure(failure, begunAt);
    }

    @Override
    public void release() {
        period.release();
    }
}
