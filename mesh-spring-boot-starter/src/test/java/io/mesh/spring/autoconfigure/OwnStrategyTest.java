package io.mesh.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.loadbalancer.Candidates;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.Picker;
import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.ServiceInstance;
import io.mesh.proxy.Mesh;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Scope;

/** A strategy of the application's own, named in the properties. */
@ExtendWith(OutputCaptureExtension.class)
class OwnStrategyTest {

    static class Last implements Picker {

        @Override
        public Endpoint pick(Candidates candidates, CallOptions options, long now) {
            return candidates.get(candidates.size() - 1);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    @Import(Strategies.class)
    static class Shop {}

    @Configuration(proxyBeanMethods = false)
    static class Strategies {

        static final List<Picker> MADE = new CopyOnWriteArrayList<>();

        @Bean
        Picker lastOne() {
            return new Last();
        }

        @Bean
        @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
        Picker ofItsOwn() {
            Last made = new Last();
            MADE.add(made);
            return made;
        }
    }

    private final ApplicationContextRunner runner = MeshRunner.runner()
            .withUserConfiguration(Strategies.class)
            .withPropertyValues("mesh.services.orders.instances=a:1,b:1", "mesh.services.stock.instances=c:1,d:1");

    @Test
    void aBeanIsTheStrategyOfTheServicesThatNameIt() {
        runner.withPropertyValues(
                        "mesh.services.orders.load-balancer.custom-strategy=lastOne",
                        "mesh.services.stock.load-balancer.strategy=consistent-hash",
                        "mesh.services.stock.load-balancer.hash-balance-factor=150")
                .run(context -> {
                    Mesh mesh = context.getBean(Mesh.class);
                    for (int i = 0; i < 4; i++) {
                        assertThat(mesh.service("orders").<String, RuntimeException>call(ServiceInstance::id))
                                .isEqualTo("b:1");
                    }
                    assertThat(mesh.service("stock").loadBalancer().config())
                            .isEqualTo(new LoadBalancerConfig(
                                    LoadBalancerStrategy.CONSISTENT_HASH,
                                    null,
                                    150,
                                    50,
                                    0,
                                    null,
                                    null,
                                    Map.of(),
                                    null));
                });
    }

    @Test
    void ofAPrototypeEachServiceHasOneOfItsOwn() {
        Strategies.MADE.clear();

        runner.withPropertyValues("mesh.defaults.load-balancer.custom-strategy=ofItsOwn")
                .run(context -> assertThat(context).hasNotFailed());

        assertThat(Strategies.MADE).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void whatIsSetNearerToTheServiceChooses() {
        runner.withPropertyValues(
                        "mesh.defaults.load-balancer.custom-strategy=lastOne",
                        "mesh.services.stock.load-balancer.strategy=random")
                .run(context -> {
                    Mesh mesh = context.getBean(Mesh.class);
                    assertThat(mesh.service("orders").loadBalancer().config().customStrategy())
                            .isEqualTo("lastOne");
                    assertThat(mesh.service("stock").loadBalancer().config())
                            .isEqualTo(new LoadBalancerConfig(
                                    LoadBalancerStrategy.RANDOM, null, 0, 50, 0, null, null, Map.of(), null));
                });
        runner.withPropertyValues(
                        "mesh.defaults.load-balancer.strategy=random",
                        "mesh.services.stock.load-balancer.custom-strategy=lastOne")
                .run(context -> assertThat(context.getBean(Mesh.class)
                                .service("stock")
                                .loadBalancer()
                                .config()
                                .customStrategy())
                        .isEqualTo("lastOne"));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    lastOn,   Did you mean lastOne?
                    byZone,   'Declare such a bean, or choose a built-in strategy with load-balancer.strategy.'
                    random,   'Declare such a bean, or choose a built-in strategy with load-balancer.strategy.'
                    """)
    void aNameOfNoStrategyStopsTheStart(String name, String mend, CapturedOutput output) {
        assertThat(Application.failure(
                        output, Shop.class, "valid", "--mesh.services.stock.load-balancer.custom-strategy=" + name))
                .contains("mesh.services.stock.load-balancer.custom-strategy is " + name + " (")
                .contains("but must be the name of a bean of type io.mesh.loadbalancer.Picker: there are lastOne,"
                        + " ofItsOwn.")
                .contains(mend);
    }

    @Test
    void aStrategyBesideABuiltInOneStopsTheStart(CapturedOutput output) {
        assertThat(Application.failure(
                        output,
                        Shop.class,
                        "valid",
                        "--mesh.services.stock.load-balancer.custom-strategy=lastOne",
                        "--mesh.services.stock.load-balancer.strategy=random"))
                .contains("mesh.services.stock.load-balancer.custom-strategy is lastOne (")
                .contains("but must not stand beside strategy: one can choose.");
    }
}
