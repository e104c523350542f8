package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.CallOptions;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a strategy of the user's own is told and may rely on. */
class OwnStrategyTest {

    private final ManualClock clock = new ManualClock();
    private final AtomicLong readings = new AtomicLong();
    private final List<String> heard = new ArrayList<>();

    /** The last of the list; keeps what it hears. */
    private class Last implements Picker {

        private final boolean measures;
        private final List<Integer> prepared = new ArrayList<>();

        Last(boolean measures) {
            this.measures = measures;
        }

        @Override
        public Endpoint pick(Candidates candidates, CallOptions options, long now) {
            assertThat(now != Endpoint.UNTIMED).isEqualTo(measures);
            assertThat(candidates.prepared()).isEqualTo(candidates.size());
            int last = candidates.size() - 1;
            assertThat(candidates.weight(last)).isEqualTo(candidates.get(last).weight());
            assertThat(((Heard) candidates.observer(last)).id)
                    .isEqualTo(candidates.get(last).id());
            if (options.hashKey() != null) {
                heard.add("key " + options.hashKey());
            }
            return candidates.get(last);
        }

        @Override
        public boolean measuresLatency() {
            return measures;
        }

        @Override
        public boolean countsFailures() {
            return false;
        }

        @Override
        public @Nullable CallObserver observe(Endpoint endpoint) {
            return new Heard(endpoint.id());
        }

        @Override
        public Object prepare(Candidates candidates, Candidates before) {
            prepared.add(before.size());
            return candidates.size();
        }
    }

    private class Heard implements CallObserver {

        private final String id;

        Heard(String id) {
            this.id = id;
        }

        @Override
        public void started() {
            heard.add(id + " started");
        }

        @Override
        public void ended(CallOutcome outcome, long latencyNanos, long now) {
            heard.add(id + " " + outcome + " " + latencyNanos);
        }
    }

    private long countedNow() {
        readings.incrementAndGet();
        return clock.now();
    }

    private LoadBalancer balancer(Picker picker) {
        return LoadBalancer.builder("orders")
                .instances(Fleet.of("a", "b"))
                .ticker(this::countedNow)
                .pickers(config -> picker)
                .build();
    }

    @Test
    void itPicksAndHearsHowEachCallWentAndHowLongItTook() {
        LoadBalancer balancer = balancer(new Last(true));

        Lease fine = balancer.acquire();
        clock.advance(Duration.ofNanos(30));
        Lease bad = balancer.acquire(CallOptions.defaults().withHashKey("k"));
        clock.advance(Duration.ofNanos(5));
        bad.failed();
        bad.close();
        fine.close();
        fine.close();

        assertThat(fine.instance().id()).isEqualTo("b");
        assertThat(heard).containsExactly("b started", "key k", "b started", "b FAILURE 5", "b SUCCESS 35");
    }

    @Test
    void noClockIsReadIfItDoesNotAskHowLongCallsTake() {
        LoadBalancer balancer = balancer(new Last(false));
        readings.set(0);

        Lease lease = balancer.acquire();
        lease.failed();
        lease.close();

        assertThat(heard).containsExactly("b started", "b FAILURE -1");
        assertThat(readings).hasValue(0);
    }

    @Test
    void whatItKeepsOfAnInstanceSurvivesReplacementAndGoesWithIt() {
        LoadBalancer balancer = balancer(new Last(false));
        CallObserver before = balancer.candidates().observer(1);

        balancer.replace(List.of(Fleet.instance("c"), Fleet.instance("b", 3)));
        assertThat(balancer.candidates().observer(1)).isSameAs(before);
        assertThat(balancer.candidates().observer(0)).isNotNull();
        balancer.mark("b", false);
        balancer.mark("b", true);
        assertThat(balancer.candidates().observer(1)).isSameAs(before);

        balancer.remove("b");
        balancer.add(Fleet.instance("b"));
        assertThat(balancer.candidates().observer(1)).isNotSameAs(before);
    }

    @Test
    void itPreparesEachListOnceAndIsShownTheOneBefore() {
        Last picker = new Last(false);
        LoadBalancer balancer = balancer(picker);

        balancer.add(Fleet.instance("c"));
        balancer.drain("a");
        balancer.select();
        balancer.select();

        assertThat(picker.prepared).containsExactly(0, 2, 3);
    }

    @Test
    void aPickThatMustBeAnotherOneIsDrawnAgainAndThenTakenFromTheList() {
        LoadBalancer balancer = balancer(new Last(false));

        assertThat(balancer.pickOther(List.of(balancer.endpoint("a"))).id()).isEqualTo("b");
        assertThat(balancer.pickOther(List.of(balancer.endpoint("b"))).id()).isEqualTo("a");
        assertThat(balancer.pickOther(balancer.endpoints())).isNull();
    }

    @Test
    void itMayBeSwitchedToAndAwayFromWhileCallsRun() {
        Last own = new Last(true);
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .config(Fleet.config(LoadBalancerStrategy.ROUND_ROBIN))
                .instances(Fleet.of("a", "b"))
                .ticker(clock)
                .pickers(config -> config.customStrategy() == null ? null : own)
                .build();
        Lease before = balancer.acquire();
        String id = before.instance().id();

        balancer.reconfigure(LoadBalancerConfig.builder().customStrategy("last").build(), Duration.ofSeconds(1));
        before.close();
        assertThat(heard).containsExactly(id + " SUCCESS -1");
        Lease across = balancer.acquire();
        balancer.reconfigure(Fleet.config(LoadBalancerStrategy.RANDOM), Duration.ofSeconds(1));
        across.close();

        assertThat(heard).containsExactly(id + " SUCCESS -1", "b started");
        assertThat(balancer.endpoints())
                .allSatisfy(e -> assertThat(e.inFlight()).isZero());
    }

    @Test
    void whatItThrowsComesOutOfThePick() {
        LoadBalancer balancer = balancer((candidates, options, now) -> {
            throw new UnsupportedOperationException("mine");
        });

        assertThatThrownBy(balancer::select).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void whatItThrowsWhenItHearsOfACallHarmsNoCall() {
        LoadBalancer balancer = balancer(new Last(false) {
            @Override
            public CallObserver observe(Endpoint endpoint) {
                return new Heard(endpoint.id()) {
                    @Override
                    public void started() {
                        throw new IllegalStateException("started");
                    }

                    @Override
                    public void ended(CallOutcome outcome, long latencyNanos, long now) {
                        throw new IllegalStateException("ended");
                    }
                };
            }
        });

        Lease lease = balancer.acquire();
        assertThat(lease.endpoint().inFlight()).isEqualTo(1);
        lease.close();

        assertThat(lease.endpoint().inFlight()).isZero();
    }

    @Test
    void aNameThatNobodyKnowsIsRefused() {
        assertThatThrownBy(() -> LoadBalancer.builder("orders")
                        .config(LoadBalancerConfig.builder()
                                .customStrategy("by-zone")
                                .build())
                        .build())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("customStrategy must be one that the pickers of the load balancer know, but is 'by-zone'");
    }
}
