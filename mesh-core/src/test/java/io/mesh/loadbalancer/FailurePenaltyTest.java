package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.LEAST_CONNECTIONS;
import static io.mesh.model.LoadBalancerStrategy.PEAK_EWMA;
import static io.mesh.model.LoadBalancerStrategy.POWER_OF_TWO;
import static io.mesh.model.LoadBalancerStrategy.ROUND_ROBIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FailurePenaltyTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();
    private final LoadBalancer balancer =
            Fleet.builder(LEAST_CONNECTIONS, Fleet.of("a", "b")).ticker(clock).build();

    @Test
    void aFailureCountsAsOneMoreCallInFlight() {
        fail(balancer, "a");

        assertThat(Fleet.picks(balancer, 3)).isEqualTo("b b b");
    }

    @Test
    void severalFailuresCountAsSeveralCallsInFlight() {
        fail(balancer, "a");
        fail(balancer, "a");
        balancer.endpoint("b").begin();

        assertThat(Fleet.picks(balancer, 3)).isEqualTo("b b b");
    }

    @Test
    void aFailureIsForgottenAfterThePenalty() {
        fail(balancer, "a");

        clock.advance(Duration.ofMillis(899));
        String before = Fleet.picks(balancer, 4);
        clock.advance(Duration.ofMillis(101));

        assertThat(before).isEqualTo("b b b b");
        assertThat(Fleet.counts(balancer, 4)).containsOnlyKeys("a", "b");
    }

    @Test
    void failuresOfDifferentTimesAreForgottenOneByOne() {
        fail(balancer, "a");
        clock.advance(Duration.ofMillis(500));
        fail(balancer, "a");
        balancer.endpoint("b").begin();

        String both = Fleet.picks(balancer, 2);
        clock.advance(Duration.ofMillis(500));
        int tied = Fleet.counts(balancer, 4).size();
        clock.advance(Duration.ofMillis(500));
        String none = Fleet.picks(balancer, 2);

        assertThat(both).isEqualTo("b b");
        assertThat(tied).isEqualTo(2);
        assertThat(none).isEqualTo("a a");
    }

    @Test
    void aBucketThatComesRoundAgainForgetsItsFormerFailures() {
        for (int i = 0; i < 100; i++) {
            fail(balancer, "a");
        }
        clock.advance(SECOND);
        fail(balancer, "a");
        balancer.endpoint("b").begin();
        balancer.endpoint("b").begin();

        assertThat(Fleet.picks(balancer, 2)).isEqualTo("a a");
    }

    @Test
    void failuresAreNoConnections() {
        fail(balancer, "a");

        assertThat(balancer.endpoint("a").inFlight()).isZero();
        assertThat(balancer.instances().get(0).connections()).isZero();
    }

    @Test
    void becomingDueForATrialClearsThePenalty() {
        fail(balancer, "a");
        balancer.endpoint("b").begin();
        balancer.endpoint("a").failed();

        balancer.endpoint("a").clearPenalty();

        assertThat(Fleet.picks(balancer, 2)).isEqualTo("a a");
    }

    @Test
    void noPenaltyMeansThatFailuresDoNotCount() {
        LoadBalancer unpunished = Fleet.builder(LEAST_CONNECTIONS, Fleet.of("a", "b"))
                .ticker(clock)
                .failurePenalty(Duration.ZERO)
                .build();
        fail(unpunished, "a");

        assertThat(Fleet.counts(unpunished, 4)).containsOnlyKeys("a", "b");
    }

    @Test
    void anotherPenaltyHoldsForTheFailuresToCome() {
        balancer.reconfigure(Fleet.config(LEAST_CONNECTIONS), Duration.ofSeconds(10));
        fail(balancer, "a");

        clock.advance(Duration.ofSeconds(8));

        assertThat(Fleet.picks(balancer, 3)).isEqualTo("b b b");
    }

    @Test
    void thePenaltyBeginsAgainWhenTheStrategyLooksAtCallsInFlightAgain() {
        balancer.reconfigure(Fleet.config(ROUND_ROBIN), SECOND);
        fail(balancer, "a");
        balancer.reconfigure(Fleet.config(LEAST_CONNECTIONS), SECOND);
        fail(balancer, "b");

        assertThat(Fleet.picks(balancer, 3)).isEqualTo("a a a");
    }

    @Test
    void thePenaltyMayBeAnyLength() {
        for (Duration length : List.of(Duration.ofNanos(1), Duration.ofSeconds(Long.MAX_VALUE))) {
            LoadBalancer odd = Fleet.builder(LEAST_CONNECTIONS, Fleet.of("a", "b"))
                    .ticker(clock)
                    .failurePenalty(length)
                    .build();
            fail(odd, "a");

            assertThat(Fleet.picks(odd, 2)).isEqualTo("b b");
        }
        assertThatThrownBy(() -> Fleet.builder(LEAST_CONNECTIONS, List.of())
                        .failurePenalty(Duration.ofNanos(-1))
                        .build())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("failurePenalty must be 0 or longer");
    }

    /** Ten instances answer in 167 ms, one fails in 1 ms; 1,000 calls a second. */
    @Test
    void anInstanceThatFailsFastGetsLessThanItsShare() {
        assertThat(shareOfTheFailing(LEAST_CONNECTIONS, SECOND))
                .isLessThan(0.03)
                .isGreaterThan(0);
        assertThat(shareOfTheFailing(POWER_OF_TWO, SECOND)).isLessThan(0.03).isGreaterThan(0);
        assertThat(shareOfTheFailing(PEAK_EWMA, SECOND)).isLessThan(0.01).isGreaterThan(0);
    }

    @Test
    void withoutAPenaltyAnInstanceThatFailsFastDrawsMostCallsOrTwiceItsShare() {
        assertThat(shareOfTheFailing(LEAST_CONNECTIONS, Duration.ZERO)).isGreaterThan(0.5);
        assertThat(shareOfTheFailing(POWER_OF_TWO, Duration.ZERO)).isCloseTo(2.0 / 11, offset(0.015));
        assertThat(shareOfTheFailing(PEAK_EWMA, Duration.ZERO)).isBetween(1.2 / 11, 2.2 / 11); // one at a time
    }

    private double shareOfTheFailing(LoadBalancerStrategy strategy, Duration penalty) {
        SplittableRandom random = new SplittableRandom(11);
        LoadBalancer fleet = Fleet.builder(strategy, Fleet.ofSize(11))
                .ticker(clock)
                .random(random)
                .failurePenalty(penalty)
                .build();
        Endpoint failing = fleet.endpoint("7");
        int calls = 10_000;
        int failed = 0;
        for (int i = 0; i < calls; i++) {
            clock.advance(Duration.ofNanos((long) (-Math.log(1 - random.nextDouble()) * 1_000_000)));
            Lease lease = fleet.acquire();
            boolean fails = lease.endpoint() == failing;
            if (fails) {
                failed++;
                lease.failed();
            }
            clock.schedule(lease::close, fails ? 1_000_000 : 167_000_000);
        }
        clock.advance(SECOND);
        assertThat(fleet.endpoints()).allSatisfy(e -> assertThat(e.inFlight()).isZero());
        return (double) failed / calls;
    }

    private static void fail(LoadBalancer balancer, String id) {
        Endpoint endpoint = balancer.endpoint(id);
        endpoint.begin();
        endpoint.failed();
        endpoint.end();
    }
}
