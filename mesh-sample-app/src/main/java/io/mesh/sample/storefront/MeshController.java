package io.mesh.sample.storefront;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitState;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ServiceSnapshot;
import io.mesh.proxy.Mesh;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the mesh knows, as plain JSON. */
@RestController
class MeshController {

    private final Mesh mesh;

    MeshController(Mesh mesh) {
        this.mesh = mesh;
    }

    @GetMapping("/mesh")
    MeshView mesh() {
        return new MeshView(
                mesh.snapshot().stream().map(ServiceView::of).toList(),
                mesh.circuitBreakers().stream()
                        .map(name -> BreakerView.of(mesh.circuitBreaker(name).snapshot()))
                        .toList());
    }

    /**
     * All of it.
     *
     * @param circuitBreakers those that stand alone; each instance of a service has its own
     */
    record MeshView(List<ServiceView> services, List<BreakerView> circuitBreakers) {}

    /**
     * One service.
     *
     * @param rejected calls for which no instance was left
     * @param breaker left out if each instance has its own
     */
    record ServiceView(
            String name,
            long rejected,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            BreakerView breaker,

            List<InstanceView> instances) {

        static ServiceView of(ServiceSnapshot service) {
            return new ServiceView(
                    service.name(),
                    service.rejected(),
                    service.breaker() == null ? null : BreakerView.of(service.breaker()),
                    service.instances().stream().map(InstanceView::of).toList());
        }
    }

    /**
     * One instance.
     *
     * @param connections calls in flight
     * @param breaker null if the service has one for all
     */
    record InstanceView(
            String id,
            String address,
            int weight,
            boolean healthy,
            int connections,
            @Nullable BreakerView breaker) {

        static InstanceView of(InstanceSnapshot snapshot) {
            ServiceInstance instance = snapshot.instance();
            BreakerSnapshot breaker = snapshot.breaker();
            return new InstanceView(
                    instance.id(),
                    instance.address(),
                    instance.weight(),
                    instance.healthy(),
                    instance.connections(),
                    breaker == null ? null : BreakerView.of(breaker));
        }
    }

    /**
     * One circuit breaker.
     *
     * @param nextTrialInMillis null if calls pass, or none will until it is reset
     */
    record BreakerView(
            String name,
            CircuitState state,
            long succeeded,
            long failed,
            long rejected,
            @Nullable Long nextTrialInMillis) {

        static BreakerView of(BreakerSnapshot breaker) {
            return new BreakerView(
                    breaker.name(),
                    breaker.state(),
                    breaker.succeeded(),
                    breaker.failed(),
                    breaker.rejected(),
                    breaker.nextTrialIn() == null ? null : breaker.nextTrialIn().toMillis());
        }
    }
}
