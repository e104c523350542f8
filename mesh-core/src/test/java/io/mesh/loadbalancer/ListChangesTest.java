package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.LEAST_CONNECTIONS;
import static io.mesh.model.LoadBalancerStrategy.ROUND_ROBIN;
import static io.mesh.model.LoadBalancerStrategy.WEIGHTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ListChangesTest {

    private final List<SwitchedAvailability> made = new ArrayList<>();
    private final LoadBalancer balancer = Fleet.builder(ROUND_ROBIN, Fleet.of("a", "b", "c"))
            .random(() -> 0L)
            .availability(endpoint -> {
                SwitchedAvailability availability = new SwitchedAvailability();
                made.add(availability);
                return availability;
            })
            .build();

    @Test
    void anInstanceThatIsAddedIsPicked() {
        balancer.add(Fleet.instance("d"));

        assertThat(Fleet.picks(balancer, 4)).isEqualTo("a b c d");
    }

    @Test
    void anInstanceThatIsRemovedIsNotPicked() {
        boolean removed = balancer.remove("b");

        assertThat(removed).isTrue();
        assertThat(Fleet.picks(balancer, 4)).isEqualTo("a c a c");
        assertThat(balancer.remove("b")).isFalse();
        assertThat(balancer.endpoint("b")).isNull();
    }

    @Test
    void addingAKnownIdReplacesItsDataAndKeepsItsState() {
        Endpoint b = balancer.endpoint("b");
        b.begin();
        balancer.mark("b", false);
        ServiceInstance moved = ServiceInstance.of("b", "elsewhere", 9090);

        balancer.add(moved);

        assertThat(balancer.endpoints()).extracting(Endpoint::id).containsExactly("a", "b", "c");
        assertThat(balancer.endpoint("b")).isSameAs(b);
        assertThat(b.instance()).isSameAs(moved);
        assertThat(b.inFlight()).isEqualTo(1);
        assertThat(b.isHealthy()).isFalse();
    }

    @Test
    void stateIsKeptByIdWhenTheListIsReplaced() {
        Endpoint b = balancer.endpoint("b");
        Availability availability = b.availability();
        b.begin();
        balancer.mark("b", false);

        balancer.replace(List.of(Fleet.instance("d"), Fleet.instance("b", 7)));

        assertThat(balancer.endpoints()).extracting(Endpoint::id).containsExactly("d", "b");
        assertThat(balancer.endpoint("b")).isSameAs(b);
        assertThat(b.availability()).isSameAs(availability);
        assertThat(b.inFlight()).isEqualTo(1);
        assertThat(b.weight()).isEqualTo(7);
        assertThat(b.isHealthy()).isFalse();
    }

    @Test
    void replacingTheListByAnEqualOneChangesNothing() {
        List<ServiceInstance> equal = Fleet.of("a", "b", "c");
        List<Endpoint> before = balancer.endpoints();

        balancer.replace(equal);

        assertThat(balancer.endpoints()).isEqualTo(before);
        assertThat(made).hasSize(3);
        assertThat(balancer.select()).isNotSameAs(equal.get(0));
    }

    @Test
    void aNewIdStartsWithTheHealthItWasConfiguredWithAndAKnownOneKeepsItsMark() {
        balancer.replace(List.of(
                Fleet.instance("a").withHealthy(false), Fleet.instance("d").withHealthy(false)));

        assertThat(balancer.endpoint("a").isHealthy()).isTrue();
        assertThat(balancer.endpoint("d").isHealthy()).isFalse();
        assertThat(Fleet.picks(balancer, 2)).isEqualTo("a a");
    }

    @Test
    void callsInFlightEndOnTheEndpointTheyBeganOnAndAReAddedIdStartsAnew() {
        Endpoint old = balancer.endpoint("b");
        for (int i = 0; i < 5; i++) {
            old.begin();
        }

        balancer.remove("b");
        balancer.add(Fleet.instance("b"));
        Endpoint fresh = balancer.endpoint("b");
        fresh.begin();
        for (int i = 0; i < 5; i++) {
            old.end();
        }

        assertThat(fresh).isNotSameAs(old);
        assertThat(old.inFlight()).isZero();
        assertThat(fresh.inFlight()).isEqualTo(1);
    }

    @Test
    void theAvailabilityOfAnInstanceThatLeftIsToldOnce() {
        balancer.replace(Fleet.of("b", "d"));
        balancer.remove("d");
        balancer.mark("b", false);
        balancer.refresh();

        assertThat(made).extracting(a -> a.removals.get()).containsExactly(1, 0, 1, 1);
    }

    @Test
    void theAvailabilityOfAnInstanceThatComesIsToldOnce() {
        balancer.add(Fleet.instance("d"));
        balancer.replace(Fleet.of("d", "b", "e"));
        balancer.mark("b", false);
        balancer.refresh();

        assertThat(made).hasSize(5).allSatisfy(a -> assertThat(a.additions).hasValue(1));
    }

    @Test
    void nothingIsLeftOfListsThatComeAndGo() {
        for (int i = 0; i < 10_000; i++) {
            balancer.replace(List.of());
            balancer.replace(Fleet.of("a"));
        }
        balancer.replace(List.of());

        assertThat(made).hasSize(10_003).allSatisfy(a -> assertThat(a.removals.get())
                .isEqualTo(1));
        assertThat(balancer.endpoints()).isEmpty();
    }

    @Test
    void drainingIsTheWeightZero() {
        balancer.drain("a");
        String drained = Fleet.picks(balancer, 2);
        balancer.setWeight("a", 1);

        assertThat(drained).doesNotContain("a");
        assertThat(Fleet.counts(balancer, 3)).containsKey("a");
    }

    @Test
    void anInstanceThatIsDrainedShowsIt() {
        balancer.drain("a");

        assertThat(balancer.endpoint("a").isDrained()).isTrue();
        assertThat(balancer.instances().get(0).weight()).isZero();
    }

    @Test
    void readingsAreThoseOfTheMoment() {
        balancer.endpoint("b").begin();
        balancer.mark("c", false);
        balancer.setWeight("a", 4);

        List<ServiceInstance> readings = balancer.instances();

        assertThat(readings).extracting(ServiceInstance::connections).containsExactly(0, 1, 0);
        assertThat(readings).extracting(ServiceInstance::healthy).containsExactly(true, true, false);
        assertThat(readings).extracting(ServiceInstance::weight).containsExactly(4, 1, 1);
    }

    @Test
    void connectionsAsInputAreDropped() {
        balancer.add(Fleet.instance("d").withConnections(5));

        assertThat(balancer.endpoint("d").inFlight()).isZero();
    }

    @Test
    void rolesThatAreSwappedInOneChangeLeaveNoGap() {
        LoadBalancer pair = LoadBalancer.of("orders", WEIGHTED, Fleet.weighted(1, 0));

        pair.replace(Fleet.weighted(0, 1));

        assertThat(Fleet.picks(pair, 2)).isEqualTo("b b");
    }

    @Test
    void anUnknownIdIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> balancer.drain("x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Service 'orders' has no instance 'x', but 'a', 'b', 'c'.");
        assertThatThrownBy(() -> balancer.mark("x", true)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> balancer.setWeight("x", 1)).isInstanceOf(IllegalArgumentException.class);
        balancer.replace(List.of());
        assertThatThrownBy(() -> balancer.drain("x"))
                .hasMessage("Service 'orders' has no instance 'x', but none at all.");
    }

    @Test
    void twoInstancesOfOneIdAreRefusedAndNothingIsChanged() {
        assertThatThrownBy(() -> balancer.replace(Fleet.of("d", "e", "d")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("instances must have an id of its own each, but is twice 'd'");

        assertThat(balancer.endpoints()).extracting(Endpoint::id).containsExactly("a", "b", "c");
        assertThatThrownBy(() -> LoadBalancer.of("orders", ROUND_ROBIN, Fleet.of("a", "a")))
                .isInstanceOf(InvalidSettingException.class);
    }

    @Test
    void badArgumentsAreRefused() {
        assertThatThrownBy(() -> LoadBalancer.builder(" ").build()).isInstanceOf(InvalidSettingException.class);
        assertThatThrownBy(() -> balancer.setWeight("a", -1)).isInstanceOf(InvalidSettingException.class);
        assertThatThrownBy(() -> balancer.reconfigure(LoadBalancerConfig.defaults(), Duration.ofSeconds(-1)))
                .isInstanceOf(InvalidSettingException.class);
        assertThat(balancer.config().strategy()).isEqualTo(ROUND_ROBIN);
    }

    @ParameterizedTest
    @EnumSource
    void countsSurviveAChangeOfStrategy(LoadBalancerStrategy strategy) {
        Lease lease = balancer.acquire();

        balancer.reconfigure(Fleet.config(strategy), Duration.ofSeconds(1));

        assertThat(balancer.config().strategy()).isEqualTo(strategy);
        assertThat(lease.endpoint().inFlight()).isEqualTo(1);
        assertThat(balancer.endpoint(lease.instance().id())).isSameAs(lease.endpoint());
        lease.close();
        assertThat(lease.endpoint().inFlight()).isZero();
    }

    @Test
    void theNewStrategyPicksByTheCountsThereAre() {
        balancer.endpoint("a").begin();
        balancer.endpoint("c").begin();

        balancer.reconfigure(Fleet.config(LEAST_CONNECTIONS), Duration.ofSeconds(1));

        assertThat(Fleet.picks(balancer, 2)).isEqualTo("b b");
    }

    @Test
    void otherSettingsDoNotMoveThePosition() {
        Fleet.picks(balancer, 1);

        balancer.reconfigure(
                LoadBalancerConfig.builder()
                        .strategy(ROUND_ROBIN)
                        .maxEjectionPercent(20)
                        .build(),
                Duration.ofSeconds(1));

        assertThat(Fleet.picks(balancer, 3)).isEqualTo("b c a");
        assertThat(balancer.config().maxEjectionPercent()).isEqualTo(20);
    }

    @Test
    void everyStrategyLeavesOutWhomItIsAskedTo() {
        for (LoadBalancerStrategy strategy : LoadBalancerStrategy.values()) {
            LoadBalancer some = LoadBalancer.of("orders", strategy, Fleet.weighted(1, 2, 3));
            List<Endpoint> all = some.endpoints();

            assertThat(some.pickOther(all)).isNull();
            assertThat(some.pickOther(all.subList(0, 2))).isSameAs(all.get(2));
            assertThat(some.pickOther(List.of())).isNotNull();
            assertThat(Fleet.count(() -> some.pickOther(all.subList(0, 1)).id(), 100))
                    .doesNotContainKey("a");
        }
    }
}
