package io.mesh.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshListener;
import io.mesh.model.CallOptions;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.proxy.Mesh;
import io.mesh.spring.properties.MeshProperties;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class MeshAutoConfigurationTest {

    private final ApplicationContextRunner runner = MeshRunner.runner()
            .withPropertyValues(
                    "mesh.services.orders.instances=", "mesh.circuit-breakers.payments.failure-threshold=1");

    @Configuration(proxyBeanMethods = false)
    static class Listeners {

        final List<MeshEvent> heard = new CopyOnWriteArrayList<>();

        @Bean
        MeshListener first() {
            return heard::add;
        }

        @Bean
        MeshListener second() {
            return heard::add;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnMesh {
        @Bean
        Mesh anyName() {
            return Mesh.builder().name("own").build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Threads {

        final List<String> hedges = new CopyOnWriteArrayList<>();

        @Bean
        Executor applicationTaskExecutor() {
            return task -> {
                hedges.add("begun");
                new Thread(task).start();
            };
        }
    }

    @Test
    void hedgesOfBlockingCallsRunOnTheTaskExecutorOfTheApplication() {
        runner.withUserConfiguration(Threads.class)
                .withPropertyValues(
                        "mesh.services.orders.instances=a:1,b:1",
                        "mesh.services.orders.hedge.delay=1h",
                        "mesh.services.orders.hedge.max-extra-load=100")
                .run(context -> {
                    AtomicInteger attempts = new AtomicInteger();

                    String result = context.getBean(Mesh.class)
                            .service("orders")
                            .call(CallOptions.idempotent(true), instance -> {
                                if (attempts.getAndIncrement() == 0) {
                                    throw new IOException("hedged at once");
                                }
                                return "hedge";
                            });

                    assertThat(result).isEqualTo("hedge");
                    assertThat(context.getBean(Threads.class).hedges).hasSize(1);
                });
    }

    @Test
    void whereNothingIsSetNoPropertiesAreRead() {
        MeshRunner.runner().run(context -> {
            ConfigurableListableBeanFactory beans = context.getBeanFactory();
            assertThat(beans.containsSingleton("mesh")).isTrue();
            assertThat(beans.getBeanNamesForType(MeshProperties.class, true, false))
                    .hasSize(1)
                    .noneMatch(beans::containsSingleton);
        });
    }

    @Test
    void everyListenerBeanHearsWhatHappens() {
        runner.withUserConfiguration(Listeners.class).run(context -> {
            context.getBean(Mesh.class).circuitBreaker("payments").forceOpen();

            assertThat(context.getBean(Listeners.class).heard).hasSize(2);
        });
    }

    @Test
    void rejectionsHaveAStackTraceIfAskedFor() {
        runner.run(context -> assertThatThrownBy(
                        () -> context.getBean(Mesh.class).service("orders").run(instance -> {}))
                .isInstanceOf(NoHealthyInstanceException.class)
                .satisfies(rejected -> assertThat(rejected.getStackTrace()).isEmpty()));
        runner.withPropertyValues("mesh.stack-traces=true").run(context -> assertThatThrownBy(
                        () -> context.getBean(Mesh.class).service("orders").run(instance -> {}))
                .satisfies(rejected -> assertThat(rejected.getStackTrace()).isNotEmpty()));
    }

    @Test
    void aMeshOfTheApplicationItselfTakesThePlace() {
        runner.withUserConfiguration(OwnMesh.class).run(context -> {
            assertThat(context).hasNotFailed().hasSingleBean(Mesh.class);
            assertThat(context.getBean(Mesh.class).name()).isEqualTo("own");
        });
    }

    @Test
    void turnedOffThereIsNoMeshAndNoPropertyIsChecked() {
        runner.withPropertyValues("mesh.enabled=false", "mesh.services.orders.retry.max-attempts=0")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Mesh.class));
    }

    @ParameterizedTest
    @CsvSource({"true, true", "TRUE, true", "yes, true", "on, true", "false, false", "No, false", "off, false"})
    void theSwitchIsReadAsBootReadsBooleans(String written, boolean on) {
        runner.withPropertyValues("mesh.enabled=${switch}", "switch=" + written)
                .run(context -> assertThat(context.getBeansOfType(Mesh.class)).hasSize(on ? 1 : 0));
    }

    @Test
    void webApplicationsHaveTheMeshToo() {
        new WebApplicationContextRunner()
                .withConfiguration(MeshRunner.autoConfigurations())
                .run(context -> assertThat(context).hasSingleBean(Mesh.class));
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(MeshRunner.autoConfigurations())
                .run(context -> assertThat(context).hasSingleBean(Mesh.class));
    }
}
