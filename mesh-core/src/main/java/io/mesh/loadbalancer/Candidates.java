package io.mesh.loadbalancer;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that a strategy picks from, with their weights of one moment and the table computed from
 * them. Immutable. Promised to every {@link Picker}: there is at least one, and every weight is at least 1.
 */
final class Candidates {

    static final Candidates NONE = new Candidates(new Endpoint[0], new int[0], null);

    private static final int DRAWS = 8;

    private final Endpoint[] endpoints;
    private final int[] weights;
    private final int @Nullable [] turns;

    private Candidates(Endpoint[] endpoints, int[] weights, int @Nullable [] turns) {
        this.endpoints = endpoints;
        this.weights = weights;
        this.turns = turns;
    }

    /**
     * Candidates.
     *
     * @param withTurns whether {@link #inTurn} or {@link #areEqual} will be asked
     * @param before the table of these is kept if it fits, since it may take a few milliseconds to make one
     */
    static Candidates of(Endpoint[] endpoints, int[] weights, boolean withTurns, Candidates before) {
        if (!withTurns) {
            return new Candidates(endpoints, weights, null);
        }
        boolean fits = before.turns != null && Arrays.equals(weights, before.weights);
        return new Candidates(endpoints, weights, fits ? before.turns : SmoothWeights.table(weights));
    }

    /** Whether there is one that is not passed over. */
    boolean hasOther(Collection<Endpoint> passedOver) {
        for (Endpoint endpoint : endpoints) {
            if (!passedOver.contains(endpoint)) {
                return true;
            }
        }
        return false;
    }

    boolean isEmpty() {
        return endpoints.length == 0;
    }

    int size() {
        return endpoints.length;
    }

    Endpoint get(int index) {
        return endpoints[index];
    }

    /** For scans; not to be changed. */
    Endpoint[] endpoints() {
        return endpoints;
    }

    /** In the order of the endpoints, for scans; not to be changed. */
    int[] weights() {
        return weights;
    }

    /** Whether all weights are equal. Only known of candidates made with turns. */
    boolean areEqual() {
        return turns == null;
    }

    /** Whose turn it is at a position of the endless schedule. */
    Endpoint inTurn(long position) {
        return turns == null
                ? endpoints[Math.floorMod(position, endpoints.length)]
                : endpoints[turns[Math.floorMod(position, turns.length)]];
    }

    /** The first drawn that is not passed over; after some draws in vain, the next in the list. */
    @Nullable
    Endpoint firstOther(IntSupplier draw, Collection<Endpoint> passedOver) {
        int drawn = 0;
        for (int i = 0; i < DRAWS; i++) {
            drawn = draw.getAsInt();
            if (!passedOver.contains(endpoints[drawn])) {
                return endpoints[drawn];
            }
        }
        for (int i = 1; i < endpoints.length; i++) {
            Endpoint next = endpoints[(drawn + i) % endpoints.length];
            if (!passedOver.contains(next)) {
                return next;
            }
        }
        return null;
    }

    /** Any of those not passed over, each as likely as it is heavy; null if none is left. */
    @Nullable
    Endpoint otherByWeight(RandomGenerator random, Collection<Endpoint> passedOver) {
        long total = 0;
        for (int i = 0; i < endpoints.length; i++) {
            total += passedOver.contains(endpoints[i]) ? 0 : weights[i];
        }
        long left = total == 0 ? 0 : random.nextLong(total);
        for (int i = 0; i < endpoints.length; i++) {
            if (!passedOver.contains(endpoints[i])) {
                left -= weights[i];
                if (left < 0) {
                    return endpoints[i];
                }
            }
        }
        return null;
    }
}
