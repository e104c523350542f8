package io.mesh.loadbalancer;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Picks among the endpoints that are not free. Begins each time behind the one picked last, so that each of
 * several gets its turn. The position outlives the lists.
 */
final class Restricted {

    static final int MOST_LOOKS = 32; // so that half of a very large service may be out and a pick costs no more

    private volatile int next; // two picks at once may begin at the same place: no harm

    /** One that is due for a trial, or null. Of very many that are restricted each pick looks at some, in turn. */
    @Nullable
    Endpoint due(Endpoint[] restricted, long now, Collection<Endpoint> passedOver) {
        int start = next;
        int looks = Math.min(restricted.length, MOST_LOOKS);
        for (int i = 0; i < looks; i++) {
            int index = Math.floorMod(start + i, restricted.length);
            Endpoint endpoint = restricted[index];
            if (endpoint.availability().isTrialDue(now) && !passedOver.contains(endpoint)) {
                next = index + 1;
                return endpoint;
            }
        }
        if (looks < restricted.length) {
            next = Math.floorMod(start + looks, restricted.length);
        }
        return null;
    }

    /** One that may be picked if there is no free one, or null. */
    @Nullable
    Endpoint pickable(Endpoint[] restricted, long now, Collection<Endpoint> passedOver) {
        int start = next;
        for (int i = 0; i < restricted.length; i++) {
            int index = Math.floorMod(start + i, restricted.length);
            Endpoint endpoint = restricted[index];
            if (endpoint.availability().isPickable(now) && !passedOver.contains(endpoint)) {
                next = index + 1;
                return endpoint;
            }
        }
        return null;
    }

    /** Whether there is one that may be picked. */
    static boolean hasOther(Endpoint[] restricted, long now, Collection<Endpoint> passedOver) {
        for (Endpoint endpoint : restricted) {
            if (endpoint.availability().isPickable(now) && !passedOver.contains(endpoint)) {
                return true;
            }
        }
        return false;
    }
}
