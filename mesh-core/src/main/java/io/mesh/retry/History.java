package io.mesh.retry;

import io.mesh.model.MeshException;
import io.mesh.model.RetriesExhaustedException;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The failures of the earlier attempts of one call, which the last failure takes along as suppressed ones.
 *
 * <ol>
 * <li>At most ten are kept, the first five and the last five, each object once.
 * <li>None is added that the last failure reaches already, or that reaches the last failure: no object twice,
 *     no cycle.
 * <li>If the last failure was thrown by an earlier attempt, too, it is an object shared between calls, and
 *     nothing is added to it. Nor to one that carries many suppressed ones already: it would grow for ever.
 * <li>Whatever goes wrong here, the caller gets the failure of the call.
 * </ol>
 */
final class History {

    /** How many notes were left in this process. Tells those of the attempt just made from older ones. */
    private static final AtomicLong NOTES = new AtomicLong();

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final int KEPT_AT_EACH_END = 5;
    private static final int MOST_SUPPRESSED = 32;
    private static final int DEEPEST = 50;

    private final List<Throwable> first = new ArrayList<>(KEPT_AT_EACH_END);
    private final Deque<Throwable> last = new ArrayDeque<>(KEPT_AT_EACH_END);

    void add(Throwable failure) {
        if (contains(failure)) {
            return;
        }
        if (first.size() < KEPT_AT_EACH_END) {
            first.add(failure);
            return;
        }
        if (last.size() == KEPT_AT_EACH_END) {
            last.removeFirst();
        }
        last.addLast(failure);
    }

    private boolean contains(Throwable failure) {
        return first.stream().anyMatch(f -> f == failure) || last.stream().anyMatch(f -> f == failure);
    }

    /** Adds what is kept, and then the note, to the failure that the caller gets. */
    void attachTo(Throwable failure, MeshException note) {
        try {
            if (contains(failure) || failure.getSuppressed().length >= MOST_SUPPRESSED) {
                return;
            }
            Set<Throwable> reached = identitySet();
            collect(failure, reached, 0);
            first.forEach(earlier -> attach(earlier, failure, reached));
            last.forEach(earlier -> attach(earlier, failure, reached));
            failure.addSuppressed(note);
        } catch (Throwable fault) {
            LOG.log(Level.DEBUG, () -> "No history on a failure of " + failure.getClass(), fault);
        }
    }

    private static void attach(Throwable earlier, Throwable failure, Set<Throwable> reached) {
        if (reached.contains(earlier)) {
            return;
        }
        Set<Throwable> fromEarlier = identitySet();
        collect(earlier, fromEarlier, 0);
        if (!fromEarlier.contains(failure)) {
            failure.addSuppressed(earlier);
            reached.addAll(fromEarlier);
        }
    }

    private static void collect(@Nullable Throwable from, Set<Throwable> reached, int depth) {
        if (from == null || depth > DEEPEST || !reached.add(from)) {
            return;
        }
        collect(from.getCause(), reached, depth + 1);
        for (Throwable suppressed : from.getSuppressed()) {
            collect(suppressed, reached, depth + 1);
        }
    }

    private static Set<Throwable> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    /** What {@link #hasNoteSince} takes to look at later notes only. */
    static long mark() {
        return NOTES.get();
    }

    static RetriesExhaustedException note(String policy, int attempts, String reason) {
        return new RetriesExhaustedException(policy, attempts, reason, NOTES.incrementAndGet());
    }

    /**
     * Whether a retry policy nearer to the work has given up on a failure, on it or on one of its causes. Notes
     * left before the mark are of other calls that ended with the same object.
     */
    static boolean hasNoteSince(long mark, Throwable failure) {
        try {
            Throwable cause = failure;
            for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
                for (Throwable suppressed : cause.getSuppressed()) {
                    if (suppressed instanceof RetriesExhaustedException note && note.number() > mark) {
                        return true;
                    }
                }
                cause = cause.getCause();
            }
            return false;
        } catch (Throwable fault) {
            LOG.log(Level.DEBUG, () -> "No note read from a failure of " + failure.getClass(), fault);
            return false;
        }
    }
}
