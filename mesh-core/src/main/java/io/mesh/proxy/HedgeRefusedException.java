package io.mesh.proxy;

import java.util.concurrent.RejectedExecutionException;

/** A hedge was given no thread, so that its work was not begun: no failure of any instance. */
final class HedgeRefusedException extends RejectedExecutionException {

    private static final long serialVersionUID = 1L;

    HedgeRefusedException(Throwable cause) {
        super(cause);
    }
}
