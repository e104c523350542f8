package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.annotation.WithRetry;
import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import jakarta.annotation.PreDestroy;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

class ShutdownTest {

    private final ApplicationContextRunner runner = MeshRunner.runner()
            .withPropertyValues("mesh.defaults.retry.initial-delay=1ms")
            .withBean(AtomicInteger.class);

    interface Registry {
        void deregister();
    }

    static class RemoteRegistry implements Registry {

        private final AtomicInteger calls;

        RemoteRegistry(AtomicInteger calls) {
            this.calls = calls;
        }

        @Override
        @WithRetry(maxAttempts = "4")
        public void deregister() {
            if (calls.incrementAndGet() < 4) {
                throw new IllegalStateException("call " + calls);
            }
        }
    }

    static class Server {

        private final Registry registry;

        Server(Registry registry) {
            this.registry = registry;
        }

        @PreDestroy
        void stop() {
            registry.deregister();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Eager {

        @Bean
        Registry registry(AtomicInteger calls) {
            return new RemoteRegistry(calls);
        }

        @Bean
        Server server(Registry registry) {
            return new Server(registry);
        }
    }

    @Test
    void whatABeanCallsAtItsEndIsStillGuarded() {
        runner.withUserConfiguration(Eager.class).run(context -> {
            AtomicInteger calls = context.getBean(AtomicInteger.class);
            Mesh mesh = context.getBean(Mesh.class);

            context.close();

            assertThat(calls).hasValue(4);
            assertThat(mesh.isClosed()).isTrue();
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Late {

        @Bean
        @Lazy
        Registry registry(AtomicInteger calls) {
            return new RemoteRegistry(calls);
        }
    }

    @Test
    void aBeanMadeAfterTheStartEndsBeforeTheMeshToo() {
        runner.withUserConfiguration(Late.class).run(context -> {
            context.getBean(Registry.class);

            assertThat(beans(context).getDependentBeans("mesh")).contains("registry");
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnMesh {

        @Bean
        Registry registry(AtomicInteger calls) {
            return new RemoteRegistry(calls);
        }

        @Bean
        Mesh own(Registry registry) {
            return Mesh.builder().build();
        }
    }

    @Test
    void aGuardedBeanThatTheMeshIsMadeOfEndsAfterTheMesh() {
        runner.withUserConfiguration(OwnMesh.class).run(context -> {
            assertThat(context).hasNotFailed();

            assertThat(beans(context).getDependentBeans("own")).doesNotContain("registry");
            assertThat(beans(context).getDependentBeans("registry")).contains("own");
        });
    }

    private static ConfigurableListableBeanFactory beans(AssertableApplicationContext context) {
        return context.getSourceApplicationContext(ConfigurableApplicationContext.class)
                .getBeanFactory();
    }
}
