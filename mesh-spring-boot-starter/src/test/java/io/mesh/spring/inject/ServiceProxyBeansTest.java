package io.mesh.spring.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class ServiceProxyBeansTest {

    private final ApplicationContextRunner shop = MeshRunner.runner()
            .withPropertyValues(
                    "mesh.services.orders.instances=localhost:8081",
                    "mesh.services.order-history.instances=localhost:8082");

    record ByConstructor(
            @MeshService("orders") ServiceProxy orders,
            @Qualifier("order-history") ServiceProxy history) {}

    static class ByFieldAndMethod {

        @Autowired
        @MeshService("orders")
        ServiceProxy orders;

        ServiceProxy history;

        @Autowired
        void setHistory(@MeshService("order-history") ServiceProxy history) {
            this.history = history;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnOrders {

        @Bean
        String orders() {
            return "mine";
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnMesh {

        @Bean
        Mesh theirs() {
            return Mesh.builder()
                    .service("orders", service -> service.instances("own:1"))
                    .service("stock", service -> service.instances("own:2"))
                    .build();
        }
    }

    record WantsStock(@MeshService("stock") ServiceProxy stock) {}

    @Test
    void aProxyIsInjectedByEitherQualifier() {
        shop.withBean(ByConstructor.class).run(context -> {
            ByConstructor injected = context.getBean(ByConstructor.class);
            Mesh mesh = context.getBean(Mesh.class);

            assertThat(injected.orders()).isSameAs(mesh.service("orders"));
            assertThat(injected.history()).isSameAs(mesh.service("order-history"));
        });
    }

    @Test
    void fieldsAndMethodsAreInjectedToo() {
        shop.withBean(ByFieldAndMethod.class).run(context -> {
            ByFieldAndMethod injected = context.getBean(ByFieldAndMethod.class);

            assertThat(injected.orders.name()).isEqualTo("orders");
            assertThat(injected.history.name()).isEqualTo("order-history");
        });
    }

    @Test
    void aProxyIsNotInjectedByItsTypeAloneEvenIfThereIsOneOnly() {
        MeshRunner.runner()
                .withPropertyValues("mesh.services.orders.instances=a:1")
                .run(context -> {
                    assertThatThrownBy(() -> context.getBeanFactory().createBean(ByType.class))
                            .hasRootCauseInstanceOf(NoSuchBeanDefinitionException.class);
                    assertThat(context.getBeanProvider(ServiceProxy.class).getIfAvailable())
                            .isNotNull(); // programmatic look-up by type is Spring's own affair
                });
    }

    record ByType(ServiceProxy payments) {}

    @Test
    void aBeanOfTheApplicationCalledLikeAServiceStaysWhatItIs() {
        shop.withUserConfiguration(OwnOrders.class)
                .withBean(ByConstructor.class)
                .run(context -> {
                    assertThat(context.getBean("orders")).isEqualTo("mine");
                    assertThat(context.getBean(ByConstructor.class).orders().name())
                            .isEqualTo("orders");
                });
    }

    @Test
    void theMeshOfTheApplicationItselfIsUsedWhateverItsBeanIsCalled() {
        shop.withUserConfiguration(OwnMesh.class).withBean(WantsStock.class).run(context -> {
            assertThat(context).hasSingleBean(Mesh.class);
            assertThat(context.getBean(WantsStock.class).stock())
                    .isSameAs(context.getBean("theirs", Mesh.class).service("stock"));
        });
    }

    record WantsByQualifier(
            @Qualifier("stock") ServiceProxy stock,
            @Qualifier("orders") ObjectProvider<ServiceProxy> orders) {}

    static class WantsByMethod {

        ServiceProxy stock;

        @Autowired
        @Qualifier("stock")
        void setStock(ServiceProxy stock) {
            this.stock = stock;
        }
    }

    @Test
    void theMeshOfTheApplicationItselfIsAskedByEitherQualifier() {
        MeshRunner.runner()
                .withUserConfiguration(OwnMesh.class)
                .withBean(WantsByQualifier.class)
                .withBean(WantsByMethod.class)
                .run(context -> {
                    Mesh mesh = context.getBean(Mesh.class);
                    WantsByQualifier injected = context.getBean(WantsByQualifier.class);

                    assertThat(injected.stock()).isSameAs(mesh.service("stock"));
                    assertThat(injected.orders().getObject()).isSameAs(mesh.service("orders"));
                    assertThat(context.getBean(WantsByMethod.class).stock).isSameAs(mesh.service("stock"));
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnProxies {

        @Bean
        @Qualifier("stock")
        ServiceProxy mine(Mesh mesh) {
            return mesh.service("orders");
        }
    }

    @Test
    void aProxyThatTheApplicationHasUnderThatQualifierStaysTheOnlyOne() {
        MeshRunner.runner()
                .withUserConfiguration(OwnMesh.class, OwnProxies.class)
                .withBean(WantsByMethod.class)
                .run(context -> assertThat(
                                context.getBean(WantsByMethod.class).stock.name())
                        .isEqualTo("orders"));
    }

    @Test
    void withTheMeshTurnedOffThereIsNothing() {
        shop.withPropertyValues("mesh.enabled=false").run(context -> {
            assertThat(context).doesNotHaveBean(Mesh.class).doesNotHaveBean(ServiceProxy.class);
            assertThat(context.getBeanNamesForType(Object.class)).noneMatch(name -> name.startsWith("mesh."));
        });
    }

    @Test
    void theMeshIsClosedWithTheContext() {
        Mesh[] mesh = new Mesh[1];
        shop.run(context -> mesh[0] = context.getBean(Mesh.class));

        assertThat(mesh[0].isClosed()).isTrue();
    }

    @Test
    void aServiceKnownAtRunTimeOnlyIsFoundInTheMesh() {
        shop.run(context -> {
            Map<String, ServiceProxy> proxies = context.getBeansOfType(ServiceProxy.class);

            assertThat(context.getBean(Mesh.class).service("order-history"))
                    .isSameAs(proxies.get("mesh.service.order-history"));
        });
    }
}
