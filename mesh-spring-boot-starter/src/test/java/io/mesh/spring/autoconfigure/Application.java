package io.mesh.spring.autoconfigure;

import java.util.Map;
import org.assertj.core.api.Assertions;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Starts real applications with a file of src/test/resources as their configuration. */
public final class Application {

    private Application() {}

    public static ConfigurableApplicationContext start(Class<?> application, String file, String... arguments) {
        return new SpringApplicationBuilder(application)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=" + file, "spring.main.banner-mode=off")
                .run(arguments);
    }

    public static ConfigurableApplicationContext startWithVariables(
            Class<?> application, Map<String, Object> variables, String file) {
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
        return new SpringApplicationBuilder(application)
                .environment(environment)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=" + file, "spring.main.banner-mode=off")
                .run();
    }

    /** What the application says of its failure to start, on one line. */
    public static String failure(CapturedOutput output, Class<?> application, String file, String... arguments) {
        Assertions.assertThatThrownBy(() -> start(application, file, arguments).close())
                .isNotNull();
        String text = output.getAll();
        int failed = text.lastIndexOf("APPLICATION FAILED TO START");
        return failed < 0 ? "no analysis: " + text : text.substring(failed).replaceAll("\\s+", " ");
    }
}
