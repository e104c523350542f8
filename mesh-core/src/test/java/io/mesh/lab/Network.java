package io.mesh.lab;

import io.mesh.model.ServiceInstance;
import java.util.concurrent.CompletableFuture;

/** Sends calls to instances. */
@FunctionalInterface
interface Network {

    /** Sends one call. */
    CompletableFuture<String> send(ServiceInstance instance);
}
