package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.proxy.Mesh;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** "Beyond round robin" with a slow instance, shortened, against real HTTP servers and in the simulation. */
class RealServersTest {

    private static final int INSTANCES = 11;
    private static final int SLOW = 3;
    private static final int PER_SECOND = 200;
    private static final int SECONDS = 12;
    private static final int FROM = 3;
    private static final int TO = 9;
    private static final double USUAL_SECONDS = 0.167;
    private static final double SLOW_SECONDS = 2;
    private static final Duration IN_TIME = Duration.ofSeconds(1);
    private static final double PATIENCE_SECONDS = 1;
    private static final double TOLERANCE = 0.01;

    /** Who calls. */
    private enum Caller {
        ROUND_ROBIN_ALONE,
        LEAST_CONNECTIONS_ALONE,
        ROUND_ROBIN_IN_A_MESH;

        Client client(
                List<ServiceInstance> instances,
                Network network,
                Ticker ticker,
                Scheduler scheduler,
                RandomGenerator random) {
            return switch (this) {
                case ROUND_ROBIN_ALONE ->
                    Clients.through(balancer(LoadBalancerStrategy.ROUND_ROBIN, instances, ticker, random), network);
                case LEAST_CONNECTIONS_ALONE ->
                    Clients.through(
                            balancer(LoadBalancerStrategy.LEAST_CONNECTIONS, instances, ticker, random), network);
                case ROUND_ROBIN_IN_A_MESH ->
                    Clients.through(
                            Mesh.builder()
                                    .ticker(ticker)
                                    .scheduler(scheduler)
                                    .random(random)
                                    .service("orders", s -> s.instances(instances)
                                            .strategy(LoadBalancerStrategy.ROUND_ROBIN)
                                            .retry(RetryConfig.builder()
                                                    .attemptTimeout(Duration.ofMillis(400))
                                                    .build()))
                                    .build()
                                    .service("orders"),
                            network);
            };
        }

        private static LoadBalancer balancer(
                LoadBalancerStrategy strategy, List<ServiceInstance> instances, Ticker ticker, RandomGenerator random) {
            return LoadBalancer.builder("orders")
                    .config(LoadBalancerConfig.builder().strategy(strategy).build())
                    .instances(instances)
                    .ticker(ticker)
                    .random(random)
                    .failurePenalty(Duration.ZERO)
                    .build();
        }
    }

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
    private final List<HttpServer> servers = new ArrayList<>();
    private volatile long startedAt;

    @AfterEach
    void stop() {
        timer.shutdownNow();
        servers.forEach(server -> server.stop(0));
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    @Tag("soak") // not for its length: its figures need a machine that is not busy
    void realServersAndTheSimulationAgree(Caller caller) throws Exception {
        double simulated = simulated(caller);

        double real = real(caller);

        assertThat(real).isCloseTo(simulated, within(TOLERANCE));
    }

    private static double simulated(Caller caller) {
        Simulation simulation = new Simulation(1);
        Cluster cluster = new Cluster(simulation, PATIENCE_SECONDS);
        Behaviour usual = Behaviour.steady(USUAL_SECONDS);
        List<ServiceInstance> instances = cluster.add(INSTANCES, usual);
        cluster.backend("i" + SLOW).behave(usual.butBetween(FROM, TO, Behaviour.steady(SLOW_SECONDS)));
        Client client = caller.client(instances, cluster, simulation, simulation, simulation.random("mesh"));
        Load load = new Load(simulation, client).within(IN_TIME).even(PER_SECOND, SECONDS);
        simulation.run(SECONDS + 5);
        return load.success();
    }

    private double real(Caller caller) throws Exception {
        List<ServiceInstance> instances = new ArrayList<>();
        for (int i = 0; i < INSTANCES; i++) {
            instances.add(start(i));
        }
        HttpClient http = HttpClient.newHttpClient();
        Network network = instance -> http.sendAsync(
                        HttpRequest.newBuilder(URI.create("http://" + instance.address() + "/"))
                                .timeout(IN_TIME)
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .thenApply(HttpResponse::body);
        Client client = caller.client(instances, network, Ticker.system(), Scheduler.system(), new Random(1));
        for (int i = 0; i < INSTANCES; i++) {
            network.send(instances.get(i)).get(10, TimeUnit.SECONDS); // the first request loads classes
        }
        return call(client);
    }

    /** Calls when a call is due, and counts from then, whatever has become of those before. */
    private double call(Client client) throws Exception {
        LongAdder inTime = new LongAdder();
        List<CompletableFuture<?>> calls = new ArrayList<>();
        startedAt = System.nanoTime();
        for (int i = 0; i < SECONDS * PER_SECOND; i++) {
            long due = startedAt + Simulation.nanos((double) i / PER_SECOND);
            while (System.nanoTime() - due < 0) {
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            }
            calls.add(client.call().handle((answer, failure) -> {
                if (failure == null && System.nanoTime() - due <= IN_TIME.toNanos()) {
                    inTime.increment();
                }
                return answer;
            }));
        }
        CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new)).get(20, TimeUnit.SECONDS);
        return (double) inTime.sum() / calls.size();
    }

    private ServiceInstance start(int number) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            double seconds = number == SLOW && isSlowTime() ? SLOW_SECONDS : USUAL_SECONDS;
            timer.schedule(() -> answer(exchange), Simulation.nanos(seconds), TimeUnit.NANOSECONDS);
        });
        server.start();
        servers.add(server);
        return ServiceInstance.of("i" + number, "127.0.0.1", server.getAddress().getPort());
    }

    private boolean isSlowTime() {
        double at = (System.nanoTime() - startedAt) / 1e9;
        return startedAt != 0 && at >= FROM && at < TO;
    }

    private static void answer(HttpExchange exchange) {
        try {
            exchange.sendResponseHeaders(200, -1);
        } catch (IOException givenUp) {
            // the client no longer waits
        } finally {
            exchange.close();
        }
    }

    static void describe(Page page) {
        Table table = new Table("caller", "success in the simulation");
        for (Caller caller : Caller.values()) {
            table.row(caller.name().toLowerCase(Locale.ROOT).replace('_', ' '), Table.percent(simulated(caller)));
        }
        page.section("Against real servers").text("""
                        "Beyond round robin", shortened: eleven servers of the JDK on loopback, 200 calls a second for twelve
                        seconds, one server slow from the third to the ninth, an HTTP client that gives up after a second; in
                        the mesh `retry: {attempt-timeout: 400ms}`. `./mvnw -pl mesh-core test -Psoak -Dtest=RealServersTest`
                        makes the same run with real servers and asserts that its success is that of the simulation to within
                        one percentage point.""").table(table);
    }
}
