package io.mesh.lab;

import io.mesh.discovery.ServiceDiscovery;
import io.mesh.loadbalancer.Lease;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.ServiceConfig;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.MeshBuilder;
import io.mesh.proxy.ServiceProxy;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The clients of the experiments. */
final class Clients {

    private Clients() {}

    /** A mesh in virtual time with one service, {@code orders}. */
    static ServiceProxy mesh(Simulation simulation, Consumer<ServiceConfig.Builder> settings) {
        return mesh(simulation, "mesh", settings);
    }

    /** The same with a source of instances named {@code registry}. */
    static ServiceProxy mesh(
            Simulation simulation, ServiceDiscovery.Factory registry, Consumer<ServiceConfig.Builder> settings) {
        return builder(simulation, "mesh", settings)
                .discovery("registry", registry)
                .build()
                .service("orders");
    }

    /** One mesh of several, each with its own chance. */
    static ServiceProxy mesh(Simulation simulation, String name, Consumer<ServiceConfig.Builder> settings) {
        return builder(simulation, name, settings).build().service("orders");
    }

    private static MeshBuilder builder(Simulation simulation, String name, Consumer<ServiceConfig.Builder> settings) {
        return Mesh.builder()
                .ticker(simulation)
                .scheduler(simulation)
                .random(simulation.random(name))
                .service("orders", settings);
    }

    /** Calls through a mesh, by one user after the other; every call may be made twice. */
    static Client through(ServiceProxy proxy, Network network) {
        Users users = new Users();
        return () -> proxy.callAsync(users.next(), network::send);
    }

    /** Calls with a load balancer and nothing else, by one user after the other, and tells it what failed. */
    static Client through(LoadBalancer balancer, Network network) {
        Users users = new Users();
        return () -> {
            Lease lease = balancer.acquire(users.next());
            CompletableFuture<String> answer = network.send(lease.instance());
            return answer.whenComplete((result, failure) -> {
                if (failure != null) {
                    lease.failed();
                }
                lease.close();
            });
        };
    }
}
