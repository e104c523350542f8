package io.mesh.proxy;

import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.Lease;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call, as an integration sees it that owns the request: {@link ServiceProxy#exchange}.
 *
 * <p>To be used by the thread that makes the attempt; the lease it hands out may be closed on any.
 */
public final class Attempt {

    private final Endpoint endpoint;
    private final int number;
    private final @Nullable Deadline deadline;
    private @Nullable Lease lease;
    private boolean notSent;
    private boolean ended;

    Attempt(Endpoint endpoint, int number, @Nullable Deadline deadline) {
        this.endpoint = endpoint;
        this.number = number;
        this.deadline = deadline;
    }

    /** {@return the instance to call, the object that was configured} */
    public ServiceInstance instance() {
        return endpoint.instance();
    }

    /** {@return the number of this attempt, from 1} */
    public int number() {
        return number;
    }

    /** {@return the time left of the call's timeout, zero if it is over; empty if it has none} */
    public Optional<Duration> timeLeft() {
        return deadline == null ? Optional.empty() : Optional.of(deadline.left());
    }

    /**
     * Keeps the instance's connection counted beyond the end of the call, for a response whose body is still
     * to be read. Whoever asks closes the lease, exactly once or more often. If the attempt fails, or its result
     * is not the answer of the call, Mesh closes it.
     *
     * @return the lease of this attempt, always the same
     * @throws IllegalStateException if the attempt has ended
     */
    public Lease keepLease() {
        if (ended) {
            throw new IllegalStateException("Attempt " + number + " on " + endpoint + " has ended: its connection"
                    + " can only be kept while its work runs.");
        }
        Lease kept = lease;
        if (kept == null) {
            kept = Lease.ofBegun(endpoint);
            lease = kept;
        }
        return kept;
    }

    /**
     * Says that the failure this attempt is about to end with came before anything of the request was sent, so
     * that the call may be made again whatever it is.
     */
    public void notSent() {
        notSent = true;
    }

    boolean isNotSent() {
        return notSent;
    }

    /** Ends the attempt. Returns the lease that was kept, or null. */
    @Nullable
    Lease end() {
        ended = true;
        return lease;
    }

    /** When the call's timeout is over. */
    record Deadline(Ticker ticker, long at) {

        static Deadline after(Ticker ticker, long startedAt, Duration timeout) {
            return new Deadline(ticker, startedAt + Ticker.nanos(timeout));
        }

        Duration left() {
            return Duration.ofNanos(Math.max(0, at - ticker.now()));
        }
    }
}
