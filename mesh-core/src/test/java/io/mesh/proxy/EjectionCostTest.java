package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.circuitbreaker.Permit;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.ServiceConfig;
import io.mesh.model.WindowConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the end of a call costs while its instance has the evidence to be ejected, and no place is left for it: the calls
 * of half the instances, as long as the service is hurt.
 */
class EjectionCostTest {

    private static final int INSTANCES = 10_000;
    private static final int CALLS = 20_000;
    private static final int ROUNDS = 20;
    private static final int IN_A_ROW = 100_000; // so nine times as many more are denied

    /**
     * Bytes for each: the evidence of two calls and its rates, which are allocated or not as the code was compiled, are 128
     * at most; a look at the instances takes hundreds of thousands.
     */
    private static final long EVIDENCE = 256;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final IOException BROKEN = new IOException("broken");

    private final ManualClock clock = new ManualClock();
    private final Mesh mesh = Mesh.builder().ticker(clock).scheduler(clock).build();

    @AfterEach
    void close() {
        mesh.close();
    }

    static Stream<Arguments> windows() {
        return Stream.of(
                Arguments.of("window of time", WindowConfig.time(Duration.ofSeconds(10))),
                Arguments.of("window of calls", WindowConfig.count(100)));
    }

    /** By turns a failure and a success: half of the calls, which is enough. In a window of time a success is, too. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("windows")
    void withoutAPlaceTheEndOfACallAllocatesNoMoreThanItsEvidence(String name, WindowConfig window) {
        ServiceProxy orders = hurt(CircuitBreakerConfig.builder().window(window).build());

        assertAsksForNothing(orders, breaker -> {
            fail(breaker);
            succeed(breaker);
        });
    }

    @Test
    void withoutAPlaceAFailureInARowAllocatesNoMoreThanItsEvidence() {
        ServiceProxy orders =
                hurt(CircuitBreakerConfig.builder().failureThreshold(IN_A_ROW).build());

        assertAsksForNothing(orders, EjectionCostTest::fail);
    }

    private interface Ends {
        void of(CircuitBreaker breaker);
    }

    /** A service of very many instances that has no place left. */
    private ServiceProxy hurt(CircuitBreakerConfig config) {
        String[] addresses =
                IntStream.range(0, INSTANCES).mapToObj(i -> "i" + i + ":1").toArray(String[]::new);
        mesh.update(all -> all.toBuilder()
                .service(
                        "orders",
                        ServiceConfig.builder()
                                .instances(addresses)
                                .circuitBreaker(config)
                                .build())
                .build());
        ServiceProxy orders = mesh.service("orders");
        EjectionPlaces places = Objects.requireNonNull(orders.served()).places();
        while (places.taken() < INSTANCES / 2) {
            assertThat(places.tryTake()).isTrue();
        }
        return orders;
    }

    private static void fail(CircuitBreaker breaker) {
        permit(breaker).failure(BROKEN);
    }

    private static void succeed(CircuitBreaker breaker) {
        permit(breaker).success();
    }

    private static Permit permit(CircuitBreaker breaker) {
        return Objects.requireNonNull(breaker.tryAcquire());
    }

    /** Compared with a breaker that is switched off: it weighs the same evidence, and asks for no place. */
    private static void assertAsksForNothing(ServiceProxy orders, Ends ends) {
        CircuitBreaker hurt = orders.circuitBreaker("i0:1");
        CircuitBreaker off = orders.circuitBreaker("i1:1");
        off.disable();
        for (CircuitBreaker breaker : List.of(hurt, off)) {
            succeed(breaker); // not all have failed
            fail(breaker); // and always a little more than half
            fail(breaker);
            for (int i = 0; i < IN_A_ROW; i++) {
                ends.of(breaker);
            }
        }
        long leastHurt = Long.MAX_VALUE;
        long leastOff = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) { // what is compiled anew allocates for a while
            leastHurt = Math.min(leastHurt, bytesOf(ends, hurt));
            leastOff = Math.min(leastOff, bytesOf(ends, off));
        }

        assertThat((leastHurt - leastOff) / CALLS).isLessThan(EVIDENCE);
        assertThat(hurt.state()).isEqualTo(CircuitState.CLOSED);
        assertThat(off.snapshot().reason()).startsWith("would have opened"); // so the evidence is there
    }

    private static long bytesOf(Ends ends, CircuitBreaker breaker) {
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        for (int i = 0; i < CALLS; i++) {
            ends.of(breaker);
        }
        return THREADS.getThreadAllocatedBytes(thread) - before;
    }
}
