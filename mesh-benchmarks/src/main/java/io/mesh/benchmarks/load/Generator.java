package io.mesh.benchmarks.load;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Makes requests of one storefront. Latencies go into a histogram, in nanoseconds. */
final class Generator {

    private static final long HIGHEST = TimeUnit.MINUTES.toNanos(1);
    private static final int DIGITS = 3;
    private static final Duration UNTIL_CONNECTED = Duration.ofMillis(200);
    private static final String PATH = "/stock/apple";

    private final int port;

    Generator(int port) {
        this.port = port;
    }

    /** As many as the storefront can take: each connection asks again as soon as it has its answer. */
    Histogram closedLoop(int connections, Duration time) throws IOException, InterruptedException {
        Histogram latencies = new ConcurrentHistogram(HIGHEST, DIGITS);
        long until = System.nanoTime() + time.toNanos();
        onEach(connections, connection -> {
            long begun = System.nanoTime();
            while (begun - until < 0) {
                connection.exchange();
                long ended = System.nanoTime();
                latencies.recordValue(ended - begun);
                begun = ended;
            }
        });
        return latencies;
    }

    /**
     * So many a second, whatever becomes of them. A latency counts from when the request was due, not from when a
     * connection was free to make it, so that a stall shows in all requests that it holds up.
     */
    Histogram openLoop(int connections, double perSecond, Duration time) throws IOException, InterruptedException {
        Histogram latencies = new ConcurrentHistogram(HIGHEST, DIGITS);
        double interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
        long requests = (long) (time.toNanos() / interval);
        long start = System.nanoTime() + UNTIL_CONNECTED.toNanos();
        AtomicLong next = new AtomicLong();
        onEach(connections, connection -> {
            long number = next.getAndIncrement();
            while (number < requests) {
                long due = start + (long) (number * interval);
                awaitTime(due);
                connection.exchange();
                latencies.recordValue(System.nanoTime() - due);
                number = next.getAndIncrement();
            }
        });
        return latencies;
    }

    private static void awaitTime(long due) {
        long left = due - System.nanoTime();
        while (left > 0) {
            LockSupport.parkNanos(left);
            left = due - System.nanoTime();
        }
    }

    private interface Requests {
        void make(Connection connection) throws IOException;
    }

    private void onEach(int connections, Requests requests) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        List<Connection> open = new ArrayList<>();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                Connection connection = new Connection(port, PATH);
                open.add(connection);
                running.add(threads.submit(() -> {
                    requests.make(connection);
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException failure) {
            throw new IOException(failure.getCause());
        } finally {
            threads.shutdownNow();
            for (Connection connection : open) {
                connection.close();
            }
        }
    }
}
