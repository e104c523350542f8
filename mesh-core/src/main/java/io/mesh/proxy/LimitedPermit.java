package io.mesh.proxy;

import io.mesh.circuitbreaker.Permit;
import io.mesh.circuitbreaker.WrappedPermit;
import io.mesh.limit.ConcurrencyLimit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The permit of an attempt that holds places of concurrency limits, too. They are given back once: when the outcome is
 * told, or, {@linkplain #lastUntilEnd if so asked}, when the attempt has really ended.
 */
final class LimitedPermit extends WrappedPermit {

    private final @Nullable ConcurrencyLimit ofService;
    private final @Nullable ConcurrencyLimit ofInstance;
    private final long startedInService;
    private final long startedOnInstance;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean untilEnd;
    private volatile boolean failed;
    private volatile @Nullable Throwable failure;

    LimitedPermit(Permit permit, @Nullable ConcurrencyLimit ofService, @Nullable ConcurrencyLimit ofInstance) {
        super(permit);
        this.ofService = ofService;
        this.ofInstance = ofInstance;
        this.startedInService = ofService == null ? 0 : ofService.startedAt();
        this.startedOnInstance = ofInstance == null ? 0 : ofInstance.startedAt();
    }

    /** For a permit whose outcome may be told before the attempt ends; {@link #end} follows. */
    static void lastUntilEnd(Permit permit) {
        if (permit instanceof LimitedPermit limited) {
            limited.untilEnd = true;
        }
    }

    /** The attempt has ended. */
    static void end(Permit permit) {
        if (permit instanceof LimitedPermit limited) {
            limited.giveBack();
        }
    }

    /** The attempt has been cancelled before it began. */
    static void notBegun(Permit permit) {
        if (permit instanceof LimitedPermit limited) {
            limited.failed = true;
            limited.giveBack();
        }
    }

    @Override
    public void success() {
        permit().success();
        outcome(false, null);
    }

    @Override
    public boolean result(@Nullable Object result) {
        boolean isFailure = permit().result(result);
        outcome(isFailure, null);
        return isFailure;
    }

    @Override
    public boolean failure(Throwable thrown) {
        boolean isFailure = permit().failure(thrown);
        outcome(true, thrown);
        return isFailure;
    }

    @Override
    public void release() {
        permit().release();
        outcome(true, null);
    }

    private void outcome(boolean hasFailed, @Nullable Throwable thrown) {
        failure = thrown;
        failed = hasFailed;
        if (!untilEnd) {
            giveBack();
        }
    }

    private void giveBack() {
        if (ended.compareAndSet(false, true)) {
            giveBack(ofInstance, startedOnInstance);
            giveBack(ofService, startedInService);
        }
    }

    private void giveBack(@Nullable ConcurrencyLimit limit, long startedAt) {
        if (limit == null) {
            return;
        }
        if (failed) {
            limit.failed(startedAt, failure);
        } else {
            limit.succeeded(startedAt);
        }
    }
}
