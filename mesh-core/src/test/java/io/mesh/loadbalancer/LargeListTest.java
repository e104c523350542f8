package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ten thousand instances, replaced while calls pick from them. */
class LargeListTest {

    private static final int SIZE = 10_000;
    private static final int WARM_UP = 30;
    private static final int UPDATES = 100;
    private static final Duration LONGEST_UPDATE = Duration.ofMillis(20);
    private static final Duration LONGEST_PICK = Duration.ofMillis(1);

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    /** A strategy that is held up where it computes what it needs for a list. */
    private record Held(Picker strategy, CountDownLatch preparing, CountDownLatch mayEnd) implements Picker {

        @Override
        public Endpoint pick(Candidates candidates, CallOptions options, long now) {
            return strategy.pick(candidates, options, now);
        }

        @Override
        public @Nullable Endpoint pickOther(
                Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
            return strategy.pickOther(candidates, options, now, passedOver);
        }

        @Override
        public boolean measuresLatency() {
            return strategy.measuresLatency();
        }

        @Override
        public boolean countsFailures() {
            return strategy.countsFailures();
        }

        @Override
        public @Nullable CallObserver observe(Endpoint endpoint) {
            return strategy.observe(endpoint);
        }

        @Override
        public @Nullable Object prepare(Candidates candidates, Candidates before) {
            if (!before.isEmpty()) {
                preparing.countDown();
                try {
                    mayEnd.await();
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
            }
            return strategy.prepare(candidates, before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noPickWaitsForTheUpdateOfTenThousandInstances(LoadBalancerStrategy strategy) throws Exception {
        Held held = new Held(
                Pickers.of(Fleet.config(strategy), ThreadLocalRandom.current()),
                new CountDownLatch(1),
                new CountDownLatch(1));
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .instances(instances("old", 0))
                .pickers(config -> held)
                .build();

        Future<?> update = threads.submit(() -> balancer.replace(instances("new", 1)));
        held.preparing.await();
        List<String> meanwhile = pickSome(balancer);
        boolean updated = update.isDone();
        held.mayEnd.countDown();
        update.get();

        assertThat(updated).isFalse();
        assertThat(meanwhile).allSatisfy(id -> assertThat(id).startsWith("old"));
        assertThat(pickSome(balancer)).allSatisfy(id -> assertThat(id).startsWith("new"));
    }

    private static List<String> pickSome(LoadBalancer balancer) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            try (Lease lease = balancer.acquire(CallOptions.defaults().withHashKey("key " + i))) {
                ids.add(lease.instance().id());
            }
        }
        return ids;
    }

    /** Of different weights, which are others in each round. */
    private static List<ServiceInstance> instances(String name, int round) {
        List<ServiceInstance> instances = new ArrayList<>(SIZE);
        for (int i = 0; i < SIZE; i++) {
            instances.add(Fleet.instance(name + i, 1 + (i * 31 + round * 17) % 100));
        }
        return instances;
    }

    /** In each round a tenth of them are others, and all weights. */
    private static List<ServiceInstance> rolling(int round) {
        List<ServiceInstance> instances = instances("i", round);
        for (int i = 0; i < SIZE / 10; i++) {
            int place = round % 10 * SIZE / 10 + i;
            instances.set(place, Fleet.instance("r" + round + "-" + i, 1 + i % 100));
        }
        return instances;
    }

    @ParameterizedTest
    @EnumSource
    @Tag("soak") // not for its length: its figures need a machine that is not busy
    void picksAreQuickWhileTenThousandInstancesAreReplaced(LoadBalancerStrategy strategy) throws Exception {
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder().strategy(strategy).build())
                .instances(rolling(0))
                .build();
        AtomicBoolean picking = new AtomicBoolean(true);
        Future<Times> picker = threads.submit(() -> timePicks(balancer, picking));
        Times updates = new Times();
        for (int round = 1; round <= WARM_UP + UPDATES; round++) {
            List<ServiceInstance> next = rolling(round);
            long begin = System.nanoTime();
            balancer.replace(next);
            if (round > WARM_UP) {
                updates.add(System.nanoTime() - begin);
            }
            LockSupport.parkNanos(5_000_000);
        }
        picking.set(false);
        Times picks = picker.get();

        System.out.printf(
                Locale.ROOT,
                "%-18s %,11d picks: p50 %5.2f µs, p99 %5.2f µs, p99.99 %7.2f µs, max %8.1f µs;"
                        + " update: p50 %6.2f ms, max %6.2f ms%n",
                strategy,
                picks.count,
                picks.quantile(0.5) / 1e3,
                picks.quantile(0.99) / 1e3,
                picks.quantile(0.9999) / 1e3,
                picks.max / 1e3,
                updates.quantile(0.5) / 1e6,
                updates.max / 1e6);
        assertThat(Duration.ofNanos(picks.quantile(0.9999))).isLessThanOrEqualTo(LONGEST_PICK);
        assertThat(Duration.ofNanos(updates.quantile(0.5))).isLessThanOrEqualTo(LONGEST_UPDATE);
    }

    private static Times timePicks(LoadBalancer balancer, AtomicBoolean picking) {
        CallOptions[] options = new CallOptions[1_000];
        Arrays.setAll(options, i -> CallOptions.defaults().withHashKey("key " + i));
        Times times = new Times();
        for (int i = 0; picking.get(); i++) {
            long begin = System.nanoTime();
            Lease lease = balancer.acquire(options[i % options.length]);
            times.add(System.nanoTime() - begin);
            lease.close();
        }
        return times;
    }

    /** Counts of times, exact to the sixteenth part. */
    private static final class Times {

        private final long[] counts = new long[64 * 16];
        private long count;
        private long max;

        void add(long nanos) {
            counts[index(Math.max(16, nanos))]++;
            count++;
            max = Math.max(max, nanos);
        }

        private static int index(long nanos) {
            int shift = 59 - Long.numberOfLeadingZeros(nanos);
            return shift * 16 + (int) (nanos >>> shift) - 16;
        }

        /** The upper end of where this part of all times lie. */
        long quantile(double part) {
            long left = (long) Math.ceil(count * part);
            int index = 0;
            while (left > counts[index]) {
                left -= counts[index++];
            }
            int shift = index / 16;
            return Math.min(max, ((index % 16 + 17L) << shift) - 1);
        }
    }
}
