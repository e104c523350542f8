package io.mesh.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.mesh.model.CallOptions;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.inject.MeshService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Real backends of two versions behind an injected proxy. */
class SubsetsTest {

    private static final CallOptions CANARY = CallOptions.idempotent(true).withSubset("canary");

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<HttpServer> backends = new ArrayList<>();

    record Orders(@MeshService("orders") ServiceProxy proxy) {}

    @BeforeEach
    void startBackends() throws IOException {
        for (String version : List.of("stable", "stable", "canary")) {
            HttpServer backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            backend.createContext("/", exchange -> {
                exchange.getResponseHeaders().add("Version", version);
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
            });
            backend.start();
            backends.add(backend);
        }
    }

    @AfterEach
    void stopBackends() {
        backends.forEach(backend -> backend.stop(0));
    }

    private ApplicationContextRunner shop(String... subset) {
        List<String> properties = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String instance = "mesh.services.orders.instances[" + i + "].";
            properties.add(instance + "host=localhost");
            properties.add(instance + "port=" + backends.get(i).getAddress().getPort());
            properties.add(instance + "metadata.version=" + (i < 2 ? "stable" : "canary"));
        }
        for (String setting : subset) {
            properties.add("mesh.services.orders.load-balancer.subsets.canary." + setting);
        }
        return MeshRunner.runner().withBean(Orders.class).withPropertyValues(properties.toArray(new String[0]));
    }

    private String answer(ServiceProxy orders, CallOptions options) throws Exception {
        return orders.<String, Exception>call(options, instance -> http.send(
                        HttpRequest.newBuilder(URI.create("http://" + instance.address() + "/"))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .headers()
                .firstValue("Version")
                .orElseThrow());
    }

    private Map<String, Integer> answers(ServiceProxy orders, CallOptions options, int calls) throws Exception {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < calls; i++) {
            counts.merge(answer(orders, options), 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void ofADarkLaunchOnlyCallsThatNameItComeToIt() {
        shop("metadata.version=canary", "percent=0").run(context -> {
            ServiceProxy orders = context.getBean(Orders.class).proxy();

            assertThat(answers(orders, CANARY, 20)).isEqualTo(Map.of("canary", 20));
            assertThat(answers(orders, CallOptions.defaults(), 60)).isEqualTo(Map.of("stable", 60));
        });
    }

    @Test
    void aShareOfTheCallsComesToIt() {
        shop("metadata.version=canary", "percent=50")
                .run(context -> assertThat(answers(context.getBean(Orders.class).proxy(), CallOptions.defaults(), 400)
                                .get("canary"))
                        .isBetween(140, 260)); // six sigma of 200
    }

    @Test
    void aDeadCanaryCostsARetryAndNoAnswer() {
        backends.get(2).stop(0);
        shop("metadata.version=canary", "percent=50").run(context -> {
            ServiceProxy orders = context.getBean(Orders.class).proxy();
            assertThat(answers(orders, CallOptions.defaults(), 40)).isEqualTo(Map.of("stable", 40));
            assertThat(orders.snapshot().instances())
                    .filteredOn(instance ->
                            "canary".equals(instance.instance().metadata().get("version")))
                    .singleElement()
                    .satisfies(canary -> assertThat(canary.breaker().failed()).isPositive());
        });
    }

    @Test
    void withoutAnInstanceCallsThatNameItAreRejectedUnlessTheyMayGoElsewhere() {
        shop("metadata.version=next").run(context -> assertThatThrownBy(
                        () -> answer(context.getBean(Orders.class).proxy(), CANARY))
                .isInstanceOf(NoHealthyInstanceException.class)
                .hasMessageStartingWith("Service 'orders' has no instance to call in subset 'canary': 0 known"));
        shop("metadata.version=next", "fallback=true")
                .run(context -> assertThat(answers(context.getBean(Orders.class).proxy(), CANARY, 60))
                        .containsOnlyKeys("stable", "canary"));
    }

    @Test
    void aSubsetThatThereIsNotIsRefusedWithThoseThereAre() {
        shop("metadata.version=canary").run(context -> assertThatThrownBy(() -> answer(
                        context.getBean(Orders.class).proxy(),
                        CallOptions.defaults().withSubset("canry")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Service 'orders' has no subset 'canry', but 'canary'."));
    }
}
