package io.mesh.limit;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long some calls took that began after one moment, under one limit.
 *
 * <p>Whoever takes the last place has filled it. Those that took a place before may not have written yet; the median
 * is that of those who have.
 */
final class Window {

    private static final int FEWEST = 10;
    private static final int MOST = 50;

    /** So that the first window is not measured, and a probe follows. */
    private static final long NOT_MEASURED = Long.MAX_VALUE;

    private final int limit;
    private final int size;
    private final long since;
    private final long unloaded;
    private final long measuredAt;
    private final boolean probe;
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicLongArray latencies;
    private volatile boolean used;

    private Window(int limit, int size, long since, long unloaded, long measuredAt, boolean probe) {
        this.limit = limit;
        this.size = size;
        this.since = since;
        this.unloaded = unloaded;
        this.measuredAt = measuredAt;
        this.probe = probe;
        this.latencies = new AtomicLongArray(Math.max(FEWEST, Math.min(MOST, limit)));
    }

    static Window first(int limit, long now) {
        return new Window(limit, limit, now, NOT_MEASURED, now, false);
    }

    /** The same again: what was seen says nothing. */
    Window again(long now) {
        return new Window(size, size, now, unloaded, measuredAt, false);
    }

    /** The latency without load is known anew. A probe is over. */
    Window measured(long latency, long now) {
        return new Window(size, size, now, latency, now, false);
    }

    Window probe(int lower, long now) {
        return new Window(lower, size, now, unloaded, measuredAt, true);
    }

    Window sized(int newLimit, long latencyWithoutLoad, long now) {
        return new Window(newLimit, newLimit, now, latencyWithoutLoad, measuredAt, false);
    }

    int limit() {
        return limit;
    }

    /** The limit before and after the probe; otherwise the limit. */
    int size() {
        return size;
    }

    long since() {
        return since;
    }

    long unloaded() {
        return unloaded;
    }

    boolean isMeasured() {
        return unloaded != NOT_MEASURED;
    }

    long measuredAt() {
        return measuredAt;
    }

    boolean isProbe() {
        return probe;
    }

    /** Says that more than half of the limit was in use. */
    void use() {
        if (!used) {
            used = true;
        }
    }

    boolean isUsed() {
        return used;
    }

    /** True if this call has filled the window. */
    boolean add(long latency) {
        if (taken.get() >= latencies.length()) {
            return false;
        }
        int place = taken.getAndIncrement();
        if (place >= latencies.length()) {
            return false;
        }
        latencies.set(place, Math.max(1, latency));
        return place == latencies.length() - 1;
    }

    long median() {
        long[] sorted = new long[latencies.length()];
        int written = 0;
        for (int i = 0; i < sorted.length; i++) {
            long latency = latencies.get(i);
            if (latency > 0) {
                sorted[written++] = latency;
            }
        }
        Arrays.sort(sorted, 0, written);
        return sorted[written / 2];
    }
}
