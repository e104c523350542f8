package io.mesh.benchmarks.turns;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Lets contestants take short turns, each once a round, in an order drawn for each round: what disturbs the machine
 * for longer than a round disturbs them all.
 */
final class Rounds {

    private static final int CALLS = 500; // between two looks at the clock
    private static final long TURN = TimeUnit.MILLISECONDS.toNanos(20);

    private final List<Contestant> contestants;
    private final int threads;
    private final Random random = new Random(42);
    private int sink;

    Rounds(List<Contestant> contestants, int threads) {
        this.contestants = List.copyOf(contestants);
        this.threads = threads;
    }

    /**
     * The time of one call in nanoseconds, of each contestant (first index) in each round (second).
     *
     * @param warmUp rounds before those that count
     */
    double[][] run(int warmUp, int rounds) throws Exception {
        double[][] nanos = new double[contestants.size()][rounds];
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (int round = -warmUp; round < rounds; round++) {
                for (int turn : order()) {
                    double time = turn(executor, contestants.get(turn).call());
                    if (round >= 0) {
                        nanos[turn][round] = time;
                    }
                }
            }
        } finally {
            executor.shutdownNow();
        }
        return nanos;
    }

    /** What all calls returned together; to be looked at, so that they must be made. */
    int sink() {
        return sink;
    }

    private int[] order() {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < contestants.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    /** All threads call at once; the average of a call, as JMH's average time is. */
    private double turn(ExecutorService executor, Supplier<Integer> call) throws Exception {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Future<Share>> shares = new ArrayList<>();
        Callable<Share> share = () -> {
            start.await();
            return Share.of(call);
        };
        for (int thread = 0; thread < threads; thread++) {
            shares.add(executor.submit(share));
        }
        long calls = 0;
        long nanos = 0;
        for (Future<Share> each : shares) {
            Share made = each.get();
            calls += made.calls;
            nanos += made.nanos;
            sink += made.sum;
        }
        return (double) nanos / calls;
    }

    /** What one thread did in a turn. */
    private record Share(long calls, long nanos, int sum) {

        static Share of(Supplier<Integer> call) {
            int sum = 0;
            long calls = 0;
            long begun = System.nanoTime();
            long now = begun;
            while (now - begun < TURN) {
                for (int i = 0; i < CALLS; i++) {
                    sum += call.get();
                }
                calls += CALLS;
                now = System.nanoTime();
            }
            return new Share(calls, now - begun, sum);
        }
    }
}
