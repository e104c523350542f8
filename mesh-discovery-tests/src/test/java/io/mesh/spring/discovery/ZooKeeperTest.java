package io.mesh.spring.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.ServiceInstance;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.curator.test.TestingServer;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** With a real ZooKeeper, in which instances are registered as Spring Cloud registers them. */
class ZooKeeperTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Shop {}

    private static ConfigurableApplicationContext start(TestingServer zookeeper, String... arguments) {
        return new SpringApplicationBuilder(Shop.class)
                .run(Stream.concat(
                                Stream.of(
                                        "--server.port=0", // with a port it registers itself, and watches the others
                                        "--spring.application.name=shop",
                                        "--spring.cloud.zookeeper.enabled=true",
                                        "--spring.cloud.zookeeper.connect-string=" + zookeeper.getConnectString(),
                                        "--spring.cloud.zookeeper.max-retries=1",
                                        "--spring.cloud.zookeeper.session-timeout=2s",
                                        "--spring.cloud.zookeeper.connection-timeout=1s",
                                        "--mesh.services.orders.discovery.spring-cloud=orders"),
                                Stream.of(arguments))
                        .toArray(String[]::new));
    }

    private static org.apache.curator.x.discovery.ServiceInstance<ZookeeperInstance> instance(
            String id, int port, Map<String, String> metadata) throws Exception {
        return org.apache.curator.x.discovery.ServiceInstance.<ZookeeperInstance>builder()
                .id(id)
                .name("orders")
                .address("localhost")
                .port(port)
                .payload(new ZookeeperInstance(id, "orders", metadata))
                .build();
    }

    @SuppressWarnings("unchecked") // there is one, and it is of this type
    private static ServiceDiscovery<ZookeeperInstance> zookeeper(ConfigurableApplicationContext context) {
        return context.getBean(ServiceDiscovery.class);
    }

    private static ConditionFactory eventually() {
        return await().atMost(Duration.ofSeconds(30));
    }

    private static List<String> known(ServiceProxy orders) {
        return orders.loadBalancer().instances().stream()
                .map(ServiceInstance::id)
                .sorted()
                .toList();
    }

    @Test
    void instancesThatComeAndGoAreSeenAsZooKeeperTellsOfThem() throws Exception {
        try (TestingServer server = new TestingServer();
                ConfigurableApplicationContext shop =
                        start(server, "--mesh.services.orders.discovery.refresh-interval=1h")) {
            ServiceProxy orders = shop.getBean(Mesh.class).service("orders");

            zookeeper(shop).registerService(instance("a", 8081, Map.of("weight", "3", "zone", "eu-1")));
            eventually().untilAsserted(() -> assertThat(known(orders)).containsExactly("a"));
            CircuitBreaker breaker = orders.circuitBreaker("a");
            assertThat(orders.<ServiceInstance, RuntimeException>call(instance -> instance))
                    .isEqualTo(ServiceInstance.of("a", "localhost", 8081)
                            .withWeight(3)
                            .withMetadata(Map.of("weight", "3", "zone", "eu-1")));

            zookeeper(shop).registerService(instance("b", 8082, Map.of()));
            eventually().untilAsserted(() -> assertThat(known(orders)).containsExactly("a", "b"));
            assertThat(orders.circuitBreaker("a")).isSameAs(breaker);

            zookeeper(shop).unregisterService(instance("a", 8081, Map.of()));
            eventually().untilAsserted(() -> assertThat(known(orders)).containsExactly("b"));
        }
    }

    @Test
    void theLossOfZooKeeperTakesNothingAwayAndIsTold() throws Exception {
        TestingServer server = new TestingServer();
        try (ConfigurableApplicationContext shop =
                start(server, "--mesh.services.orders.discovery.refresh-interval=200ms")) {
            ServiceProxy orders = shop.getBean(Mesh.class).service("orders");
            zookeeper(shop).registerService(instance("a", 8081, Map.of()));
            eventually().untilAsserted(() -> assertThat(known(orders)).containsExactly("a"));

            server.stop();

            eventually().until(() -> orders.snapshot().discovery().lastError() != null);
            assertThat(known(orders)).containsExactly("a");
            assertThat(orders.call(ServiceInstance::id)).isEqualTo("a");

            server.restart(); // or the end of the shop would wait for it in vain
            eventually().until(() -> orders.snapshot().discovery().lastError() == null);
        } finally {
            server.close();
        }
    }
}
