package io.mesh.lab;

import java.time.Duration;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Calls that come whether or not earlier ones have been answered, as those of many independent users do, and what became of
 * them. A latency counts from the moment a call was due.
 */
final class Load {

    private final Simulation simulation;
    private final Client client;
    private final String name;
    private long mostNanos = Long.MAX_VALUE;
    private final PerSecond offered = new PerSecond();
    private final PerSecond succeeded = new PerSecond(); // by when the call began
    private long[] latencies = new long[1024];
    private int ended;

    Load(Simulation simulation, Client client) {
        this(simulation, client, "arrivals");
    }

    /** One load of several, each with its own chance. */
    Load(Simulation simulation, Client client, String name) {
        this.simulation = simulation;
        this.client = client;
        this.name = name;
    }

    /** Counts only what is answered within a time as a success; to be set before anything is called. */
    Load within(Duration time) {
        mostNanos = time.toNanos();
        return this;
    }

    /** Calls at random moments, so many a second on average, until a time since the start. */
    Load poisson(double perSecond, double untilSeconds) {
        next(simulation.random(name), perSecond, untilSeconds);
        return this;
    }

    private void next(RandomGenerator random, double perSecond, double untilSeconds) {
        double wait = Chance.exponential(random, 1 / perSecond);
        if (simulation.seconds() + wait < untilSeconds) {
            simulation.schedule(
                    () -> {
                        next(random, perSecond, untilSeconds);
                        call();
                    },
                    Simulation.nanos(wait));
        }
    }

    /** Calls at even distances until a time since the start. */
    Load even(double perSecond, double untilSeconds) {
        simulation.every(Duration.ofNanos(Simulation.nanos(1 / perSecond)), untilSeconds, this::call);
        return this;
    }

    private void call() {
        long start = simulation.elapsed();
        double startSeconds = simulation.seconds();
        offered.add(startSeconds);
        client.call().whenComplete((answer, failure) -> {
            long nanos = simulation.elapsed() - start;
            if (failure == null && nanos <= mostNanos) {
                succeeded.add(startSeconds);
            }
            record(nanos);
        });
    }

    private void record(long nanos) {
        if (ended == latencies.length) {
            latencies = Arrays.copyOf(latencies, 2 * ended);
        }
        latencies[ended++] = nanos;
    }

    PerSecond offered() {
        return offered;
    }

    PerSecond succeeded() {
        return succeeded;
    }

    long calls() {
        return offered.total();
    }

    /** The share of the calls that succeeded. */
    double success() {
        return (double) succeeded.total() / calls();
    }

    /** The share of the calls of a second that succeeded. */
    double successIn(int second) {
        return successBetween(second, second + 1);
    }

    /** The share that succeeded of the calls from the beginning of one second to that of another. */
    double successBetween(int from, int to) {
        return (double) succeeded.between(from, to) / offered.between(from, to);
    }

    /** The time within which a share of the calls had ended, well or not, in seconds. */
    double percentile(double share) {
        long[] sorted = Arrays.copyOf(latencies, ended);
        Arrays.sort(sorted);
        int index = (int) Math.ceil(share * sorted.length) - 1;
        return sorted[Math.max(0, index)] / 1e9;
    }
}
