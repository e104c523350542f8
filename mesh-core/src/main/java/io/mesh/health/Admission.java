package io.mesh.health;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which of the instances that wait for their first good check have passed it, and which of these are in for good.
 *
 * <pre>{@code
 *             its first check passes            every first check has ended
 *   EXPECTED -------------------------> EARLY ------------------------------> IN
 *      |                                  ^                                   |
 *      |  its first check fails           |  healthy again                    |  unhealthy
 *      '------------------------------> (nowhere) <---------------------------'
 * }</pre>
 *
 * <p>Those that are early receive calls beside others that are in and are called. If none of these is, as at the start, when
 * a whole list was replaced, or when the others are drained, ejected or marked unhealthy, all are called until every first
 * check has ended; then those that have passed come in together. Called alone, the first to pass would get the calls of all.
 * Who else is called only the balancer knows, and it changes at any time, so it is the balancer that decides.
 *
 * <ol>
 * <li>Each change is made before the others are looked at, so the last one sees all: nobody is early for ever.
 * <li>A place belongs to one schedule, not to an instance: whoever comes late with the result of a schedule that has ended
 *     meets no place of the next.
 * </ol>
 */
final class Admission {

    private final Map<CheckSchedule, Place> places = new ConcurrentHashMap<>();

    private enum Place {
        EXPECTED,
        EARLY,
        IN
    }

    /** Its first check has not ended. */
    void expect(CheckSchedule checks) {
        put(checks, Place.EXPECTED);
    }

    /** Its instance receives calls already. */
    void admit(CheckSchedule checks) {
        put(checks, Place.IN);
    }

    /** Its instance has been found healthy by another schedule, and was early there. */
    void admitEarly(CheckSchedule checks) {
        put(checks, Place.EARLY);
    }

    /** Its instance has been found healthy. True if the balancer should know. */
    boolean passed(CheckSchedule checks) {
        Place before = places.get(checks);
        if (before == Place.IN) {
            return false;
        }
        if (before != Place.EARLY) {
            put(checks, Place.EARLY);
        }
        // While nobody is in, one more that is early may wait for the next list: soon every first check has ended
        return settle() || (before != Place.EARLY && places.containsValue(Place.IN));
    }

    /** A check has ended and says nothing yet. True if that has let somebody in. */
    boolean seen(CheckSchedule checks) {
        return places.remove(checks, Place.EXPECTED) && settle();
    }

    /** Its instance is unhealthy, or it has ended. True if that has let somebody in. */
    boolean leave(CheckSchedule checks) {
        return places.remove(checks) == Place.EXPECTED && settle();
    }

    boolean isIn(@Nullable CheckSchedule checks) {
        return checks != null && places.get(checks) == Place.IN;
    }

    /** Whether its instance has been found healthy, whether or not it is in. */
    boolean hasPassed(@Nullable CheckSchedule checks) {
        Place place = checks == null ? null : places.get(checks);
        return place == Place.EARLY || place == Place.IN;
    }

    private void put(CheckSchedule checks, Place place) {
        places.put(checks, place);
        if (checks.hasEnded()) {
            places.remove(checks); // who has ended it may have looked before
        }
    }

    private boolean settle() {
        if (places.containsValue(Place.EXPECTED)) {
            return false;
        }
        boolean letIn = false;
        for (CheckSchedule checks : List.copyOf(places.keySet())) {
            letIn |= places.replace(checks, Place.EARLY, Place.IN); // not if it has left since
        }
        return letIn;
    }
}
