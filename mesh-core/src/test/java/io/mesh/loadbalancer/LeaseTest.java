package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.LEAST_CONNECTIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseTest {

    private final List<ServiceInstance> instances = Fleet.of("a", "b");
    private final LoadBalancer balancer = Fleet.builder(LEAST_CONNECTIONS, instances)
            .random(() -> 0L)
            .ticker(new ManualClock())
            .build();
    private final Endpoint a = balancer.endpoint("a");

    @Test
    void aLeaseCountsAsAConnectionUntilItIsClosed() {
        Lease lease = balancer.acquire();
        int open = a.inFlight();
        lease.close();

        assertThat(open).isEqualTo(1);
        assertThat(a.inFlight()).isZero();
    }

    @Test
    void closingTwiceCountsOnce() {
        Lease lease = balancer.acquire();

        lease.close();
        lease.close();

        assertThat(a.inFlight()).isZero();
    }

    @Test
    void aCallThatThrowsBeforeItIsSentEndsItsLeaseOnce() {
        assertThatThrownBy(() -> {
                    try (Lease lease = balancer.acquire()) {
                        throw new IllegalStateException(lease.instance().id());
                    }
                })
                .isInstanceOf(IllegalStateException.class);

        assertThat(a.inFlight()).isZero();
    }

    @Test
    void theConfiguredObjectItselfIsHandedOut() {
        try (Lease lease = balancer.acquire()) {
            assertThat(lease.instance()).isSameAs(instances.get(0));
            assertThat(balancer.select()).isSameAs(instances.get(1));
        }
    }

    @Test
    void aLeaseKeepsTheInstanceItWasGivenForWhateverIsConfiguredLater() {
        try (Lease lease = balancer.acquire()) {
            balancer.setWeight("a", 9);

            assertThat(lease.instance()).isSameAs(instances.get(0));
            assertThat(lease.endpoint().weight()).isEqualTo(9);
        }
    }

    @Test
    void aFailedCallCountsForAWhileAfterItIsClosed() {
        Lease lease = balancer.acquire();
        lease.failed();
        lease.failed();
        lease.close();
        balancer.endpoint("b").begin();

        assertThat(a.inFlight()).isZero();
        assertThat(Fleet.counts(balancer, 10)).as("one failure, one call").containsOnlyKeys("a", "b");
        balancer.endpoint("b").end();
        assertThat(Fleet.picks(balancer, 2)).isEqualTo("b b");
    }

    @Test
    void aFailureToldAfterTheLeaseIsClosedChangesNothing() {
        Lease lease = balancer.acquire();
        lease.close();

        lease.failed();
        lease.close();

        assertThat(a.inFlight()).isZero();
        assertThat(Fleet.counts(balancer, 4)).containsOnlyKeys("a", "b");
    }

    @Test
    void selectCountsNothing() {
        balancer.select();

        assertThat(balancer.endpoints())
                .allSatisfy(e -> assertThat(e.inFlight()).isZero());
    }

    @Test
    void withoutAnInstanceThereIsNoLease() {
        balancer.replace(List.of());

        assertThatThrownBy(balancer::acquire)
                .isInstanceOf(NoHealthyInstanceException.class)
                .hasMessage("Service 'orders' has no instance to call: 0 known, 0 unhealthy, 0 ejected, 0 drained.");
    }
}
