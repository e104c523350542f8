package io.mesh.proxy;

import io.mesh.model.CallOptions;
import io.mesh.policy.CheckedFunction;
import io.mesh.policy.TimedCall;
import io.mesh.policy.Timeout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The work of one blocking call, each attempt limited by {@code attemptTimeout} and by the time left of the call's own
 * timeout. Used by one thread.
 *
 * @param <A> what the work is given
 */
final class TimedWork<A, T extends @Nullable Object, E extends Throwable> implements CheckedFunction<A, T, E> {

    private final Timeout attemptTimeout;
    private final Service service;
    private final CallOptions options;
    private final long startedAt;
    private final CheckedFunction<? super A, ? extends T, ? extends E> work;
    private @Nullable TimedCall<T, E> attempt;

    TimedWork(
            Timeout attemptTimeout,
            Service service,
            CallOptions options,
            long startedAt,
            CheckedFunction<? super A, ? extends T, ? extends E> work) {
        this.attemptTimeout = attemptTimeout;
        this.service = service;
        this.options = options;
        this.startedAt = startedAt;
        this.work = work;
    }

    @Override
    public T apply(A argument) throws E {
        TimedCall<T, E> timed = attemptTimeout.timed(() -> work.apply(argument), service.nanosLeft(options, startedAt));
        attempt = timed;
        return timed.get();
    }

    /** Whether the last attempt has failed only in that its result came too late. */
    boolean isLate(Throwable failure) {
        return attempt != null && attempt.isLate(failure);
    }

    T lateResult() {
        return Objects.requireNonNull(attempt).lateResult();
    }
}
