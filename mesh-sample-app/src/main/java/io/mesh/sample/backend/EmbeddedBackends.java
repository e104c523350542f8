package io.mesh.sample.backend;

import java.time.Duration;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Starts the backends before the mesh is configured, and puts their addresses before every other configuration. Does
 * nothing if {@code shop.embedded-backends} is false.
 */
final class EmbeddedBackends implements ApplicationContextInitializer<GenericApplicationContext> {

    @Override
    public void initialize(GenericApplicationContext context) {
        ConfigurableEnvironment environment = context.getEnvironment();
        if (environment.getProperty("shop.embedded-backends", Boolean.class, true)) {
            Duration slowness = environment.getRequiredProperty("shop.slowness", Duration.class);
            Backends backends = new Backends(slowness);
            environment.getPropertySources().addFirst(new MapPropertySource("embeddedBackends", backends.properties()));
            register(backends, context.getDefaultListableBeanFactory());
        }
    }

    /** Their threads would keep the JVM alive, so they are closed by a context that does not come up, too. */
    private static void register(Backends backends, DefaultListableBeanFactory beans) {
        beans.registerSingleton("backends", backends);
        beans.registerDisposableBean("backends", backends::close);
    }
}
