package io.mesh.proxy;

import java.util.concurrent.RejectedExecutionException;

/** The executor has no thread for a hedge, so that its work was not begun: no failure of any instance. */
final class HedgeRefusedException extends RejectedExecutionException {

    private static final long serialVersionUID = 1L;

    HedgeRefusedException(RejectedExecutionException cause) {
        super(cause);
    }
}
