package io.mesh.health;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which of the instances that wait for their first good check may receive calls.
 *
 * <p>While some are in, each that passes follows at once. While none is, as at the start or when a whole list was
 * replaced, those that pass are held until every first check has ended, and come in together: let in one by one, the first
 * would get the calls of all. (Until then the balancer calls all of them, as it does whenever nothing better is known.)
 *
 * <p>Each change is made before the others are looked at, so the last one sees all: nobody is held for ever.
 */
final class Admission {

    private final Set<InstanceHealth> unseen = ConcurrentHashMap.newKeySet();
    private final Set<InstanceHealth> held = ConcurrentHashMap.newKeySet();
    private final Set<InstanceHealth> in = ConcurrentHashMap.newKeySet();

    /** Its first check has not ended. */
    void expect(InstanceHealth instance) {
        in.remove(instance);
        held.remove(instance);
        unseen.add(instance);
    }

    /** It receives calls already. */
    void admit(InstanceHealth instance) {
        unseen.remove(instance);
        held.remove(instance);
        in.add(instance);
    }

    /** It has been found healthy. True if that has let somebody in. */
    boolean passed(InstanceHealth instance) {
        if (!isIn(instance)) {
            held.add(instance);
        }
        return seen(instance);
    }

    /** A check has ended, whatever it came to. True if that has let somebody in. */
    boolean seen(InstanceHealth instance) {
        unseen.remove(instance);
        return settle();
    }

    /** It is unhealthy, or no longer checked. True if that has let somebody in. */
    boolean leave(InstanceHealth instance) {
        in.remove(instance);
        held.remove(instance);
        return seen(instance);
    }

    boolean isIn(InstanceHealth instance) {
        return in.contains(instance);
    }

    private boolean settle() {
        boolean letIn = false;
        if (!in.isEmpty() || unseen.isEmpty()) {
            for (InstanceHealth instance : List.copyOf(held)) {
                in.add(instance);
                held.remove(instance);
                if (instance.mayBeIn()) {
                    letIn = true;
                } else {
                    in.remove(instance); // it has left since
                }
            }
        }
        return letIn;
    }
}
