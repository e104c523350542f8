package io.mesh.proxy;

import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.Interruption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Blocking work of a hedge, done by another thread. It ends when the work does: cancelling interrupts the thread, and
 * what the work returns all the same is the result. One that has not begun never does.
 *
 * @param <T> the result
 */
final class HedgeTask<T extends @Nullable Object> extends CompletableFuture<T> implements Runnable {

    private final CheckedSupplier<? extends T, ?> work;
    private final AtomicBoolean taken = new AtomicBoolean();
    private volatile @Nullable Interruption running;
    private volatile boolean unwanted;

    HedgeTask(CheckedSupplier<? extends T, ?> work) {
        this.work = work;
    }

    @Override
    public void run() {
        if (taken.getAndSet(true)) {
            return;
        }
        Interruption interruption = Interruption.start();
        running = interruption; // whoever cancels either finds it here or is found to have cancelled
        if (unwanted) {
            interruption.run();
        }
        T result;
        try {
            result = work.get();
        } catch (Throwable thrown) {
            interruption.end(thrown);
            completeExceptionally(thrown);
            return;
        }
        interruption.end(null);
        if (!complete(result)) {
            CallFuture.discard(result);
        }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        unwanted = true;
        if (!taken.getAndSet(true)) {
            return super.cancel(mayInterrupt);
        }
        Interruption interruption = running;
        if (interruption != null) {
            interruption.run();
        }
        return false;
    }
}
