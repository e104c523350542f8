package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.ROUND_ROBIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who receives calls when few are healthy, or nothing is known of them. */
class PanicTest {

    /** What checks say of one endpoint. */
    private static final class Checked implements Availability {

        private boolean healthy = true;
        private boolean unproven;

        @Override
        public boolean isFree() {
            return true;
        }

        @Override
        public boolean isTrialDue(long now) {
            return false;
        }

        @Override
        public boolean isPickable(long now) {
            return true;
        }

        @Override
        public boolean isHealthy() {
            return healthy;
        }

        @Override
        public boolean isUnproven() {
            return unproven;
        }

        @Override
        public void removed() {}
    }

    private final Map<String, Checked> checked = new HashMap<>();
    private final List<Boolean> panics = new ArrayList<>();

    private LoadBalancer balancer(int panicThreshold, List<ServiceInstance> instances) {
        return LoadBalancer.builder("orders")
                .config(config(panicThreshold))
                .instances(instances)
                .availability(endpoint -> checked.computeIfAbsent(endpoint.id(), id -> new Checked()))
                .panicChanged(balancer -> panics.add(balancer.isInPanic()))
                .build();
    }

    private static LoadBalancerConfig config(int panicThreshold) {
        return LoadBalancerConfig.builder()
                .strategy(ROUND_ROBIN)
                .panicThreshold(panicThreshold)
                .build();
    }

    private static void mark(LoadBalancer balancer, boolean healthy, int from, int to) {
        for (int i = from; i < to; i++) {
            balancer.mark(String.valueOf(i), healthy);
        }
    }

    @Test
    void fewerHealthyThanTheThresholdArePanicAndAllReceiveTheSame() {
        LoadBalancer balancer = balancer(50, Fleet.ofSize(10));
        mark(balancer, false, 0, 5);
        assertThat(balancer.isInPanic()).isFalse();
        assertThat(Fleet.counts(balancer, 50)).containsOnlyKeys("5", "6", "7", "8", "9");

        balancer.mark("5", false); // 40 % are healthy

        assertThat(balancer.isInPanic()).isTrue();
        assertThat(Fleet.counts(balancer, 100)).hasSize(10).containsValue(10L);
        assertThat(balancer.eligible()).isEqualTo(10);
        assertThat(balancer.eligibleEndpoints()).hasSize(10);

        balancer.mark("5", true);
        assertThat(balancer.isInPanic()).isFalse();
        assertThat(panics).containsExactly(true, false);
    }

    @Test
    void withoutAThresholdAllUnhealthyIsAnErrorThatNamesTheCountsAndEndsWithoutARestart() {
        LoadBalancer balancer = balancer(0, Fleet.ofSize(3));
        mark(balancer, false, 0, 3);

        assertThatThrownBy(balancer::select)
                .isInstanceOf(NoHealthyInstanceException.class)
                .hasMessage("Service 'orders' has no instance to call: 3 known, 3 unhealthy, 0 ejected, 0 drained.");
        balancer.mark("1", true);

        assertThat(balancer.select().id()).isEqualTo("1");
        assertThat(panics).isEmpty();
    }

    @Test
    void inAPanicAllAreCalledButTheDrained() {
        LoadBalancer balancer = balancer(1, Fleet.ofSize(4));
        balancer.drain("0");
        mark(balancer, false, 0, 4);

        assertThat(Fleet.counts(balancer, 30)).isEqualTo(Map.of("1", 10L, "2", 10L, "3", 10L));
    }

    @Test
    void theDrainedDoNotCountInTheShare() {
        LoadBalancer balancer = balancer(50, Fleet.ofSize(4));
        balancer.drain("0");
        balancer.drain("1");
        balancer.mark("2", false);

        assertThat(balancer.isInPanic()).isFalse();
    }

    @Test
    void anotherThresholdHoldsAtOnce() {
        LoadBalancer balancer = balancer(0, Fleet.ofSize(3));
        mark(balancer, false, 0, 2);

        balancer.reconfigure(config(50), Duration.ZERO);
        assertThat(Fleet.counts(balancer, 30)).hasSize(3);
        balancer.reconfigure(config(0), Duration.ZERO);

        assertThat(Fleet.counts(balancer, 30)).containsOnlyKeys("2");
        assertThat(panics).containsExactly(true, false);
    }

    @Test
    void aMarkAndACheckMustAgree() {
        LoadBalancer balancer = balancer(0, Fleet.ofSize(3));
        checked.get("0").healthy = false;
        balancer.mark("1", false);
        balancer.refresh();
        assertThat(Fleet.counts(balancer, 10)).containsOnlyKeys("2");
        assertThat(balancer.instances()).extracting(ServiceInstance::healthy).containsExactly(false, false, true);
        assertThat(balancer.endpoint("0").isHealthy()).isFalse();

        balancer.mark("0", true); // a check is not overruled
        checked.get("1").healthy = true; // nor a mark

        assertThat(Fleet.counts(balancer, 10)).containsOnlyKeys("2");
    }

    @Test
    void theUnprovenReceiveCallsOnlyWhileNobodyElseIsHealthy() {
        LoadBalancer balancer = balancer(0, Fleet.ofSize(3));
        checked.values().forEach(each -> each.unproven = true);
        balancer.refresh();
        assertThat(Fleet.counts(balancer, 30)).hasSize(3);

        checked.get("0").unproven = false;
        balancer.refresh();
        assertThat(Fleet.counts(balancer, 30)).containsOnlyKeys("0");
        assertThat(balancer.eligible()).isOne();

        balancer.mark("0", false);
        assertThat(Fleet.counts(balancer, 30)).containsOnlyKeys("1", "2");
    }

    @Test
    void theUnprovenAreNoReasonForAPanic() {
        LoadBalancer balancer = balancer(50, Fleet.ofSize(3));
        checked.get("1").unproven = true;
        checked.get("2").unproven = true;
        balancer.refresh();

        assertThat(balancer.isInPanic()).isFalse();
        assertThat(Fleet.counts(balancer, 10)).containsOnlyKeys("0");
    }
}
