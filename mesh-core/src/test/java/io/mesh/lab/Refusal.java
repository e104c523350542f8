package io.mesh.lab;

import java.net.ConnectException;

/** What a client meets where nobody listens; it walks no stack, since there are many. */
final class Refusal extends ConnectException {

    private static final long serialVersionUID = 1;

    Refusal() {
        super("Connection refused");
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // it does nothing
    public Throwable fillInStackTrace() {
        return this;
    }
}
