package io.mesh.circuitbreaker;

import org.jspecify.annotations.Nullable;

/** The permit of a call that may get stuck. Once it has been counted as such, its end is no news. */
record WatchedPermit(Permit permit, StuckCalls.Batch batch) implements Permit {

    @Override
    public void success() {
        if (!batch.end()) {
            permit.success();
        }
    }

    @Override
    public boolean result(@Nullable Object result) {
        return !batch.end() && permit.result(result);
    }

    @Override
    public boolean failure(Throwable failure) {
        return !batch.end() && permit.failure(failure);
    }

    @Override
    public void release() {
        if (!batch.end()) {
            permit.release();
        }
    }
}
