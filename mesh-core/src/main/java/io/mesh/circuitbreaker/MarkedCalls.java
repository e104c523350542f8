package io.mesh.circuitbreaker;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Where in the row of all calls the marked ones stand: those that failed, or those that were slow. Only they need a place,
 * since a call that is not marked can only lower their share; so a call that goes well writes nothing here.
 *
 * <ol>
 * <li>The i-th mark stands in slot i mod size, as the position of its call, from 1; 0 is empty.
 * <li>A slot only grows: a writer that was held up puts no older position over a newer one.
 * <li>A mark not written yet reads as an older one, which can only make a share look too low; its writer looks again
 *     after it has written.
 * </ol>
 */
final class MarkedCalls {

    private final AtomicLongArray positions;
    private final AtomicLong marks = new AtomicLong();

    MarkedCalls(int size) {
        this.positions = new AtomicLongArray(size);
    }

    /** The newest marks of another. */
    MarkedCalls(int size, MarkedCalls from) {
        this(size);
        long made = from.marks.get();
        long kept = Math.min(made, Math.min(size, from.positions.length()));
        for (long i = made - kept; i < made; i++) {
            mark(from.positions.get(slot(i, from.positions.length())));
        }
    }

    int size() {
        return positions.length();
    }

    /** How many marks there ever were. */
    long count() {
        return marks.get();
    }

    void mark(long position) {
        long number = marks.getAndIncrement();
        positions.accumulateAndGet(slot(number, positions.length()), position, Math::max);
    }

    /** The position of a mark, by its number from 0; a newer one's if its place has been taken meanwhile. */
    long position(long number) {
        return positions.get(slot(number, positions.length()));
    }

    /** How many of the newest marks stand behind one position, and not behind another. Looks at all slots. */
    long countBetween(long behind, long last) {
        long count = 0;
        for (int i = 0; i < positions.length(); i++) {
            long position = positions.get(i);
            if (position > behind && position <= last) {
                count++;
            }
        }
        return count;
    }

    private static int slot(long number, int size) {
        return (int) (number % size);
    }
}
