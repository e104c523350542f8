package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.devtools.restart.classloader.RestartClassLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class StartTest {

    @Test
    void aWebApplicationStartsWithoutAWarning(CapturedOutput output) {
        start(WebApplicationType.SERVLET);

        assertThat(output).contains("Started ").doesNotContain("WARN").doesNotContain("not eligible");
    }

    @Test
    void aReactiveApplicationStartsWithoutAWarning(CapturedOutput output) {
        start(WebApplicationType.REACTIVE);

        assertThat(output).contains("Started ").doesNotContain("WARN").doesNotContain("not eligible");
    }

    @Test
    void aPlainApplicationStartsWithoutAWarning(CapturedOutput output) {
        start(WebApplicationType.NONE);

        assertThat(output).contains("Started ").doesNotContain("WARN").doesNotContain("not eligible");
    }

    private static void start(WebApplicationType type) {
        try (ConfigurableApplicationContext context =
                new SpringApplicationBuilder(ShopApplication.class).web(type).run("--server.port=0")) {
            assertThat(context.getBean(StockController.class).stock()).isEqualTo("localhost:8081");
            assertThat(context.getBean(Checkout.class).pay("7")).isEqualTo("7 refused 3 times");
        }
    }

    /** DevTools loads the application anew with a class loader of its own, the libraries not. */
    @Test
    void anApplicationThatDevToolsHasRestartedWorks(CapturedOutput output) throws Exception {
        URL classes =
                ShopApplication.class.getProtectionDomain().getCodeSource().getLocation();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (RestartClassLoader restarted = new RestartClassLoader(before, new URL[] {classes})) {
            thread.setContextClassLoader(restarted);
            Class<?> application = restarted.loadClass(ShopApplication.class.getName());
            assertThat(application).isNotSameAs(ShopApplication.class);

            application.getMethod("main", String[].class).invoke(null, (Object)
                    new String[] {"--spring.main.web-application-type=none"});
        } finally {
            thread.setContextClassLoader(before);
        }

        assertThat(output).contains("answer: localhost:8081").contains("answer: 7 refused 3 times");
    }
}
