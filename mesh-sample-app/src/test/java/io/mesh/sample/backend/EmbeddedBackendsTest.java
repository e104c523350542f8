package io.mesh.sample.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.proxy.Mesh;
import io.mesh.sample.ShopApplication;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;

class EmbeddedBackendsTest {

    private final List<Integer> ports = new ArrayList<>();

    @Test
    void withoutThemTheServicesAreWhereTheConfigurationSays() {
        try (ConfigurableApplicationContext context = shop("--shop.embedded-backends=false")) {
            assertThat(context.getBeanProvider(Backends.class).getIfAvailable()).isNull();
            assertThat(context.getBean(Mesh.class)
                            .service("inventory")
                            .snapshot()
                            .instances())
                    .extracting(instance -> instance.instance().address())
                    .containsExactly("localhost:8081", "localhost:8082", "localhost:8083");
        }
    }

    @Test
    void theyStopListeningWhenTheShopCloses() {
        try (ConfigurableApplicationContext context = shop()) {
            assertThat(context.getBean(Backends.class).all()).hasSize(6);
        }

        assertThatNobodyListens();
    }

    @Test
    void theyStopListeningWhenTheShopDoesNotComeUp() {
        assertThatThrownBy(() -> shop("--mesh.services.inventory.retry.max-attempts=0"))
                .hasStackTraceContaining("max-attempts");

        assertThatNobodyListens();
    }

    private ConfigurableApplicationContext shop(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--server.port=0");
        all.add("--logging.level.org.springframework.boot.diagnostics=off"); // a start that shall fail
        return new SpringApplicationBuilder(ShopApplication.class)
                .initializers(context -> rememberPort(context.getEnvironment()))
                .run(all.toArray(String[]::new));
    }

    private void rememberPort(Environment environment) {
        ports.add(environment.getRequiredProperty("mesh.services.inventory.instances[0].port", Integer.class));
    }

    private void assertThatNobodyListens() {
        assertThat(ports).isNotEmpty().allSatisfy(port -> assertThatThrownBy(
                        () -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                .isInstanceOf(ConnectException.class));
    }
}
