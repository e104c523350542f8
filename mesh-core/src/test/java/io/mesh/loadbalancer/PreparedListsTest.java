package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.CallOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a strategy computes for a list is computed beside the picks, and not more often than lists change. */
class PreparedListsTest {

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    /** Picks the last; what it prepares is told by the test. */
    private abstract static class Last implements Picker {

        @Override
        public Endpoint pick(Candidates candidates, CallOptions options, long now) {
            assertThat(candidates.prepared()).isEqualTo(candidates.size());
            return candidates.get(candidates.size() - 1);
        }

        @Override
        public Object prepare(Candidates candidates, Candidates before) {
            compute(candidates);
            return candidates.size();
        }

        abstract void compute(Candidates candidates);
    }

    private static LoadBalancer balancer(Picker picker) {
        return LoadBalancer.builder("orders")
                .instances(Fleet.of("a", "b"))
                .pickers(config -> picker)
                .build();
    }

    @Test
    void picksGoOnWithTheListBeforeWhileTheNextIsPrepared() throws Exception {
        CountDownLatch preparing = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        LoadBalancer balancer = balancer(new Last() {
            @Override
            void compute(Candidates candidates) {
                if (candidates.size() == 3) {
                    preparing.countDown();
                    awaitUninterrupted(mayEnd);
                }
            }
        });

        Future<?> change = threads.submit(() -> balancer.add(Fleet.instance("c")));
        preparing.await();
        String meanwhile = balancer.select().id();
        int known = balancer.instances().size();
        mayEnd.countDown();
        change.get();

        assertThat(meanwhile).isEqualTo("b");
        assertThat(known).isEqualTo(3);
        assertThat(balancer.select().id()).isEqualTo("c");
    }

    @Test
    void aListThatIsOutOfDateWhenItIsReadyIsNotShownAgain() throws Exception {
        CountDownLatch preparing = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        LoadBalancer balancer = balancer(new Last() {
            @Override
            void compute(Candidates candidates) {
                if (candidates.size() == 3) {
                    preparing.countDown();
                    awaitUninterrupted(mayEnd);
                }
            }
        });

        Future<?> slow = threads.submit(() -> balancer.add(Fleet.instance("c")));
        preparing.await();
        balancer.add(Fleet.instance("d"));
        mayEnd.countDown();
        slow.get();

        assertThat(balancer.select().id()).isEqualTo("d");
    }

    @Test
    void howeverManyChangeAtOnceAListIsPreparedAtMostOnceForEachChange() throws Exception {
        AtomicInteger prepared = new AtomicInteger();
        LoadBalancer balancer = balancer(new Last() {
            @Override
            void compute(Candidates candidates) {
                prepared.incrementAndGet();
            }
        });
        int before = prepared.get();
        List<Future<?>> changers = new ArrayList<>();

        for (int t = 0; t < 8; t++) {
            int thread = t;
            changers.add(threads.submit(() -> {
                for (int i = 0; i < 100; i++) {
                    String id = thread + "-" + i;
                    balancer.add(Fleet.instance(id));
                    assertThat(contains(balancer.candidates(), id)).isTrue(); // picks have it when the change returns
                }
            }));
        }
        for (Future<?> changer : changers) {
            changer.get();
        }

        assertThat(prepared.get() - before).isLessThanOrEqualTo(800);
        assertThat(balancer.candidates().size()).isEqualTo(802);
    }

    @Test
    void otherSettingsPrepareTheListOnce() {
        AtomicInteger prepared = new AtomicInteger();
        LoadBalancer balancer = balancer(new Last() {
            @Override
            void compute(Candidates candidates) {
                prepared.incrementAndGet();
            }
        });
        int before = prepared.get();

        balancer.reconfigure(
                balancer.config().toBuilder().maxEjectionPercent(20).build(), Duration.ZERO);

        assertThat(prepared.get() - before).isEqualTo(1);
        assertThat(balancer.config().maxEjectionPercent()).isEqualTo(20);
        assertThat(balancer.select().id()).isEqualTo("b");
    }

    @Test
    void ifItCannotBePreparedPicksKeepTheListBeforeAndTheChangerHearsOfIt() {
        LoadBalancer balancer = balancer(new Last() {
            @Override
            void compute(Candidates candidates) {
                if (candidates.size() == 3) {
                    throw new UnsupportedOperationException("three are too many");
                }
            }
        });

        assertThatThrownBy(() -> balancer.add(Fleet.instance("c"))).isInstanceOf(UnsupportedOperationException.class);
        assertThat(balancer.select().id()).isEqualTo("b");
        balancer.add(Fleet.instance("d"));
        assertThat(balancer.select().id()).isEqualTo("d");
    }

    private static boolean contains(Candidates candidates, String id) {
        for (int i = 0; i < candidates.size(); i++) {
            if (candidates.get(i).id().equals(id)) {
                return true;
            }
        }
        return false;
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
