package io.mesh.lab;

import io.mesh.model.ServiceInstance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** The simulated backends of a service, and the client that sends them a call and gives up after a time. */
final class Cluster implements Network {

    private final Simulation simulation;
    private final double patienceSeconds;
    private final Map<String, Backend> backends = new LinkedHashMap<>();

    /**
     * A cluster without backends.
     *
     * @param patienceSeconds after which the client gives a call up, as an HTTP client's own timeout does
     */
    Cluster(Simulation simulation, double patienceSeconds) {
        this.simulation = simulation;
        this.patienceSeconds = patienceSeconds;
    }

    /** A cluster whose client waits for ever. */
    Cluster(Simulation simulation) {
        this(simulation, Double.POSITIVE_INFINITY);
    }

    /** Adds a backend that works on any number of calls at once. */
    ServiceInstance add(String id, Behaviour behaviour) {
        return add(id, new Backend(simulation, id, behaviour));
    }

    /** Adds a backend. */
    ServiceInstance add(String id, Backend backend) {
        backends.put(id, backend);
        return ServiceInstance.of(id, id + ".test", 8080);
    }

    /** Adds backends named {@code i0}, {@code i1} and so on. */
    List<ServiceInstance> add(int count, Behaviour behaviour) {
        return IntStream.range(0, count).mapToObj(i -> add("i" + i, behaviour)).toList();
    }

    Backend backend(String id) {
        return Objects.requireNonNull(backends.get(id), id);
    }

    Map<String, Backend> backends() {
        return backends;
    }

    /** How many calls all backends have received. */
    long received() {
        return backends.values().stream()
                .mapToLong(backend -> backend.received().total())
                .sum();
    }

    /** How many calls all backends have received from the beginning of one second to that of another. */
    long receivedBetween(int from, int to) {
        return backends.values().stream()
                .mapToLong(backend -> backend.received().between(from, to))
                .sum();
    }

    @Override
    public CompletableFuture<String> send(ServiceInstance instance) {
        CompletableFuture<String> answer = backend(instance.id()).send();
        if (patienceSeconds < Double.POSITIVE_INFINITY) {
            var timer = simulation.schedule(
                    () -> answer.completeExceptionally(new Failure("request timed out")),
                    Simulation.nanos(patienceSeconds));
            answer.whenComplete((result, failure) -> timer.cancel());
        }
        return answer;
    }
}
