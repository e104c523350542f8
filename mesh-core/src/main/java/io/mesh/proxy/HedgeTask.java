package io.mesh.proxy;

import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.Interruption;
import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Blocking work of a hedge, done by another thread.
 *
 * <ol>
 * <li>It either begins or is withdrawn, never both. Withdrawn it lets go of the work, so that it holds nothing of the call
 *     while it lies in a queue.
 * <li>Once begun it ends when the work does: cancelling interrupts the thread, and what the work returns all the same is
 *     the result.
 * <li>The thread that hands it over never does the work: that may be the one thread of a scheduler.
 * </ol>
 *
 * @param <T> the result
 */
final class HedgeTask<T extends @Nullable Object> extends CompletableFuture<T> implements Runnable {

    private static final System.Logger LOG = System.getLogger("io.mesh");

    private enum State {
        WAITING,
        BEGUN,
        WITHDRAWN
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private volatile @Nullable CheckedSupplier<? extends T, ?> work; // null once it waits no more
    private volatile @Nullable Interruption running;
    private volatile boolean unwanted;
    private volatile @Nullable Thread handingOver;
    private boolean calledBack; // only by the thread that hands over

    HedgeTask(CheckedSupplier<? extends T, ?> work) {
        this.work = work;
    }

    /**
     * Hands the work to the threads that are to do it.
     *
     * @throws HedgeRefusedException if they will not; then it is withdrawn
     */
    void handTo(Executor executor) {
        handingOver = Thread.currentThread();
        try {
            executor.execute(this);
        } catch (Throwable refused) { // no thread can be made, for example
            if (withdraw()) {
                throw new HedgeRefusedException(refused);
            }
            LOG.log(Level.WARNING, "An executor has begun a hedge and thrown all the same.", refused);
        } finally {
            handingOver = null;
        }
        if (calledBack && withdraw()) {
            throw new HedgeRefusedException(
                    new IllegalStateException("The executor runs hedges on the thread that asks for them."));
        }
    }

    /** Takes the work back if it has not begun. True if it never will. */
    boolean withdraw() {
        if (state.compareAndSet(State.WAITING, State.WITHDRAWN)) {
            work = null;
        }
        return state.get() == State.WITHDRAWN;
    }

    @Override
    public void run() {
        if (Thread.currentThread() == handingOver) {
            calledBack = true;
            return;
        }
        CheckedSupplier<? extends T, ?> mine = work;
        if (!state.compareAndSet(State.WAITING, State.BEGUN)) {
            return;
        }
        work = null;
        Interruption interruption = Interruption.start();
        running = interruption; // whoever cancels either finds it here or is found to have cancelled
        if (unwanted) {
            interruption.run();
        }
        T result;
        try {
            result = Objects.requireNonNull(mine).get();
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
        if (withdraw()) {
            return super.cancel(mayInterrupt);
        }
        Interruption interruption = running;
        if (interruption != null) {
            interruption.run();
        }
        return false;
    }
}
