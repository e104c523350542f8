package io.mesh.proxy;

import io.mesh.model.CallOptions;
import io.mesh.model.CallTimeoutException;
import io.mesh.model.Repeat;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;

/** Whether a failed call may be made again at all; everything about it is decided here. */
final class RepeatRule {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final int DEEPEST = 50; // cause chains may be cyclic

    private RepeatRule() {}

    /**
     * What surely was not sent may always be; else the caller's word counts, and then the service's setting.
     *
     * @param notSent whether the call surely did not reach the instance
     */
    static boolean mayRepeat(Repeat setting, CallOptions options, boolean notSent) {
        if (notSent) {
            return true;
        }
        Boolean idempotent = options.idempotent();
        return switch (setting) {
            case NOT_SENT -> false;
            case IDEMPOTENT -> idempotent != null && idempotent;
            case ANY -> idempotent == null || idempotent;
        };
    }

    /**
     * Whether work that owns its connections itself failed before it sent anything, as far as the exception
     * tells. It may tell of a connection made in the middle of the work, so a caller who says that the call
     * must not be made twice is believed. A timeout tells nothing: what its work threw last may come of the interrupt.
     */
    static boolean wasNotSent(CallOptions options, Throwable failure) {
        Boolean idempotent = options.idempotent();
        if ((idempotent != null && !idempotent) || failure instanceof CallTimeoutException) {
            return false;
        }
        try {
            Throwable cause = failure;
            for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
                if (cause instanceof ConnectException
                        || cause instanceof UnknownHostException
                        || cause instanceof NoRouteToHostException) {
                    return true;
                }
                cause = cause.getCause();
            }
            return false;
        } catch (Throwable broken) { // one that does not let itself be looked into
            LOG.log(Level.DEBUG, () -> "No cause of " + failure.getClass(), broken);
            return false;
        }
    }
}
