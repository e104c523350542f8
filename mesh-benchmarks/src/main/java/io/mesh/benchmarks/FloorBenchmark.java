package io.mesh.benchmarks;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What the machine charges for the parts of a call: the units in which budgets are given. */
@State(Scope.Benchmark)
public class FloorBenchmark {

    private volatile int volatileField = 1;
    private final AtomicLong atomic = new AtomicLong();
    private final LongAdder striped = new LongAdder();
    private int bound = 100;

    /** The unit "add". */
    @Benchmark
    public long atomicAdd() {
        return atomic.getAndAdd(1);
    }

    @Benchmark
    public void stripedAdd() {
        striped.increment();
    }

    @Benchmark
    public long casLoop() {
        while (true) {
            long old = atomic.get();
            if (atomic.compareAndSet(old, old + 1)) {
                return old;
            }
        }
    }

    @Benchmark
    public long clockRead() {
        return System.nanoTime();
    }

    @Benchmark
    public int volatileRead() {
        return volatileField;
    }

    @Benchmark
    public int randomNumber() {
        return ThreadLocalRandom.current().nextInt(bound);
    }
}
