package io.mesh.lab;

import java.io.IOException;

/** What a simulated backend or network answers instead of a result; it walks no stack, since there are millions. */
final class Failure extends IOException {

    private static final long serialVersionUID = 1;

    Failure(String message) {
        super(message);
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // it does nothing
    public Throwable fillInStackTrace() {
        return this;
    }
}
