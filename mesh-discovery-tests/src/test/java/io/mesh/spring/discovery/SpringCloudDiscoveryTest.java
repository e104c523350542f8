package io.mesh.spring.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.mesh.discovery.ServiceDiscovery;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;

/** With a client that the test tells what to say. */
class SpringCloudDiscoveryTest {

    private static final String DISCOVERY = "mesh.services.orders.discovery.";

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    autoConfiguration("MeshAutoConfiguration"), autoConfiguration("MeshSpringCloudAutoConfiguration")));
    private final Told client = new Told();

    private static Class<?> autoConfiguration(String name) {
        try {
            return Class.forName("io.mesh.spring.autoconfigure." + name);
        } catch (ClassNotFoundException absent) {
            throw new AssertionError(absent);
        }
    }

    private ApplicationContextRunner application() {
        return runner.withBean(DiscoveryClient.class, () -> client)
                .withPropertyValues(DISCOVERY + "spring-cloud=ORDERS", DISCOVERY + "refresh-interval=1h");
    }

    private static final class Told implements DiscoveryClient {

        volatile List<String> hosts = List.of();
        volatile RuntimeException failure;
        final Queue<String> asked = new ConcurrentLinkedQueue<>();
        final Queue<String> threads = new ConcurrentLinkedQueue<>();

        @Override
        public String description() {
            return "told by the test";
        }

        @Override
        public List<ServiceInstance> getInstances(String service) {
            asked.add(service);
            threads.add(Thread.currentThread().getName());
            if (failure != null) {
                throw failure;
            }
            List<ServiceInstance> instances = new ArrayList<>();
            hosts.forEach(host -> instances.add(new DefaultServiceInstance(host, service, host, 80, false)));
            return instances;
        }

        @Override
        public List<String> getServices() {
            return List.of("ORDERS");
        }
    }

    private static List<String> known(ServiceProxy proxy) {
        return proxy.loadBalancer().instances().stream()
                .map(io.mesh.model.ServiceInstance::id)
                .toList();
    }

    @Test
    void aServiceIsFoundUnderTheNameItHasThereOnAThreadThatMayBlock() {
        client.hosts = List.of("a", "b");

        application().run(context -> {
            ServiceProxy orders = context.getBean(Mesh.class).service("orders");

            assertThat(orders.call(io.mesh.model.ServiceInstance::host)).isIn("a", "b");
            assertThat(known(orders)).containsExactlyInAnyOrder("a", "b");
            assertThat(client.asked).containsOnly("ORDERS");
            assertThat(client.threads).allMatch(name -> name.startsWith("mesh-discovery-"));
        });
    }

    @Test
    void newsOfSpringCloudAreFollowedAtOnce() {
        client.hosts = List.of("a");

        application().run(context -> {
            ServiceProxy orders = context.getBean(Mesh.class).service("orders");
            await().untilAsserted(() -> assertThat(known(orders)).containsExactly("a"));

            client.hosts = List.of("b");
            context.publishEvent(new HeartbeatEvent(this, 1));
            await().untilAsserted(() -> assertThat(known(orders)).containsExactly("b"));

            client.hosts = List.of("c");
            context.publishEvent(new InstanceRegisteredEvent<>(this, "c"));
            await().untilAsserted(() -> assertThat(known(orders)).containsExactly("c"));
        });
    }

    @Test
    void aHeartbeatThatSaysWhatTheLastOneSaidIsNoNews() {
        client.hosts = List.of("a");

        application().run(context -> {
            ServiceProxy orders = context.getBean(Mesh.class).service("orders");
            await().untilAsserted(() -> assertThat(known(orders)).containsExactly("a"));
            context.publishEvent(new HeartbeatEvent(this, 1));
            await().until(() -> client.asked.size() == 2);

            for (int i = 0; i < 100; i++) {
                context.publishEvent(new HeartbeatEvent(this, 1));
            }
            client.hosts = List.of("b");
            context.publishEvent(new HeartbeatEvent(this, 2));

            await().untilAsserted(() -> assertThat(known(orders)).containsExactly("b"));
            assertThat(client.asked).hasSize(3);
        });
    }

    @Test
    void withoutNewsTheClientIsAskedAtEachInterval() {
        client.hosts = List.of("a");

        application().withPropertyValues(DISCOVERY + "refresh-interval=20ms").run(context -> {
            ServiceProxy orders = context.getBean(Mesh.class).service("orders");
            await().untilAsserted(() -> assertThat(known(orders)).containsExactly("a"));
            client.hosts = List.of("b");

            await().untilAsserted(() -> assertThat(known(orders)).containsExactly("b"));
        });
    }

    @Test
    void aClientThatFailsTakesNothingAway() {
        client.hosts = List.of("a");

        application().run(context -> {
            ServiceProxy orders = context.getBean(Mesh.class).service("orders");
            await().untilAsserted(() -> assertThat(known(orders)).containsExactly("a"));

            client.failure = new IllegalStateException("registry down");
            context.publishEvent(new HeartbeatEvent(this, 1));

            await().untilAsserted(() -> assertThat(orders.snapshot().discovery().lastError())
                    .isEqualTo("java.lang.IllegalStateException: registry down"));
            assertThat(orders.call(io.mesh.model.ServiceInstance::host)).isEqualTo("a");
        });
    }

    @Test
    void anApplicationThatIsClosedAsksNoMore() {
        client.hosts = List.of("a");
        SpringCloudDiscovery[] discovery = new SpringCloudDiscovery[1];

        application().run(context -> {
            discovery[0] = context.getBean(SpringCloudDiscovery.class);
            await().until(() -> !client.asked.isEmpty());
        });
        int asked = client.asked.size();
        discovery[0].onApplicationEvent(new HeartbeatEvent(this, 1));

        assertThat(client.asked).hasSize(asked);
    }

    @Test
    void withoutAClientCallsFailAndSayWhy() {
        runner.withPropertyValues(DISCOVERY + "spring-cloud=orders", DISCOVERY + "max-wait=0s")
                .run(context -> {
                    ServiceProxy orders = context.getBean(Mesh.class).service("orders");
                    await().until(() -> orders.snapshot().discovery().lastError() != null);

                    assertThat(catchThrowable(() -> orders.call(io.mesh.model.ServiceInstance::id)))
                            .isInstanceOf(NoHealthyInstanceException.class)
                            .hasMessageContaining("Discovery (spring-cloud orders) has not answered yet")
                            .hasMessageEndingWith(
                                    "There is no DiscoveryClient bean: Spring Cloud's discovery is turned off.");
                });
    }

    @Test
    void withoutSpringCloudTheApplicationDoesNotStart() {
        runner.withClassLoader(new FilteredClassLoader(DiscoveryClient.class))
                .withPropertyValues(DISCOVERY + "spring-cloud=orders")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("mesh.services.orders.discovery.spring-cloud is orders")
                        .hasMessageContaining("but Spring Cloud is not on the class path."));
    }

    @Test
    void withoutAMeshThereIsNoDiscovery() {
        application().withPropertyValues("mesh.enabled=false").run(context -> assertThat(context)
                .doesNotHaveBean(Mesh.class)
                .doesNotHaveBean(SpringCloudDiscovery.class));
    }

    @Test
    void anotherFactoryOfTheApplicationIsNotTakenForSpringClouds() {
        application()
                .withBean("mine", ServiceDiscovery.Factory.class, () -> (service, config) -> {
                    throw new AssertionError("not asked for");
                })
                .run(context -> assertThat(context).hasNotFailed());
    }
}
