package io.mesh.policy;

import io.mesh.model.CallTimeoutException;
import io.mesh.time.Ticker;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One policy around another. The work as the outer one sees it is a new lambda for each call, which costs no
 * allocation where the compiler can see through both policies.
 *
 * <p>If there is a {@link Timeout} among them, a result that came too late passes the policies outside of that as the
 * exception that tells of it, and is taken out behind the outermost.
 *
 * @param timed whether a late result can come out of this that has to be told to the policies around it
 */
record Composition(Policy outer, Policy inner, boolean timed) implements Policy {

    Composition(Policy outer, Policy inner) {
        this(outer, inner, isTimed(outer) || isTimed(inner));
    }

    private static boolean isTimed(Policy policy) {
        return policy instanceof Timeout || (policy instanceof Composition both && both.timed);
    }

    @Override
    public <T extends @Nullable Object, E extends Throwable> T call(CheckedSupplier<? extends T, ? extends E> work)
            throws E {
        return timed ? this.<T, E>callTimed(work) : outer.<T, E>call(() -> inner.<T, E>call(work));
    }

    private <T extends @Nullable Object, E extends Throwable> T callTimed(
            CheckedSupplier<? extends T, ? extends E> work) throws E {
        Late<T> late = new Late<>();
        try {
            return Composition.<T, E>tell(this, late, work);
        } catch (CallTimeoutException failure) {
            if (late.isToldBy(failure)) {
                return late.take();
            }
            throw failure;
        } finally {
            late.discard(); // one that a policy in between has kept to itself
        }
    }

    private static <T extends @Nullable Object, E extends Throwable> T tell(
            Policy policy, Late<T> late, CheckedSupplier<? extends T, ? extends E> work) throws E {
        if (policy instanceof Timeout timeout) {
            return timeout.<T, E>tell(late, Ticker.FOREVER, work);
        }
        return policy instanceof Composition both && both.timed
                ? Composition.<T, E>tell(both.outer, late, () -> Composition.<T, E>tell(both.inner, late, work))
                : policy.<T, E>call(work);
    }

    /** Joins the two once, so that the calls of what it returns allocate nothing; {@link #call} joins them anew. */
    @Override
    public <T extends @Nullable Object, E extends Throwable> CheckedSupplier<T, E> decorate(
            CheckedSupplier<? extends T, ? extends E> work) {
        return timed ? () -> this.<T, E>callTimed(work) : outer.<T, E>decorate(inner.<T, E>decorate(work));
    }

    @Override
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedSupplier<? extends CompletionStage<? extends T>, ?> work) {
        return outer.<T>callAsync(() -> inner.<T>callAsync(work));
    }

    /** Goes to the innermost, which may have something to say about what it is put around. */
    @Override
    public Policy around(Policy innermost) {
        return outer.around(inner.around(innermost));
    }
}
