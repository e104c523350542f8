package io.mesh.retry;

import io.mesh.policy.CheckedSupplier;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** Work that ends as it is told: one entry per attempt, the last one for all that follow. Throwables are thrown. */
final class Script implements CheckedSupplier<Object, Exception> {

    private final List<Object> endings;
    private final AtomicInteger attempts = new AtomicInteger();

    Script(Object... endings) {
        this.endings = List.of(endings);
    }

    int attempts() {
        return attempts.get();
    }

    @Override
    public Object get() throws Exception {
        Object ending = next();
        if (ending instanceof Exception failure) {
            throw failure;
        }
        if (ending instanceof Error failure) {
            throw failure;
        }
        return ending;
    }

    /** The same as stages that have ended. An entry that is a stage itself is taken as it is. */
    CheckedSupplier<CompletionStage<Object>, RuntimeException> stages() {
        return () -> {
            Object ending = next();
            if (ending instanceof CompletableFuture<?> stage) {
                return stage.thenApply(value -> value);
            }
            return ending instanceof Throwable failure
                    ? CompletableFuture.failedFuture(failure)
                    : CompletableFuture.completedFuture(ending);
        };
    }

    private Object next() {
        return endings.get(Math.min(attempts.getAndIncrement(), endings.size() - 1));
    }
}
