package io.mesh.event;

import io.mesh.model.CircuitState;
import io.mesh.model.HealthVerdict;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that happened in a mesh. */
public sealed interface MeshEvent {

    /** {@return the name of the service, breaker, retry policy, timeout or concurrency limit it happened to} */
    String source();

    /**
     * A circuit breaker changed its state, or would have if it were not disabled: then both states are
     * disabled. Of one breaker, {@code from} is always the {@code to} of the event before, unless events were
     * lost.
     *
     * @param source name of the breaker
     * @param from the state it left
     * @param to the state it is in now
     * @param reason why, for people: {@code 5 consecutive failures}
     */
    record StateChanged(String source, CircuitState from, CircuitState to, String reason) implements MeshEvent {}

    /**
     * An attempt failed and another will follow.
     *
     * @param source name of the retry policy
     * @param attempt number of the attempt that failed, from 1
     * @param delay the wait until the next
     * @param failure what was thrown, or null if the result was not what was wanted
     */
    record RetryScheduled(
            String source,
            int attempt,
            Duration delay,
            @Nullable Throwable failure) implements MeshEvent {}

    /**
     * A call that was made again has gone well. Nothing is told of one that goes well at its first attempt.
     *
     * @param source name of the retry policy
     * @param attempts how many attempts were made, the one that went well included: 2 or more; one that was hedged is one
     */
    record RetrySucceeded(String source, int attempts) implements MeshEvent {}

    /**
     * A failed call would have been made again, but was not, since the policy only observes
     * ({@link io.mesh.model.Mode#OBSERVE}). What a second attempt would have come to, nobody knows.
     *
     * @param source name of the retry policy
     * @param delay the wait there would have been
     * @param failure what was thrown, or null if the result was not what was wanted; the caller gets it as it is
     */
    record RetryObserved(
            String source, Duration delay, @Nullable Throwable failure) implements MeshEvent {}

    /**
     * A call has taken longer than its limit, but was neither interrupted nor cancelled, since the timeout only observes
     * ({@link io.mesh.model.Mode#OBSERVE}). Told once for each such call, as soon as its time is up.
     *
     * @param source name of the timeout or retry policy
     * @param limit the time it had
     */
    record TimeoutObserved(String source, Duration limit) implements MeshEvent {}

    /**
     * A call has failed for good although it was, or might have been, made again; or the caller has ended it while
     * it was being made again.
     *
     * @param source name of the retry policy
     * @param attempts how many attempts were made; one that was hedged is one
     * @param reason why there is no further one, for people: {@code interrupted}
     * @param failure what the caller gets, or null if the caller gets a result; if the caller has ended the call, the
     *     last failure of the attempts that had ended, or null if they had results only
     */
    record RetriesEnded(
            String source,
            int attempts,
            String reason,
            @Nullable Throwable failure) implements MeshEvent {}

    /**
     * A retry was not made because the budget is exhausted: the failures are too many for retries to help. Told
     * at most once a second of one budget.
     *
     * @param source name of the service or retry policy the budget belongs to
     * @param denied how many retries were denied since the budget was made
     */
    record RetryBudgetExhausted(String source, long denied) implements MeshEvent {}

    /**
     * Hedges were sent, have won, or were denied for want of budget or of a thread. Told at most once a second of one
     * service, with the counts of that moment.
     *
     * @param source name of the service
     * @param sent hedges whose work has begun since hedging was switched on
     * @param won how many of them had the result of their call
     * @param denied hedges that were due and not sent, for want of budget or of a thread
     */
    record Hedged(String source, long sent, long won, long denied) implements MeshEvent {}

    /**
     * A concurrency limit refuses calls, or would if it did not only observe: as many as it allows are running. Told at
     * most once a second of one limit.
     *
     * @param source name of the limit: that of the service, {@code service/instance}, or of one that stands alone
     * @param limit how many calls may run at once
     * @param rejected how many calls found no place since the limit was made
     */
    record ConcurrencyLimitReached(String source, int limit, long rejected) implements MeshEvent {}

    /**
     * Discovery has found another list of instances. Nothing is told of an answer that is like the one before.
     *
     * @param source name of the service
     * @param added ids that are new
     * @param removed ids that are gone
     * @param changed ids whose host, port, weight or metadata is another
     * @param known how many there are now
     */
    record InstancesChanged(String source, List<String> added, List<String> removed, List<String> changed, int known)
            implements MeshEvent {

        /** Keeps the lists as unmodifiable copies. */
        public InstancesChanged {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
            changed = List.copyOf(changed);
        }
    }

    /**
     * Discovery has begun to fail, or fails for another reason than before; the last list stays. Told once, not at every
     * look-up.
     *
     * @param source name of the service
     * @param discovery where it was looked for: {@code dns orders.internal:8080}
     * @param failure what went wrong; a {@link java.util.NoSuchElementException} while an answer without instances is not
     *     believed yet
     */
    record DiscoveryFailed(String source, String discovery, Throwable failure) implements MeshEvent {}

    /**
     * Discovery has answered again after it had failed.
     *
     * @param source name of the service
     * @param discovery where it was looked for
     * @param failedFor how long it had been failing
     */
    record DiscoveryRecovered(String source, String discovery, Duration failedFor) implements MeshEvent {}

    /**
     * Active health checks have come to another verdict about an instance. Of one instance, {@code from} is always the
     * {@code to} of the event before, unless checks were switched off in between or events were lost.
     *
     * @param source name of the instance: {@code service/instance}
     * @param from the verdict before
     * @param to the verdict now
     * @param reason why, for people: {@code failed 3 checks in a row: status 503}
     */
    record HealthChanged(String source, HealthVerdict from, HealthVerdict to, String reason) implements MeshEvent {}

    /**
     * So few instances of a service are healthy that all are called but the drained ones, or no longer so: see
     * {@link io.mesh.model.LoadBalancerConfig#panicThreshold()}.
     *
     * @param source name of the service
     * @param panic whether it begins or ends
     */
    record PanicChanged(String source, boolean panic) implements MeshEvent {}

    /**
     * An instance fails more than the others of its service.
     *
     * @param source name of the instance: {@code service/instance}
     * @param ejected whether its circuit was opened for that; it is not if it is only to be told of, if too many are kept
     *     out already, or if the service only observes
     * @param reason why, for people: {@code 50.0 % of 100 calls succeeded, but 90.0 % on the mean of 5 instances}
     */
    record OutlierDetected(String source, boolean ejected, String reason) implements MeshEvent {}
}
