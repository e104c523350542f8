package io.mesh.policy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A policy that answers with something else when the call fails, as a user's own might. */
record Swallowing(Object answer) implements Policy {

    @Override
    @SuppressWarnings("unchecked") // for tests that ask for the right type
    public <T, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work) {
        try {
            return work.get();
        } catch (Throwable failure) {
            return (T) answer;
        }
    }

    @Override
    public <T> CompletableFuture<T> callAsync(CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        throw new UnsupportedOperationException();
    }
}
