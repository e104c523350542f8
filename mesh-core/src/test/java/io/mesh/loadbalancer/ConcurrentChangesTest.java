package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.CONSISTENT_HASH;
import static io.mesh.model.LoadBalancerStrategy.LEAST_CONNECTIONS;
import static io.mesh.model.LoadBalancerStrategy.ROUND_ROBIN;
import static io.mesh.model.LoadBalancerStrategy.WEIGHTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.ServiceInstance;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConcurrentChangesTest {

    private static final int IDS = 20;
    private static final int PICKERS = 16;
    private static final int PICKS = 250_000;
    private static final int CHANGES = 2_500;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Even: the instance may not be picked; odd: it may. Goes up with every change of that. */
    private final AtomicIntegerArray allowed = new AtomicIntegerArray(IDS);

    private final Queue<Endpoint> made = new ConcurrentLinkedQueue<>();
    private final ServiceInstance[] present = new ServiceInstance[IDS]; // this and healthy: only the changer
    private final boolean[] healthy = new boolean[IDS];
    private int removals;

    @AfterEach
    void endThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void picksNeverReturnAnInstanceThatWasOutOfTheListAllTheTime(LoadBalancerStrategy strategy) throws Exception {
        LoadBalancer balancer = Fleet.builder(strategy, List.of())
                .failurePenalty(Duration.ofMillis(20))
                .availability(endpoint -> {
                    made.add(endpoint);
                    return new SwitchedAvailability();
                })
                .build();
        AtomicBoolean changing = new AtomicBoolean(true);
        CountDownLatch start = new CountDownLatch(PICKERS);
        List<Future<Integer>> pickers = new ArrayList<>();
        for (int i = 0; i < PICKERS; i++) {
            int seed = i;
            pickers.add(threads.submit(() -> {
                start.countDown();
                return pick(balancer, new SplittableRandom(seed), changing);
            }));
        }
        start.await();
        Future<?> refresher = threads.submit(() -> {
            while (changing.get()) {
                balancer.refresh();
            }
        });

        changeAtRandom(balancer, strategy == CONSISTENT_HASH ? CHANGES / 50 : CHANGES); // a table each
        changing.set(false);

        refresher.get();
        int picks = 0;
        for (Future<Integer> picker : pickers) {
            picks += picker.get();
        }
        assertThat(picks).isGreaterThanOrEqualTo(PICKS);
        assertThat(made).allSatisfy(endpoint -> assertThat(endpoint.inFlight()).isZero());
        assertThat(made).allSatisfy(endpoint -> assertThat(removalsOf(endpoint)).isLessThanOrEqualTo(1));
        assertThat(made.stream().mapToInt(ConcurrentChangesTest::removalsOf).sum())
                .isEqualTo(removals);
        assertThat(balancer.endpoints()).allSatisfy(endpoint -> {
            int id = Integer.parseInt(endpoint.id());
            assertThat(removalsOf(endpoint)).isZero();
            assertThat(endpoint.instance()).isEqualTo(present[id]);
            assertThat(endpoint.isHealthy()).isEqualTo(healthy[id]);
        });
    }

    private int pick(LoadBalancer balancer, SplittableRandom random, AtomicBoolean changing) {
        int picks = 0;
        int[] before = new int[IDS];
        while (changing.get() || picks < PICKS / PICKERS) {
            for (int id = 0; id < IDS; id++) {
                before[id] = allowed.get(id);
            }
            try {
                Lease lease = balancer.acquire();
                int id = Integer.parseInt(lease.endpoint().id());
                int after = allowed.get(id);
                assertThat(after % 2 == 1 || after != before[id])
                        .as("instance %s was out all the time", id)
                        .isTrue();
                if (random.nextInt(4) == 0) {
                    lease.failed();
                }
                Endpoint other = balancer.pickOther(List.of(lease.endpoint()));
                if (other != null) {
                    assertThat(other).isNotSameAs(lease.endpoint());
                    other.begin();
                    other.end();
                }
                lease.close();
            } catch (NoHealthyInstanceException none) {
                assertThat(none.known()).isEqualTo(none.unhealthy() + none.ejected() + none.drained());
            }
            picks++;
        }
        return picks;
    }

    private void changeAtRandom(LoadBalancer balancer, int changes) {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < changes; i++) {
            int id = random.nextInt(IDS);
            if (present[id] == null) {
                ServiceInstance instance = Fleet.instance(String.valueOf(id), random.nextInt(4));
                change(id, instance, true, () -> balancer.add(instance));
                continue;
            }
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    removals++;
                    change(id, null, false, () -> assertThat(balancer.remove(String.valueOf(id)))
                            .isTrue());
                }
                case 2 -> {
                    ServiceInstance drained = present[id].withWeight(0);
                    change(id, drained, healthy[id], () -> balancer.drain(String.valueOf(id)));
                }
                case 3 -> {
                    boolean mark = random.nextBoolean();
                    change(id, present[id], mark, () -> balancer.mark(String.valueOf(id), mark));
                }
                case 4 -> {
                    ServiceInstance weighted = present[id].withWeight(random.nextInt(100));
                    change(id, weighted, healthy[id], () -> balancer.setWeight(String.valueOf(id), weighted.weight()));
                }
                default -> {
                    removals++;
                    change(id, null, false, () -> balancer.replace(allBut(id)));
                }
            }
        }
    }

    /** Makes a change; an instance counts as allowed from before it comes in until after it is out. */
    private void change(int id, ServiceInstance instance, boolean mark, Runnable change) {
        boolean was = present[id] != null && present[id].weight() > 0 && healthy[id];
        boolean will = instance != null && instance.weight() > 0 && mark;
        if (!was && will) {
            allowed.incrementAndGet(id);
        }
        change.run();
        if (was && !will) {
            allowed.incrementAndGet(id);
        }
        present[id] = instance;
        healthy[id] = mark;
    }

    private List<ServiceInstance> allBut(int id) {
        List<ServiceInstance> others = new ArrayList<>();
        for (int i = 0; i < IDS; i++) {
            if (i != id && present[i] != null) {
                others.add(present[i]);
            }
        }
        return others;
    }

    private static int removalsOf(Endpoint endpoint) {
        return ((SwitchedAvailability) endpoint.availability()).removals.get();
    }

    @Test
    void aChangeOfTheWholeListIsSeenWholeOrNotAtAll() throws Exception {
        LoadBalancer balancer = LoadBalancer.of("orders", WEIGHTED, Fleet.weighted(1, 0));
        AtomicBoolean swapping = new AtomicBoolean(true);
        CountDownLatch started = new CountDownLatch(2);
        Callable<Boolean> picker = () -> {
            started.countDown();
            boolean always = true;
            while (swapping.get()) {
                always &= balancer.pick() != null;
            }
            return always;
        };
        Future<Boolean> first = threads.submit(picker);
        Future<Boolean> second = threads.submit(picker);
        started.await();

        for (int i = 0; i < 5_000; i++) {
            balancer.replace(i % 2 == 0 ? Fleet.weighted(0, 1) : Fleet.weighted(1, 0));
        }
        swapping.set(false);

        assertThat(first.get()).isTrue();
        assertThat(second.get()).isTrue();
    }

    @Test
    void changesOfSeveralThreadsAreAllKept() throws Exception {
        LoadBalancer balancer = LoadBalancer.of("orders", ROUND_ROBIN, List.of());
        List<Future<?>> changers = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int thread = t;
            changers.add(threads.submit(() -> {
                for (int i = 0; i < 100; i++) {
                    String id = thread + "-" + i;
                    balancer.add(Fleet.instance(id));
                    balancer.setWeight(id, i + 1);
                    balancer.mark(id, i % 2 == 0);
                }
            }));
        }
        for (Future<?> changer : changers) {
            changer.get();
        }

        assertThat(balancer.endpoints()).hasSize(800).allSatisfy(endpoint -> {
            int i = Integer.parseInt(endpoint.id().substring(2));
            assertThat(endpoint.weight()).isEqualTo(i + 1);
            assertThat(endpoint.isHealthy()).isEqualTo(i % 2 == 0);
        });
        assertThat(balancer.eligible()).isEqualTo(400);
    }

    @Test
    void endpointsShowTheLastOfSeveralChangesMadeAtOnce() throws Exception {
        int rounds = 1_000;
        LoadBalancer balancer = LoadBalancer.of("orders", ROUND_ROBIN, Fleet.ofSize(300));
        CyclicBarrier together = new CyclicBarrier(3);
        List<Future<?>> changers = new ArrayList<>();
        for (String id : List.of("0", "299")) {
            changers.add(threads.submit(() -> {
                for (int i = 1; i <= rounds; i++) {
                    together.await();
                    balancer.setWeight(id, i);
                    together.await();
                }
                return null;
            }));
        }
        Endpoint first = balancer.endpoint("0");
        Endpoint last = balancer.endpoint("299");

        for (int i = 1; i <= rounds; i++) {
            together.await();
            together.await();
            assertThat(first.weight()).isEqualTo(i);
            assertThat(last.weight()).isEqualTo(i);
        }
        for (Future<?> changer : changers) {
            changer.get();
        }
    }

    /** The change has asked the availability of {@code a} before, and would swap the list after the refresh. */
    @Test
    void aRefreshIsNotLostToAChangeThatAskedEarlier() {
        RefreshingAvailability fickle = new RefreshingAvailability();
        LoadBalancer balancer = Fleet.builder(ROUND_ROBIN, Fleet.of("a", "b"))
                .availability(endpoint -> endpoint.id().equals("a") ? fickle : Availability.ALWAYS)
                .build();
        fickle.whenAskedOnce = balancer::refresh;

        balancer.setWeight("b", 2);

        assertThat(Fleet.picks(balancer, 4)).isEqualTo("b b b b");
    }

    /** Not free, but once it answers as if it were, and is asked again by a refresh before that answer is used. */
    private static final class RefreshingAvailability implements Availability {

        private Runnable whenAskedOnce;

        @Override
        public boolean isFree() {
            if (whenAskedOnce == null) {
                return false;
            }
            Runnable refresh = whenAskedOnce;
            whenAskedOnce = null;
            refresh.run();
            return true;
        }

        @Override
        public boolean isTrialDue(long now) {
            return false;
        }

        @Override
        public boolean isPickable(long now) {
            return false;
        }

        @Override
        public void removed() {}
    }

    @Test
    void anAvailabilityThatChangesWhileTheListDoesIsNotForgotten() throws Exception {
        for (int round = 0; round < 300; round++) {
            LoadBalancer balancer = Fleet.builder(LEAST_CONNECTIONS, Fleet.of("a", "b", "c"))
                    .availability(endpoint -> new SwitchedAvailability())
                    .build();
            CountDownLatch start = new CountDownLatch(1);
            Future<?> changer = threads.submit(() -> {
                start.await();
                for (int i = 1; i <= 50; i++) {
                    balancer.setWeight("b", i);
                }
                return null;
            });
            Future<?> ejector = threads.submit(() -> {
                start.await();
                for (int i = 0; i <= 20; i++) {
                    SwitchedAvailability.of(balancer, "a").free = i % 2 == 1;
                    balancer.refresh();
                }
                return null;
            });
            start.countDown();
            changer.get();
            ejector.get();

            assertThat(Fleet.counts(balancer, 20)).doesNotContainKey("a");
        }
    }

    @Test
    void tenThousandInstancesAreReplacedWhilePicksRun() throws Exception {
        LoadBalancer balancer = LoadBalancer.of("orders", WEIGHTED, List.of(Fleet.instance("0")));
        AtomicBoolean picking = new AtomicBoolean(true);
        Future<?> picker = threads.submit(() -> {
            while (picking.get()) {
                balancer.acquire().close();
            }
        });
        ThreadMXBean threadTime = ManagementFactory.getThreadMXBean();
        long best = Long.MAX_VALUE;

        for (int round = 1; round <= 6; round++) {
            int weights = round;
            List<ServiceInstance> instances = Fleet.ofSize(10_000).stream()
                    .map(instance -> instance.withWeight(1 + Integer.parseInt(instance.id()) * weights % 1_009))
                    .toList();
            long begin = threadTime.getCurrentThreadCpuTime(); // not the clock's: others may have the processor
            balancer.replace(instances);
            best = Math.min(best, threadTime.getCurrentThreadCpuTime() - begin);
        }
        picking.set(false);
        picker.get();

        assertThat(balancer.endpoints()).hasSize(10_000);
        assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(20));
    }
}
