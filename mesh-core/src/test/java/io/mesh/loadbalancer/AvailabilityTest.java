package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.LEAST_CONNECTIONS;
import static io.mesh.model.LoadBalancerStrategy.ROUND_ROBIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.ServiceInstance;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AvailabilityTest {

    private final LoadBalancer balancer = balancerOf(ROUND_ROBIN);

    private static LoadBalancer balancerOf(LoadBalancerStrategy strategy) {
        return Fleet.builder(strategy, Fleet.of("a", "b", "c"))
                .availability(endpoint -> new SwitchedAvailability())
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void anEndpointThatIsNotFreeGetsNothing(LoadBalancerStrategy strategy) {
        LoadBalancer some = balancerOf(strategy);
        eject(some, "b");

        assertThat(Fleet.counts(some, 100)).containsOnlyKeys("a", "c");
        assertThat(some.pickOther(List.of(some.endpoint("a")))).isSameAs(some.endpoint("c"));
        assertThat(some.pickOther(List.of(some.endpoint("a"), some.endpoint("c"))))
                .isNull();
    }

    @Test
    void anEndpointThatIsFreeAgainIsServedAgain() {
        eject(balancer, "b").free = true;
        balancer.refresh();

        assertThat(Fleet.counts(balancer, 30)).isEqualTo(Map.of("a", 10L, "b", 10L, "c", 10L));
    }

    @ParameterizedTest
    @EnumSource
    void aDueTrialIsPickedBeforeTheStrategyIsAsked(LoadBalancerStrategy strategy) {
        LoadBalancer some = balancerOf(strategy);
        eject(some, "b").trialDue = true;
        some.endpoint("b").begin();

        assertThat(some.pick()).isSameAs(some.endpoint("b"));
        assertThat(some.pickOther(List.of(some.endpoint("a")))).isSameAs(some.endpoint("b"));
        assertThat(some.pickOther(List.of(some.endpoint("b")))).isNotSameAs(some.endpoint("b"));
    }

    @Test
    void severalDueTrialsTakeTurns() {
        eject(balancer, "b").trialDue = true;
        eject(balancer, "c").trialDue = true;

        assertThat(Fleet.counts(balancer, 10)).isEqualTo(Map.of("b", 5L, "c", 5L));
    }

    @Test
    void aTrialBeginsWithoutThePenaltyOfTheFailuresBeforeIt() {
        LoadBalancer some = balancerOf(LEAST_CONNECTIONS);
        Endpoint b = some.endpoint("b");
        b.failed();
        SwitchedAvailability availability = eject(some, "b");
        availability.trialDue = true;

        some.pick();

        availability.free = true;
        some.refresh();
        assertThat(Fleet.counts(some, 9)).containsKey("b");
    }

    @Test
    void aPickableEndpointIsPickedOnlyIfNoFreeOneIsLeft() {
        eject(balancer, "b").pickable = true;
        Endpoint a = balancer.endpoint("a");
        Endpoint c = balancer.endpoint("c");

        assertThat(Fleet.counts(balancer, 10)).containsOnlyKeys("a", "c");
        assertThat(balancer.pickOther(List.of(a, c))).isSameAs(balancer.endpoint("b"));
        eject(balancer, "a");
        eject(balancer, "c");
        assertThat(Fleet.picks(balancer, 2)).isEqualTo("b b");
    }

    @Test
    void severalPickableEndpointsTakeTurns() {
        for (String id : List.of("a", "b", "c")) {
            eject(balancer, id).pickable = true;
        }

        assertThat(Fleet.counts(balancer, 9)).isEqualTo(Map.of("a", 3L, "b", 3L, "c", 3L));
    }

    @Test
    void drainedAndUnhealthyEndpointsGetNoTrial() {
        eject(balancer, "a").trialDue = true;
        eject(balancer, "b").pickable = true;
        balancer.drain("a");
        balancer.mark("b", false);
        eject(balancer, "c");

        assertThat(balancer.pick()).isNull();
        assertThat(balancer.pickOther(List.of(balancer.endpoint("c")))).isNull();
    }

    @Test
    void theRejectionSaysHowManyInstancesThereAreAndWhyNoneIsLeft() {
        balancer.add(Fleet.instance("d"));
        eject(balancer, "a");
        balancer.mark("b", false);
        balancer.mark("c", false);
        balancer.drain("c");
        balancer.drain("d");

        assertThatThrownBy(balancer::select)
                .isInstanceOf(NoHealthyInstanceException.class)
                .hasMessage("Service 'orders' has no instance to call: 4 known, 1 unhealthy, 1 ejected, 2 drained.")
                .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
    }

    @Test
    void theRejectionWalksTheStackIfAskedTo() {
        LoadBalancer traced =
                Fleet.builder(ROUND_ROBIN, List.of()).stackTraces(true).build();

        assertThat(traced.noInstance(CallOptions.defaults()).getStackTrace()).isNotEmpty();
    }

    @Test
    void ifAllAreDrainedTheRejectionSaysSo() {
        LoadBalancer drained = LoadBalancer.of("orders", LoadBalancerStrategy.WEIGHTED, Fleet.weighted(0, 0, 0));

        assertThatThrownBy(drained::select).hasMessageContaining("3 known, 0 unhealthy, 0 ejected, 3 drained");
    }

    @Test
    void instancesMarkedUnhealthyAreRefusedAtOnceAndComeBackWithoutARestart() {
        for (String id : List.of("a", "b", "c")) {
            balancer.mark(id, false);
        }
        assertThatThrownBy(balancer::select).hasMessageContaining("3 known, 3 unhealthy");

        balancer.mark("b", true);

        assertThat(Fleet.picks(balancer, 2)).isEqualTo("b b");
    }

    @Test
    void eligibleAreThoseNeitherDrainedNorMarkedWhateverTheirAvailability() {
        eject(balancer, "a");
        assertThat(balancer.eligible()).isEqualTo(3);

        balancer.mark("b", false);
        balancer.drain("c");

        assertThat(balancer.eligible()).isEqualTo(1);
    }

    private static SwitchedAvailability eject(LoadBalancer balancer, String id) {
        SwitchedAvailability availability = SwitchedAvailability.of(balancer, id);
        availability.free = false;
        balancer.refresh();
        return availability;
    }

    /** So few are left that draws in vain must not be the end of it. */
    @ParameterizedTest
    @EnumSource(LoadBalancerStrategy.class)
    void theOnlyOneOfAThousandThatIsLeftIsFound(LoadBalancerStrategy strategy) {
        LoadBalancer balancer = Fleet.builder(strategy, Fleet.ofSize(1_000))
                .random(new Random(1))
                .build();
        Set<Endpoint> tried = new HashSet<>(balancer.endpoints());
        Endpoint left = balancer.endpoint("617");
        tried.remove(left);

        assertThat(balancer.pickOther(tried)).isSameAs(left);
    }

    /** Or each pick would look at all who are ejected. */
    @Test
    void ofVeryManyThatAreOutEachPickLooksAtSomeAndATrialIsStillFound() {
        int ejected = 1_000;
        AtomicInteger looks = new AtomicInteger();
        AtomicInteger due = new AtomicInteger(-1);
        List<ServiceInstance> fleet = new ArrayList<>();
        for (int i = 0; i <= ejected; i++) {
            fleet.add(ServiceInstance.of("i" + i, "10.0.0.1", 8080));
        }
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .instances(fleet)
                .availability(endpoint -> new SwitchedAvailability() {
                    @Override
                    public boolean isFree() {
                        return endpoint.id().equals("i" + ejected);
                    }

                    @Override
                    public boolean isTrialDue(long now) {
                        looks.incrementAndGet();
                        return endpoint.id().equals("i" + due.get());
                    }
                })
                .build();

        for (int i = 0; i < 100; i++) {
            looks.set(0);
            assertThat(balancer.select().id()).isEqualTo("i" + ejected);
            assertThat(looks.get()).isLessThanOrEqualTo(Restricted.MOST_LOOKS);
        }
        for (int trial : new int[] {0, 500, 999}) {
            due.set(trial);
            int picks = 1;
            while (!balancer.select().id().equals("i" + trial)) {
                picks++;
            }
            assertThat(picks).isLessThanOrEqualTo(ejected / Restricted.MOST_LOOKS + 2);
        }
    }
}
