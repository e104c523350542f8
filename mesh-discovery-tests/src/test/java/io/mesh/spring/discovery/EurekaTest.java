package io.mesh.spring.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.ServiceInstance;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.netflix.eureka.server.EnableEurekaServer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * With a real Eureka server, told of instances as its own clients tell it, and its real client. The mesh polls once an
 * hour, so what it sees it sees because Spring Cloud says that there are news.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EurekaTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableEurekaServer
    static class Registry {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Shop {}

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static ConfigurableApplicationContext registry;
    private static String eureka;

    private ConfigurableApplicationContext shop;
    private ServiceProxy orders;

    @BeforeAll
    static void startRegistry() {
        registry = new SpringApplicationBuilder(Registry.class)
                .run(
                        "--server.port=0",
                        "--eureka.client.enabled=true",
                        "--eureka.client.register-with-eureka=false",
                        "--eureka.client.fetch-registry=false",
                        "--eureka.server.use-read-only-response-cache=false");
        eureka = "http://localhost:" + registry.getEnvironment().getProperty("local.server.port") + "/eureka/";
    }

    @AfterAll
    static void stopRegistry() {
        registry.close();
    }

    @BeforeEach
    void startShop() throws Exception {
        register("a", 8081, "\"weight\": \"3\", \"zone\": \"eu-1\", \"version\": \"7\"");
        shop = new SpringApplicationBuilder(Shop.class)
                .web(WebApplicationType.NONE)
                .run(
                        "--spring.application.name=shop",
                        "--eureka.client.enabled=true",
                        "--eureka.client.register-with-eureka=false",
                        "--eureka.client.registry-fetch-interval-seconds=1",
                        "--eureka.client.service-url.defaultZone=" + eureka,
                        "--mesh.services.orders.discovery.spring-cloud=orders",
                        "--mesh.services.orders.discovery.refresh-interval=1h",
                        "--mesh.services.orders.discovery.empty-grace=0s");
        orders = shop.getBean(Mesh.class).service("orders");
        eventually().untilAsserted(() -> assertThat(known()).contains("a"));
    }

    @AfterEach
    void stopShop() throws Exception {
        shop.close();
        if (registry.isActive()) {
            cancel("a");
            cancel("b");
        }
    }

    private static ConditionFactory eventually() {
        return await().atMost(Duration.ofSeconds(30));
    }

    private List<String> known() {
        return orders.loadBalancer().instances().stream()
                .map(ServiceInstance::id)
                .sorted()
                .toList();
    }

    private static void register(String id, int port, String metadata) throws Exception {
        assertThat(send("POST", "apps/ORDERS", BodyPublishers.ofString("""
                        {"instance": {"instanceId": "%s", "hostName": "localhost", "app": "ORDERS", "ipAddr": "127.0.0.1",
                          "vipAddress": "orders", "status": "UP", "port": {"$": %d, "@enabled": "true"},
                          "dataCenterInfo": {"@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo",
                          "name": "MyOwn"}, "metadata": {%s}}}
                        """.formatted(id, port, metadata))))
                .isEqualTo(204);
    }

    private static int cancel(String id) throws Exception {
        return send("DELETE", "apps/ORDERS/" + id, BodyPublishers.noBody());
    }

    private static int send(String method, String path, BodyPublisher body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(eureka + path))
                .header("Content-Type", "application/json")
                .method(method, body)
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    @Test
    @Order(1)
    void anInstanceIsFoundWithItsWeightAndAllItsMetadata() {
        assertThat(orders.<ServiceInstance, RuntimeException>call(instance -> instance))
                .satisfies(instance -> {
                    assertThat(instance.id()).isEqualTo("a");
                    assertThat(instance.address()).isEqualTo("localhost:8081");
                    assertThat(instance.weight()).isEqualTo(3);
                    assertThat(instance.metadata())
                            .containsEntry("zone", "eu-1")
                            .containsEntry("version", "7");
                });
        assertThat(orders.snapshot().discovery().source()).isEqualTo("spring-cloud orders");
    }

    @Test
    @Order(2)
    void anInstanceThatComesIsCalledAndOneThatGoesIsNotAndTheOthersKeepTheirState() throws Exception {
        CircuitBreaker breaker = orders.circuitBreaker("a");

        register("b", 8082, "");
        eventually().untilAsserted(() -> assertThat(known()).containsExactly("a", "b"));
        assertThat(orders.circuitBreaker("a")).isSameAs(breaker);
        cancel("a");

        eventually().untilAsserted(() -> assertThat(known()).containsExactly("b"));
    }

    @Test
    @Order(3)
    void anInstanceThatIsOutOfServiceIsNotCalled() throws Exception {
        register("b", 8082, "");
        eventually().untilAsserted(() -> assertThat(known()).containsExactly("a", "b"));

        send("PUT", "apps/ORDERS/b/status?value=OUT_OF_SERVICE", BodyPublishers.noBody());

        eventually().untilAsserted(() -> assertThat(known()).containsExactly("a"));
    }

    @Test
    @Order(4)
    void theLossOfTheRegistryTakesNothingAway() {
        registry.close();

        await().during(Duration.ofMillis(2_500)) // the client fetches, in vain, every second
                .atMost(Duration.ofSeconds(5))
                .until(() -> known().equals(List.of("a")));
        assertThat(orders.call(ServiceInstance::id)).isEqualTo("a");
    }
}
