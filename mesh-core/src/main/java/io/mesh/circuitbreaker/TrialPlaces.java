package io.mesh.circuitbreaker;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The places of one half-open period: who may try, and what came of it.
 *
 * <ol>
 * <li>At most as many trial calls as there are places hold one, always.
 * <li>A trial silent for longer than the patience is overdue: its place may be taken over, so a call that
 *     never reports cannot keep the breaker half-open. A place lost stays lost, even if the patience grows by
 *     reconfiguring. Its result still counts if it comes while the period lives, so a backend slower than
 *     that can close the circuit, too.
 * <li>A place is given back only by the trial that holds it.
 * </ol>
 */
final class TrialPlaces {

    private final AtomicReferenceArray<@Nullable Trial> places;
    private final AtomicInteger succeeded = new AtomicInteger();
    private final AtomicInteger ignored = new AtomicInteger();

    TrialPlaces(int max) {
        this.places = new AtomicReferenceArray<>(max);
    }

    /** A place for a call that begins now, or null if all are taken. A trial is allocated: trials are rare. */
    @Nullable
    Trial tryTake(HalfOpen period, long now, long patienceNanos) {
        for (int i = 0; i < places.length(); i++) {
            Trial holder = places.get(i);
            if (holder == null || isOverdue(holder, now, patienceNanos)) {
                Trial trial = new Trial(period, i, now);
                if (places.compareAndSet(i, holder, trial)) {
                    return trial;
                }
            }
        }
        return null;
    }

    /** Gives back the place of a trial, unless another call has taken it over. */
    void leave(Trial trial) {
        places.compareAndSet(trial.place(), trial, null);
    }

    /** Time until a place is free or overdue: 0 if one is now. */
    long nanosUntilFree(long now, long patienceNanos) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < places.length(); i++) {
            Trial holder = places.get(i);
            if (holder == null) {
                return 0;
            }
            least = Math.min(least, patienceNanos - (now - holder.since()));
        }
        return Math.max(0, least);
    }

    /** Trials under way and not overdue. */
    int underWay(long now, long patienceNanos) {
        int count = 0;
        for (int i = 0; i < places.length(); i++) {
            Trial holder = places.get(i);
            if (holder != null && !isOverdue(holder, now, patienceNanos)) {
                count++;
            }
        }
        return count;
    }

    /** Places held, by overdue trials too. */
    int taken() {
        int count = 0;
        for (int i = 0; i < places.length(); i++) {
            if (places.get(i) != null) {
                count++;
            }
        }
        return count;
    }

    int succeeded() {
        return succeeded.get();
    }

    int addSuccess() {
        return succeeded.incrementAndGet();
    }

    int ignored() {
        return ignored.get();
    }

    void addIgnored() {
        ignored.updateAndGet(n -> n == Integer.MAX_VALUE ? n : n + 1);
    }

    private static boolean isOverdue(Trial trial, long now, long patienceNanos) {
        return now - trial.since() >= patienceNanos;
    }
}
