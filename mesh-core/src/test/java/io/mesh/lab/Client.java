package io.mesh.lab;

import java.util.concurrent.CompletableFuture;

/** Whoever calls the service under test. */
@FunctionalInterface
interface Client {

    /** Makes one call. */
    CompletableFuture<?> call();
}
