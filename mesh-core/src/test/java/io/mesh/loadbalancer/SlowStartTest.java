package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.mesh.model.CallOptions;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SlowStartConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SlowStartTest {

    private static final SlowStartConfig TEN_SECONDS = SlowStartConfig.of(Duration.ofSeconds(10));
    private static final int PICKS = 40_000;

    private final ManualClock clock = new ManualClock();

    private LoadBalancer balancer(
            LoadBalancerStrategy strategy, SlowStartConfig slowStart, ServiceInstance... instances) {
        return LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(strategy)
                        .slowStart(slowStart)
                        .build())
                .instances(List.of(instances))
                .ticker(clock)
                .random(new Random(7))
                .build();
    }

    /** Of its even share. */
    private static double share(LoadBalancer balancer, String id, int instances) {
        Map<String, Long> counts = Fleet.counts(balancer, PICKS);
        return counts.getOrDefault(id, 0L) * instances / (double) PICKS;
    }

    @ParameterizedTest
    @EnumSource(
            value = LoadBalancerStrategy.class,
            names = {"ROUND_ROBIN", "RANDOM", "WEIGHTED", "POWER_OF_TWO", "LEAST_CONNECTIONS"})
    void aNewInstanceTakesATenthThenHalfThenAllOfItsShare(LoadBalancerStrategy strategy) {
        LoadBalancer balancer = balancer(strategy, TEN_SECONDS, Fleet.instance("a"), Fleet.instance("b"));
        balancer.add(Fleet.instance("c"));

        assertThat(share(balancer, "c", 3)).isCloseTo(0.1, offset(0.03));
        clock.advance(Duration.ofSeconds(5));
        assertThat(share(balancer, "c", 3)).isCloseTo(0.5, offset(0.05));
        clock.advance(Duration.ofSeconds(5));
        assertThat(share(balancer, "c", 3)).isCloseTo(1.0, offset(0.06));
    }

    @Test
    void whatANewInstanceDoesNotTakeIsSharedByTheOthers() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, TEN_SECONDS, Fleet.instance("a"), Fleet.instance("b"));
        balancer.add(Fleet.instance("c"));

        Map<String, Long> counts = Fleet.counts(balancer, PICKS);

        assertThat(counts.get("a")).isCloseTo(counts.get("b"), offset(PICKS / 100L));
    }

    @Test
    void anotherThatComesDoesNotBeginTheFirstAnew() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, TEN_SECONDS, Fleet.instance("a"), Fleet.instance("b"));
        balancer.add(Fleet.instance("c"));
        clock.advance(Duration.ofSeconds(5));

        balancer.add(Fleet.instance("d"));

        Map<String, Long> counts = Fleet.counts(balancer, PICKS);
        assertThat(counts.get("c") * 4.0 / PICKS).isCloseTo(0.5, offset(0.05));
        assertThat(counts.get("d") * 4.0 / PICKS).isCloseTo(0.1, offset(0.03));
        clock.advance(Duration.ofSeconds(5));
        assertThat(share(balancer, "c", 4)).isGreaterThan(0.95);
    }

    @Test
    void aLightInstanceIsNotRoundedToNothing() {
        LoadBalancer balancer = balancer(
                LoadBalancerStrategy.WEIGHTED,
                SlowStartConfig.of(Duration.ofSeconds(10)),
                Fleet.instance("a", 3),
                Fleet.instance("b", 3));
        balancer.add(Fleet.instance("c", 1));

        assertThat(Fleet.counts(balancer, PICKS).get("c")).isCloseTo(PICKS / 70L, offset(PICKS / 350L));
    }

    @Test
    void theFirstListAndOneThatReplacesAllHaveTheirFullShareAtOnce() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, TEN_SECONDS, Fleet.instance("a"), Fleet.instance("b"));
        assertThat(share(balancer, "a", 2)).isEqualTo(1);

        balancer.replace(Fleet.of("c", "d", "e"));

        assertThat(share(balancer, "d", 3)).isCloseTo(1.0, offset(0.05));
    }

    @Test
    void anInstanceThatIsHealthyOrNoLongerDrainedIsNewAgain() {
        LoadBalancer balancer = balancer(
                LoadBalancerStrategy.ROUND_ROBIN,
                TEN_SECONDS,
                Fleet.instance("a"),
                Fleet.instance("b"),
                Fleet.instance("c"));
        balancer.mark("b", false);
        balancer.drain("c");
        clock.advance(Duration.ofMinutes(1));

        balancer.mark("b", true);
        assertThat(share(balancer, "b", 2)).isCloseTo(0.1, offset(0.03));
        clock.advance(Duration.ofSeconds(10));
        balancer.setWeight("c", 1);
        assertThat(share(balancer, "c", 3)).isCloseTo(0.1, offset(0.03));
        assertThat(share(balancer, "b", 3)).isGreaterThan(1);
    }

    /** As at the end of a rolling deployment: the last of the old would take nine tenths of all calls. */
    @Test
    void theFewThatAreNotNewTakeAtMostTwiceTheirShare() {
        LoadBalancer balancer = balancer(LoadBalancerStrategy.ROUND_ROBIN, TEN_SECONDS, Fleet.instance("old"));
        Fleet.ofSize(9).forEach(balancer::add);

        assertThat(share(balancer, "old", 10)).isBetween(1.5, 2.0);
        clock.advance(Duration.ofSeconds(5));
        assertThat(share(balancer, "old", 10)).isBetween(1.4, 1.6);
    }

    /** Those who are not new stand together at the head of the list, so whoever looks for the next finds the first. */
    @ParameterizedTest
    @EnumSource(
            value = LoadBalancerStrategy.class,
            names = {"WEIGHTED", "POWER_OF_TWO", "PEAK_EWMA", "LEAST_CONNECTIONS", "CONSISTENT_HASH"})
    void whatManyNewOnesDoNotTakeIsSharedByAllTheOthers(LoadBalancerStrategy strategy) {
        assertThat(mostOfAnyAmongManyNew(strategy)).isLessThan(150); // 76 on average
    }

    @ParameterizedTest
    @EnumSource(
            value = LoadBalancerStrategy.class,
            names = {"ROUND_ROBIN", "RANDOM"})
    void whatManyNewOnesDoNotTakeIsSharedByAllTheOthersWithoutWeightsToo(LoadBalancerStrategy strategy) {
        assertThat(mostOfAnyAmongManyNew(strategy)).isLessThan(150);
    }

    private long mostOfAnyAmongManyNew(LoadBalancerStrategy strategy) {
        LoadBalancer balancer =
                balancer(strategy, TEN_SECONDS, Fleet.ofSize(100).toArray(new ServiceInstance[0]));
        balancer.replace(Fleet.ofSize(1_000));
        return Collections.max(Fleet.counts(balancer, PICKS).values());
    }

    @Test
    void aShareMayGrowQuicklyAtFirst() {
        LoadBalancer balancer = balancer(
                LoadBalancerStrategy.ROUND_ROBIN,
                new SlowStartConfig(Duration.ofSeconds(10), 1, 2.0),
                Fleet.instance("a"),
                Fleet.instance("b"));
        balancer.add(Fleet.instance("c"));
        clock.advance(Duration.ofMillis(2_500));

        assertThat(share(balancer, "c", 3)).isCloseTo(0.5, offset(0.05)); // the root of a quarter
    }

    @Test
    void aRetryGoesToANewInstanceAsToAnyOther() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.LEAST_CONNECTIONS, TEN_SECONDS, Fleet.instance("a"), Fleet.instance("b"));
        balancer.remove("b");
        balancer.add(Fleet.instance("c"));
        Endpoint tried = balancer.endpoint("a");
        assertThat(tried).isNotNull();

        for (int i = 0; i < 100; i++) {
            assertThat(balancer.pickOther(CallOptions.defaults(), List.of(tried)))
                    .isSameAs(balancer.endpoint("c"));
        }
    }

    @Test
    void switchedOnAndOffWhilePicksRun() {
        LoadBalancer balancer =
                balancer(LoadBalancerStrategy.ROUND_ROBIN, TEN_SECONDS, Fleet.instance("a"), Fleet.instance("b"));
        balancer.add(Fleet.instance("c"));
        LoadBalancerConfig on = balancer.config();
        LoadBalancerConfig off = on.toBuilder().slowStart(null).build();

        balancer.reconfigure(off, Duration.ZERO);
        assertThat(share(balancer, "c", 3)).isCloseTo(1.0, offset(0.001));
        balancer.reconfigure(on, Duration.ZERO);
        assertThat(share(balancer, "c", 3)).isCloseTo(1.0, offset(0.001)); // it is not new any more
    }

    @Test
    void noClockIsReadOnceNobodyIsNew() {
        AtomicLong readings = new AtomicLong();
        LoadBalancer balancer = LoadBalancer.builder("orders")
                .config(LoadBalancerConfig.builder()
                        .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                        .slowStart(TEN_SECONDS)
                        .build())
                .instances(Fleet.of("a", "b"))
                .ticker(() -> {
                    readings.incrementAndGet();
                    return clock.now();
                })
                .build();
        balancer.add(Fleet.instance("c"));
        clock.advance(Duration.ofSeconds(10));
        balancer.select();
        long before = readings.get();

        Fleet.counts(balancer, 1_000);

        assertThat(readings).hasValue(before);
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> SlowStartConfig.of(Duration.ZERO))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("window must be longer than 0, but is PT0S");
        assertThatThrownBy(() -> new SlowStartConfig(Duration.ofSeconds(1), 0, 1))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("minPercent must be between 1 and 100, but is 0");
        assertThatThrownBy(() -> new SlowStartConfig(Duration.ofSeconds(1), 10, Double.NaN))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("aggression must be above 0, and at most 100, but is NaN");
    }
}
