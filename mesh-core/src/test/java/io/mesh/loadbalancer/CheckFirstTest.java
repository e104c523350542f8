package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is called while some have passed their first check, and others that came with them have not. */
class CheckFirstTest {

    /** What checks and a breaker say of one endpoint. */
    private static final class Checked implements Availability {

        private boolean unproven;
        private boolean early;
        private boolean free = true;

        @Override
        public boolean isFree() {
            return free;
        }

        @Override
        public boolean isTrialDue(long now) {
            return false;
        }

        @Override
        public boolean isPickable(long now) {
            return free;
        }

        @Override
        public boolean isUnproven() {
            return unproven;
        }

        @Override
        public boolean isEarly() {
            return early;
        }

        @Override
        public void removed() {}
    }

    /** How an instance comes to receive no calls, other than by its checks. */
    private enum Leaving {
        DRAINED,
        MARKED,
        REMOVED
    }

    private final Map<String, Checked> checked = new HashMap<>();
    private LoadBalancer balancer;

    /** Two old ones, one of the new that has passed, two of which nothing is known. */
    @BeforeEach
    void start() {
        balancer = balancer(0);
    }

    private LoadBalancer balancer(int panicThreshold) {
        checked.clear();
        LoadBalancer made = LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                        .panicThreshold(panicThreshold)
                        .build())
                .instances(Fleet.of("old1", "old2", "a", "b", "c"))
                .availability(endpoint -> checked.computeIfAbsent(endpoint.id(), id -> new Checked()))
                .build();
        for (String id : Set.of("a", "b", "c")) {
            checked.get(id).unproven = true;
        }
        checked.get("a").early = true;
        made.refresh();
        return made;
    }

    private void leave(String id, Leaving how) {
        switch (how) {
            case DRAINED -> balancer.drain(id);
            case MARKED -> balancer.mark(id, false);
            case REMOVED -> balancer.remove(id);
        }
    }

    private Set<String> called() {
        return Fleet.counts(balancer, 30).keySet();
    }

    @Test
    void theEarlyAreCalledBesideTheHealthy() {
        assertThat(called()).containsExactlyInAnyOrder("old1", "old2", "a");
        assertThat(balancer.eligible()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void theEarlyAreNeverCalledAlone(Leaving leaving) {
        leave("old1", leaving);
        assertThat(called()).containsExactlyInAnyOrder("old2", "a");

        leave("old2", leaving);

        assertThat(called()).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void whenOthersAreBackTheUnprovenWaitAgain() {
        balancer.drain("old1");
        balancer.drain("old2");

        balancer.setWeight("old1", 1);

        assertThat(called()).containsExactlyInAnyOrder("old1", "a");
    }

    @Test
    void whileAllOthersAreEjectedAllOfTheNewAreCalled() {
        checked.get("old1").free = false;
        balancer.refresh();
        assertThat(called()).containsExactlyInAnyOrder("old2", "a");

        checked.get("old2").free = false;
        balancer.refresh();
        assertThat(called()).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(balancer.eligible()).isEqualTo(5);

        checked.get("old2").free = true;
        balancer.refresh();
        assertThat(called()).containsExactlyInAnyOrder("old2", "a");
    }

    @Test
    void inAPanicTheUnhealthyAreOthersToo() {
        balancer = balancer(50);
        balancer.mark("old1", false);
        balancer.mark("old2", false); // one of three is healthy

        assertThat(balancer.isInPanic()).isTrue();
        assertThat(called()).containsExactlyInAnyOrder("old1", "old2", "a");
    }

    @Test
    void inAPanicInWhichTheUnhealthyAreEjectedTooAllOfTheNewAreCalled() {
        balancer = balancer(50);
        for (String id : Set.of("old1", "old2")) {
            balancer.mark(id, false);
            checked.get(id).free = false;
        }
        balancer.refresh();

        assertThat(balancer.isInPanic()).isTrue();
        assertThat(called()).containsExactlyInAnyOrder("a", "b", "c");
    }
}
