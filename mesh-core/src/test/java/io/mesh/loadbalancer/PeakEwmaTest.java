package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.LEAST_CONNECTIONS;
import static io.mesh.model.LoadBalancerStrategy.PEAK_EWMA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.assertj.core.data.Percentage.withPercentage;

import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PeakEwmaTest {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    private final ManualClock clock = new ManualClock();
    private final SplittableRandom random = new SplittableRandom(17);

    @Test
    void aPeakIsTheAverageAtOnceAndIsForgottenOverTenSeconds() {
        PeakEwma latency = new PeakEwma();
        latency.ended(CallOutcome.SUCCESS, 10 * MILLI, 0);
        assertThat(latency.average(0)).isCloseTo(10 * MILLI, withPercentage(0.01));

        latency.ended(CallOutcome.SUCCESS, 1_000 * MILLI, 0);

        assertThat(latency.average(0)).isCloseTo(1_000 * MILLI, withPercentage(0.01));
        assertThat(latency.average(10 * SECOND)).isCloseTo(1_000 * MILLI / Math.E, withPercentage(0.01));
        assertThat(latency.average(20 * SECOND)).isCloseTo(1_000 * MILLI / Math.E / Math.E, withPercentage(0.01));
    }

    @Test
    void aFasterCallLeavesThePeakToTheDecayAndIsTheAverageWhenThatHasComeDownToIt() {
        PeakEwma latency = new PeakEwma();
        latency.ended(CallOutcome.SUCCESS, 1_000 * MILLI, 0);

        latency.ended(CallOutcome.SUCCESS, 100 * MILLI, 10 * SECOND);
        assertThat(latency.average(10 * SECOND)).isCloseTo(1_000 * MILLI / Math.E, withPercentage(0.01));
        latency.ended(CallOutcome.SUCCESS, 100 * MILLI, 30 * SECOND);
        assertThat(latency.average(30 * SECOND)).isCloseTo(100 * MILLI, withPercentage(0.01));
    }

    @Test
    void aFailedOrAbandonedCallNeverLowersTheAverageAndRaisesItWhenItTookLonger() {
        for (CallOutcome outcome : List.of(CallOutcome.FAILURE, CallOutcome.ABANDONED)) {
            PeakEwma latency = new PeakEwma();
            latency.ended(CallOutcome.SUCCESS, 100 * MILLI, 0);

            latency.ended(outcome, MILLI, 0);
            assertThat(latency.average(0)).isCloseTo(100 * MILLI, withPercentage(0.01));
            latency.ended(outcome, 3 * SECOND, 0);
            assertThat(latency.average(0)).isCloseTo(3 * SECOND, withPercentage(0.01));
        }
    }

    @Test
    void aFastFailureTellsNothingOfAnInstanceThatHasNotBeenMeasured() {
        PeakEwma latency = new PeakEwma();

        latency.ended(CallOutcome.FAILURE, MILLI, 0);
        assertThat(latency.average(0)).isZero();
        latency.ended(CallOutcome.FAILURE, SECOND, 0);
        assertThat(latency.average(0)).isZero();
        latency.ended(CallOutcome.FAILURE, 2 * SECOND, 0);
        assertThat(latency.average(0)).isCloseTo(2 * SECOND, withPercentage(0.01));
    }

    @Test
    void aReadingALittleBeforeThePeakSeesThePeak() {
        PeakEwma latency = new PeakEwma();
        latency.ended(CallOutcome.SUCCESS, SECOND, 20 * SECOND);

        assertThat(latency.average(19 * SECOND)).isCloseTo(SECOND, withPercentage(0.01));
        latency.ended(CallOutcome.SUCCESS, 100 * MILLI, 19 * SECOND);
        assertThat(latency.average(20 * SECOND)).isCloseTo(SECOND, withPercentage(0.01));
    }

    @Test
    void anInstanceIdleForADayIsMeasuredAnew() {
        PeakEwma latency = new PeakEwma();
        latency.ended(CallOutcome.SUCCESS, SECOND, 0);

        assertThat(latency.average(86_400 * SECOND)).isEqualTo(1);
        latency.ended(CallOutcome.SUCCESS, 5 * MILLI, 86_400 * SECOND);
        assertThat(latency.average(86_400 * SECOND)).isCloseTo(5 * MILLI, withPercentage(0.01));
    }

    @Test
    void ofCallsThatEndAtOnceTheSlowestIsThePeak() throws Exception {
        PeakEwma latency = new PeakEwma();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int thread = t;
            threads.add(new Thread(() -> {
                for (int i = 0; i < 10_000; i++) {
                    latency.ended(CallOutcome.SUCCESS, (i * 7_919L + thread * 31L) % 9_973 + 1, i);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(latency.average(10_000)).isCloseTo(9_973, withPercentage(0.01));
    }

    @Test
    void aCallThatBeganUnderAnotherStrategyIsNotMeasured() {
        PeakEwma latency = new PeakEwma();

        latency.ended(CallOutcome.SUCCESS, CallObserver.UNKNOWN, Endpoint.UNTIMED);

        assertThat(latency.average(0)).isZero();
    }

    @Test
    void equalLatenciesAreSharedEvenly() {
        LoadBalancer balancer = balancer(Fleet.ofSize(10));

        Map<String, Integer> calls = simulate(balancer, 20_000, MILLI, instance -> 100 * MILLI);

        assertThat(calls.values()).allSatisfy(count -> assertThat(count).isCloseTo(2_000, offset(200)));
    }

    @Test
    void anInstanceTwiceAsSlowUnderConcurrencyGetsAboutHalfOfTheCallsOfTheOthers() {
        LoadBalancer balancer = balancer(Fleet.ofSize(10));

        Map<String, Integer> calls =
                simulate(balancer, 20_000, MILLI, instance -> instance.equals("3") ? 200 * MILLI : 100 * MILLI);

        double others = (20_000 - calls.get("3")) / 9.0;
        assertThat(calls.get("3") / others).isBetween(0.15, 0.65);
    }

    @Test
    void anInstanceThatNeverAnswersIsProbedOnce() {
        LoadBalancer balancer = balancer(Fleet.ofSize(5));
        simulate(balancer, 1_000, MILLI, instance -> 10 * MILLI);
        balancer.add(Fleet.instance("silent"));

        Map<String, Integer> calls =
                simulate(balancer, 5_000, MILLI, instance -> instance.equals("silent") ? Long.MAX_VALUE : 10 * MILLI);

        assertThat(calls.get("silent")).isEqualTo(1);
    }

    @Test
    void aNewInstanceDrawsNoHerdBeforeItsFirstAnswer() {
        LoadBalancer balancer = balancer(Fleet.ofSize(5));
        simulate(balancer, 2_000, MILLI, instance -> 50 * MILLI);
        balancer.add(Fleet.instance("new"));

        Map<String, Integer> calls = simulate(balancer, 300, MILLI, instance -> 500 * MILLI);

        assertThat(calls.get("new")).isEqualTo(1);
    }

    /** All of a fleet just started. */
    @Test
    void whileNoneHasBeenMeasuredThoseWithFewerCallsGoFirst() {
        LoadBalancer balancer = balancer(Fleet.of("a", "b"));
        balancer.endpoint("a").begin();
        balancer.endpoint("a").begin();
        balancer.endpoint("b").begin();

        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("b", 100L));
    }

    @Test
    void weightsDivideTheCost() {
        LoadBalancer balancer = balancer(Fleet.weighted(1, 3));
        measure(balancer, "a", 100 * MILLI);
        measure(balancer, "b", 200 * MILLI);

        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("b", 100L));
        measure(balancer, "b", 400 * MILLI);
        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("a", 100L));
    }

    @Test
    void whatIsKnownSurvivesReplacementAndIsDroppedWithTheInstance() {
        LoadBalancer balancer = balancer(Fleet.of("a", "b"));
        measure(balancer, "a", 100 * MILLI);
        measure(balancer, "b", 10 * MILLI);

        balancer.replace(List.of(Fleet.instance("b", 2), Fleet.instance("a", 2)));
        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("b", 100L));

        balancer.remove("a");
        balancer.add(Fleet.instance("a"));
        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("a", 100L)); // new: nothing is known of it
    }

    @Test
    void theStrategyMayBeSwitchedWhileCallsRun() {
        LoadBalancer balancer = Fleet.builder(LEAST_CONNECTIONS, Fleet.of("a", "b"))
                .ticker(clock)
                .random(random)
                .build();
        Lease before = balancer.acquire();
        balancer.reconfigure(Fleet.config(PEAK_EWMA), Duration.ofSeconds(1));
        assertThat(before.endpoint().inFlight()).isEqualTo(1);
        clock.advance(Duration.ofSeconds(5));
        before.close(); // not measured: nobody has read the clock when it began
        measure(balancer, "a", 100 * MILLI);
        measure(balancer, "b", 10 * MILLI);
        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("b", 100L));

        Lease across = balancer.acquire();
        balancer.reconfigure(Fleet.config(LEAST_CONNECTIONS), Duration.ofSeconds(1));
        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("a", 100L)); // the count is not lost
        across.close();

        assertThat(balancer.endpoints())
                .allSatisfy(e -> assertThat(e.inFlight()).isZero());
    }

    @Test
    void otherSettingsOfTheSameStrategyLoseNothing() {
        LoadBalancer balancer = balancer(Fleet.of("a", "b"));
        measure(balancer, "a", 100 * MILLI);
        measure(balancer, "b", 10 * MILLI);

        balancer.reconfigure(
                LoadBalancerConfig.builder()
                        .strategy(PEAK_EWMA)
                        .maxEjectionPercent(10)
                        .build(),
                Duration.ofSeconds(1));

        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("b", 100L));
    }

    @Test
    void aBoundThatTheStrategyDoesNotLookAtLosesNothing() {
        LoadBalancer balancer = balancer(Fleet.of("a", "b"));
        measure(balancer, "a", 100 * MILLI);
        measure(balancer, "b", 10 * MILLI);

        balancer.reconfigure(
                LoadBalancerConfig.builder()
                        .strategy(PEAK_EWMA)
                        .hashBalanceFactor(150)
                        .build(),
                Duration.ofSeconds(1));

        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("b", 100L));
    }

    @Test
    void eachFailureAddsASecondOrTheAverageIfThatIsMore() {
        LoadBalancer balancer = balancer(Fleet.of("a", "b"));
        measure(balancer, "a", 100 * MILLI);
        measure(balancer, "b", 900 * MILLI);
        balancer.endpoint("a").failed(); // 100 + 1,000 against 900

        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("b", 100L));
        clock.advance(Duration.ofSeconds(1));
        assertThat(Fleet.counts(balancer, 100)).isEqualTo(Map.of("a", 100L));
    }

    private LoadBalancer balancer(List<ServiceInstance> instances) {
        return Fleet.builder(PEAK_EWMA, instances).ticker(clock).random(random).build();
    }

    /** One call that took so long. The clock stands still, as seen by everybody else. */
    private static void measure(LoadBalancer balancer, String id, long nanos) {
        Candidates candidates = balancer.candidates();
        for (int i = 0; i < candidates.size(); i++) {
            if (candidates.get(i).id().equals(id)) {
                candidates.observer(i).ended(CallOutcome.SUCCESS, nanos, balancer.now());
            }
        }
    }

    private interface Latency {
        long of(String instance);
    }

    /** Calls that come at random moments, so many nanoseconds apart on average; how many each instance got. */
    private Map<String, Integer> simulate(LoadBalancer balancer, int calls, long apart, Latency latency) {
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < calls; i++) {
            clock.advance(Duration.ofNanos((long) (-Math.log(1 - random.nextDouble()) * apart)));
            Lease lease = balancer.acquire();
            counts.merge(lease.instance().id(), 1, Integer::sum);
            long takes = latency.of(lease.instance().id());
            if (takes < Long.MAX_VALUE) {
                clock.schedule(lease::close, takes);
            }
        }
        return counts;
    }
}
