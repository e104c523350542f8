package io.mesh.proxy;

import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import io.mesh.policy.CheckedFunction;
import io.mesh.policy.Timeout;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What all attempts of one call have in common.
 *
 * @param <T> the result
 * @param startedAt when the call began, if anything about it depends on that
 * @param attemptTimeout the limit of each attempt, or null if there is none
 * @param blocking whether a stage fails with what the work itself has thrown, which is not to be unwrapped
 * @param work starts an attempt
 */
record AsyncWork<T extends @Nullable Object>(
        Service service,
        CallOptions options,
        long startedAt,
        @Nullable Timeout attemptTimeout,
        boolean blocking,
        CheckedFunction<? super ServiceInstance, ? extends CompletionStage<? extends T>, ?> work) {}
