package io.mesh.spring.autoconfigure;

import java.util.Map;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Starts contexts that have the starter. */
public final class MeshRunner {

    private MeshRunner() {}

    public static AutoConfigurations autoConfigurations() {
        return AutoConfigurations.of(
                MeshAutoConfiguration.class, AopAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class);
    }

    public static ApplicationContextRunner runner() {
        return new ApplicationContextRunner().withConfiguration(autoConfigurations());
    }

    /** With these environment variables and no others. */
    public static ApplicationContextRunner withVariables(Map<String, Object> variables) {
        return runner().withInitializer(context -> context.getEnvironment()
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables)));
    }
}
