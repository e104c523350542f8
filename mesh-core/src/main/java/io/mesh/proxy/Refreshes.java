package io.mesh.proxy;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When the list of a service is made anew after what is known of an instance has changed: at once, or once for a whole
 * round of changes. A list of thousands takes milliseconds, and a round may change hundreds of them.
 *
 * <ol>
 * <li>What is asked for in a round, on its thread, is done when the round ends, however that is.
 * <li>What is asked for on any other thread is done at once: a round may take its time, since listeners hear of its
 *     changes in the midst of it.
 * <li>A round within a round is a part of it.
 * </ol>
 *
 * <p>Thread-safe.
 */
final class Refreshes {

    private final Runnable refresh;
    private final Map<Thread, Boolean> rounds = new ConcurrentHashMap<>(); // under way; whether a refresh was asked for

    /**
     * Refreshes of one list.
     *
     * @param refresh makes it anew; throws nothing
     */
    Refreshes(Runnable refresh) {
        this.refresh = refresh;
    }

    /** Something has changed. */
    void ask() {
        boolean inARound = rounds.replace(Thread.currentThread(), true) != null;
        if (!inARound) {
            refresh.run();
        }
    }

    /** Makes changes for all of which one refresh is enough. */
    void once(Runnable changes) {
        Thread thread = Thread.currentThread();
        if (rounds.putIfAbsent(thread, false) != null) {
            changes.run();
            return;
        }
        try {
            changes.run();
        } finally {
            if (Boolean.TRUE.equals(rounds.remove(thread))) {
                refresh.run();
            }
        }
    }
}
