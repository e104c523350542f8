package io.mesh.policy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The plainest policy there is: says when it is entered and left. */
record Passing(String name, List<String> order) implements Policy {

    @Override
    public <T, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work) throws E {
        order.add(name + " in");
        try {
            return work.get();
        } finally {
            order.add(name + " out");
        }
    }

    @Override
    public <T> CompletableFuture<T> callAsync(CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        order.add(name + " in");
        CompletionStage<? extends T> stage = CallFuture.start(work);
        CallFuture<T> future = new CallFuture<>(() -> CallFuture.cancel(stage));
        stage.whenComplete((value, failure) -> {
            order.add(name + " out");
            if (!future.claim()) {
                CallFuture.discard(value);
            } else if (failure == null) {
                future.end(value);
            } else {
                future.fail(FailureMatcher.unwrap(failure));
            }
        });
        return future;
    }
}
