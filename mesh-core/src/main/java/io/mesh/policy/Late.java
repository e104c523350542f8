package io.mesh.policy;

import io.mesh.model.CallTimeoutException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A result that came too late, on its way to the caller. The policies between the work and the caller are told of it
 * by an exception that is known here; who made the call takes the result out behind them. Used by one thread.
 *
 * @param <T> the result
 */
final class Late<T extends @Nullable Object> {

    private @Nullable CallTimeoutException told;
    private @Nullable T result;

    /** Keeps a result. One that nobody has taken is closed. */
    CallTimeoutException keep(T lateResult, CallTimeoutException telling) {
        discard();
        told = telling;
        result = lateResult;
        return telling;
    }

    /** Whether an exception tells of the result that is kept. */
    boolean isToldBy(Throwable failure) {
        return failure == told;
    }

    /** Takes the result out; before that somebody has told of it. */
    @SuppressWarnings("NullAway") // what was kept, null included
    T take() {
        Objects.requireNonNull(told, "There is no late result.");
        T taken = result;
        told = null;
        result = null;
        return taken;
    }

    /** Closes a result that nobody has taken and nobody will. */
    void discard() {
        CallFuture.discard(result);
        told = null;
        result = null;
    }
}
