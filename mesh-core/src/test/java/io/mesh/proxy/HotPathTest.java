package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.policy.CheckedFunction;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A whole call that succeeds at once costs no allocation and no clock. */
class HotPathTest {

    private static final int CALLS = 1_000_000;
    private static final CheckedFunction<ServiceInstance, String, RuntimeException> WORK = ServiceInstance::id;

    private final AtomicLong clockReads = new AtomicLong();

    @ParameterizedTest
    @EnumSource(LoadBalancerStrategy.class)
    void aCallThatSucceedsAtOnceAllocatesNothingAndReadsNoClock(LoadBalancerStrategy strategy) {
        Mesh mesh = Mesh.builder()
                .ticker(() -> {
                    clockReads.incrementAndGet();
                    return System.nanoTime();
                })
                .service(
                        "orders",
                        s -> s.instances("a:1", "b:1", "c:1").strategy(strategy).retry(RetryConfig.defaults()))
                .build();
        ServiceProxy orders = mesh.service("orders");
        CallOptions idempotent = CallOptions.idempotent(true);
        for (int i = 0; i < 200_000; i++) {
            orders.call(idempotent, WORK);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long readsBefore = clockReads.get();
        long bytesBefore = threads.getCurrentThreadAllocatedBytes();

        for (int i = 0; i < CALLS; i++) {
            orders.call(idempotent, WORK);
        }

        // a compilation that ends meanwhile may allocate a little on this thread; a byte a call would be a million
        assertThat(threads.getCurrentThreadAllocatedBytes() - bytesBefore).isLessThan(CALLS / 100);
        assertThat(clockReads.get()).isEqualTo(readsBefore);
    }
}
