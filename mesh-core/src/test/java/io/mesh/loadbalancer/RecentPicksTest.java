package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.ApertureConfig;
import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.PassedOver;
import io.mesh.model.PickExplanation;
import io.mesh.model.PickExplanation.Choice;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SlowStartConfig;
import io.mesh.model.SubsetConfig;
import io.mesh.model.ZoneConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecentPicksTest {

    private final ManualClock clock = new ManualClock();

    private LoadBalancer.Builder builder(LoadBalancerConfig.Builder config, List<ServiceInstance> fleet) {
        return LoadBalancer.builder("orders")
                .config(config.build())
                .instances(fleet)
                .ticker(clock)
                .random(new Random(1));
    }

    private static LoadBalancerConfig.Builder roundRobin() {
        return LoadBalancerConfig.builder().strategy(LoadBalancerStrategy.ROUND_ROBIN);
    }

    private static ServiceInstance instance(String id, Map<String, String> metadata) {
        return ServiceInstance.of(id, "10.0.0.1", 8080).withMetadata(metadata);
    }

    private static PickExplanation last(LoadBalancer balancer) {
        return balancer.recentPicks().get(0);
    }

    @Test
    void theFirstQuestionBeginsTheRecordAndTheNewestPickComesFirst() {
        LoadBalancer balancer = builder(roundRobin(), Fleet.of("a", "b")).build();
        balancer.select();
        assertThat(balancer.recentPicks()).isEmpty();
        String first = balancer.select().id();
        clock.advance(Duration.ofSeconds(2));
        String second = balancer.select().id();
        clock.advance(Duration.ofSeconds(3));

        assertThat(balancer.recentPicks())
                .containsExactly(
                        new PickExplanation(Duration.ofSeconds(3), second, Choice.STRATEGY, 2, Map.of(), 0),
                        new PickExplanation(Duration.ofSeconds(5), first, Choice.STRATEGY, 2, Map.of(), 0));
    }

    @Test
    void theNewestTakesThePlaceOfTheOldest() {
        LoadBalancer balancer = builder(roundRobin(), Fleet.of("a", "b")).build();
        balancer.recentPicks();
        for (int i = 0; i < 200; i++) {
            balancer.select();
            clock.advance(Duration.ofMillis(1));
        }

        List<PickExplanation> picks = balancer.recentPicks();

        assertThat(picks).hasSize(64);
        assertThat(picks.get(0).age()).isEqualTo(Duration.ofMillis(1));
        assertThat(picks.get(63).age()).isEqualTo(Duration.ofMillis(64));
    }

    @ParameterizedTest
    @EnumSource(
            value = LoadBalancerStrategy.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"PEAK_EWMA"}) // which reads the clock anyway
    void aMinuteAfterTheLastQuestionPicksReadNoClockAgain(LoadBalancerStrategy strategy) {
        LoadBalancer balancer = builder(LoadBalancerConfig.builder().strategy(strategy), Fleet.of("a", "b"))
                .build();
        balancer.recentPicks();
        balancer.select();
        clock.advance(Duration.ofSeconds(59));
        assertThat(balancer.recentPicks()).hasSize(1);
        clock.advance(Duration.ofSeconds(59));
        balancer.select();
        assertThat(balancer.recentPicks()).hasSize(2);

        clock.advance(Duration.ofSeconds(60));
        balancer.select();

        EndpointList list = balancer.list();
        assertThat(list.log()).isNull();
        assertThat(list.only()).isNotNull();
        assertThat(balancer.recentPicks()).isEmpty(); // it begins anew
    }

    @Test
    void theBeginAndTheEndOfTheRecordPrepareNothing() {
        AtomicInteger prepared = new AtomicInteger();
        LoadBalancer balancer = builder(roundRobin(), Fleet.of("a", "b"))
                .pickers(config -> new Picker() {
                    @Override
                    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
                        return candidates.get(0);
                    }

                    @Override
                    public Object prepare(Candidates candidates, Candidates before) {
                        return prepared.incrementAndGet();
                    }
                })
                .build();
        balancer.recentPicks();
        balancer.select();
        assertThat(last(balancer).instance()).isEqualTo("a");
        clock.advance(Duration.ofMinutes(1));
        balancer.select();
        assertThat(balancer.list().log()).isNull();

        assertThat(prepared).hasValue(1);
    }

    @Test
    void theRecordGoesOnWhenTheListChanges() {
        LoadBalancer balancer = builder(roundRobin(), Fleet.of("a")).build();
        balancer.recentPicks();
        balancer.select();
        balancer.replace(Fleet.of("b"));
        balancer.select();

        assertThat(balancer.recentPicks()).extracting(PickExplanation::instance).containsExactly("b", "a");
    }

    @Test
    void whoIsDrainedUnhealthyOpenOrTriedIsNamed() {
        SwitchedAvailability open = new SwitchedAvailability();
        LoadBalancer balancer = builder(roundRobin(), Fleet.of("a", "b", "c", "d", "e"))
                .availability(endpoint -> endpoint.id().equals("c") ? open : Availability.ALWAYS)
                .build();
        balancer.recentPicks();
        balancer.drain("a");
        balancer.mark("b", false);
        open.free = false;
        balancer.refresh();

        balancer.pickOther(Set.of(Objects.requireNonNull(balancer.endpoint("d"))));

        assertThat(last(balancer))
                .isEqualTo(new PickExplanation(
                        Duration.ZERO,
                        "e",
                        Choice.STRATEGY,
                        2,
                        Map.of(
                                "a", PassedOver.DRAINED,
                                "b", PassedOver.UNHEALTHY,
                                "c", PassedOver.OPEN,
                                "d", PassedOver.TRIED),
                        0));
    }

    @Test
    void whatIsSaidIsHowItWasAtTheTime() {
        LoadBalancer balancer = builder(roundRobin(), Fleet.of("a", "b")).build();
        balancer.recentPicks();
        balancer.mark("a", false);
        balancer.select();
        balancer.mark("a", true);
        balancer.remove("b");

        assertThat(last(balancer).instance()).isEqualTo("b");
        assertThat(last(balancer).passedOver()).isEqualTo(Map.of("a", PassedOver.UNHEALTHY));
    }

    @Test
    void aTrialAndALastResortAreNotTheStrategysChoice() {
        SwitchedAvailability open = new SwitchedAvailability();
        LoadBalancer balancer = builder(roundRobin(), Fleet.of("a"))
                .availability(endpoint -> open)
                .build();
        balancer.recentPicks();
        open.free = false;
        balancer.refresh();

        open.pickable = false;
        balancer.pick();
        assertThat(last(balancer).choice()).isEqualTo(Choice.NONE);
        assertThat(last(balancer).passedOver()).isEqualTo(Map.of("a", PassedOver.OPEN));
        open.pickable = true;
        balancer.pick();
        assertThat(last(balancer).choice()).isEqualTo(Choice.LAST_RESORT);
        open.trialDue = true;
        balancer.pick();
        assertThat(last(balancer)).isEqualTo(new PickExplanation(Duration.ZERO, "a", Choice.TRIAL, 0, Map.of(), 0));
    }

    @Test
    void otherZonesAreNamed() {
        LoadBalancer balancer = builder(
                        roundRobin().zone(new ZoneConfig("x", 1, Map.of())),
                        List.of(
                                instance("a", Map.of("zone", "x")),
                                instance("b", Map.of("zone", "y")),
                                instance("c", Map.of())))
                .build();
        balancer.recentPicks();
        List<Endpoint> none = List.of();
        balancer.pickOther(CallOptions.defaults().withHashKey("k"), none);

        PickExplanation pick = last(balancer);

        assertThat(pick.candidates()).isEqualTo(1);
        assertThat(pick.passedOver()).hasSize(2).doesNotContainKey(Objects.requireNonNull(pick.instance()));
        assertThat(pick.passedOver().values()).containsOnly(PassedOver.OTHER_ZONE);
    }

    @Test
    void otherSubsetsAreNamed() {
        LoadBalancer balancer = builder(
                        roundRobin()
                                .subset(
                                        "canary",
                                        SubsetConfig.of("version", "2").withPercent(0)),
                        List.of(
                                instance("a", Map.of("version", "1")),
                                instance("b", Map.of("version", "1")),
                                instance("c", Map.of("version", "2"))))
                .build();
        balancer.recentPicks();

        balancer.select();
        assertThat(last(balancer).passedOver()).isEqualTo(Map.of("c", PassedOver.OTHER_SUBSET));
        balancer.select(CallOptions.defaults().withSubset("canary"));
        assertThat(last(balancer).passedOver())
                .isEqualTo(Map.of("a", PassedOver.OTHER_SUBSET, "b", PassedOver.OTHER_SUBSET));
    }

    @Test
    void whoIsBeyondTheApertureIsNamedUpToAHundred() {
        List<ServiceInstance> fleet = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            fleet.add(instance("i" + i, Map.of()));
        }
        LoadBalancer balancer = builder(roundRobin().aperture(new ApertureConfig(15, 0, 10)), fleet)
                .build();
        balancer.recentPicks();
        balancer.select();

        PickExplanation pick = last(balancer);

        assertThat(pick.candidates()).isEqualTo(15);
        assertThat(pick.passedOver()).hasSize(100);
        assertThat(pick.passedOver().values()).containsOnly(PassedOver.BEYOND_APERTURE);
        assertThat(pick.more()).isEqualTo(35);
    }

    @Test
    void whoIsNewAndDidNotTakeTheCallIsNamed() {
        LoadBalancer balancer = builder(
                        roundRobin().slowStart(new SlowStartConfig(Duration.ofSeconds(10), 1, 1)), Fleet.of("a"))
                .build();
        balancer.recentPicks();
        balancer.add(Fleet.of("b").get(0));

        balancer.select();
        balancer.select();

        assertThat(balancer.recentPicks()).extracting(PickExplanation::instance).containsOnly("a");
        assertThat(balancer.recentPicks())
                .extracting(PickExplanation::passedOver)
                .containsExactlyInAnyOrder(Map.of(), Map.of("b", PassedOver.SLOW_START));
    }
}
