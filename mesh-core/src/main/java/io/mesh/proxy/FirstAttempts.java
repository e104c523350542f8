package io.mesh.proxy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.loadbalancer.Endpoint;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * How many first attempts of one service's calls have gone well, told by what its circuit breakers count anyway,
 * so that a call that goes well at once writes nothing for it.
 *
 * <ol>
 * <li>What a breaker calls a success though it is not a first attempt, or its result was not what was wanted, is
 *     rare: it is counted when it happens, and taken off.
 * <li>The count of an instance is kept when it is removed, after it has left the list. It is read before the
 *     list is, so an instance may be missing for a moment, but is never counted twice.
 * <li>Both kinds of breaker are counted, whichever is asked at the moment.
 * </ol>
 */
final class FirstAttempts {

    private final LongAdder others = new LongAdder();
    private final AtomicLong ofRemoved = new AtomicLong();

    /** A success of a breaker that is none of a first attempt. */
    void other() {
        others.increment();
    }

    /** An instance has left the list. */
    void removed(CircuitBreaker ofInstance) {
        ofRemoved.getAndAdd(ofInstance.successes());
    }

    /**
     * First attempts that have gone well. While calls run it may be a little too low.
     *
     * @param endpoints tells the list as it is then
     */
    long succeeded(CircuitBreaker ofService, Supplier<List<Endpoint>> endpoints) {
        long successes = ofRemoved.get() + ofService.successes();
        for (Endpoint endpoint : endpoints.get()) {
            successes += Service.guard(endpoint).breaker().successes();
        }
        return successes - others.sum();
    }
}
