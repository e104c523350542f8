package io.mesh.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A pick while all is well is in {@link io.mesh.HotPathTest}. */
class PickCostTest {

    private static final int PICKS = 1_000_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private long picked; // so that no pick is optimised away

    static Stream<Arguments> fleets() {
        return Stream.of(LoadBalancerStrategy.values())
                .flatMap(strategy -> Stream.of(
                        Arguments.of(strategy, Fleet.of("a")),
                        Arguments.of(strategy, Fleet.of("a", "b", "c")),
                        Arguments.of(strategy, Fleet.weighted(5, 1, 1))));
    }

    /** While failures count, ties come and go and the scan does all its work. */
    @ParameterizedTest
    @MethodSource("fleets")
    void aPickAmongPenalisedAndRestrictedEndpointsAllocatesNothingEither(
            LoadBalancerStrategy strategy, List<ServiceInstance> instances) {
        LoadBalancer balancer = Fleet.builder(strategy, instances)
                .failurePenalty(Duration.ofHours(1))
                .availability(endpoint -> new SwitchedAvailability())
                .build();
        balancer.endpoint("a").failed();
        balancer.add(Fleet.instance("z"));
        SwitchedAvailability.of(balancer, "z").free = false;
        balancer.refresh();
        run(balancer, 20_000);

        long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
        run(balancer, PICKS);
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - bytesBefore;

        assertThat((double) bytes / PICKS).isLessThan(0.1);
        assertThat(picked).isPositive();
    }

    private void run(LoadBalancer balancer, int picks) {
        for (int i = 0; i < picks; i++) {
            Endpoint endpoint = balancer.pick();
            endpoint.begin();
            if (i % 4 != 0) {
                picked += endpoint.inFlight();
                endpoint.end();
            }
        }
        balancer.endpoints().forEach(PickCostTest::endAll);
    }

    private static void endAll(Endpoint endpoint) {
        while (endpoint.inFlight() > 0) {
            endpoint.end();
        }
    }
}
