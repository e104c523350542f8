package io.mesh.spring.inject;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.Application;
import io.mesh.spring.autoconfigure.EnableMesh;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The application has a mesh of its own. */
@ExtendWith(OutputCaptureExtension.class)
class UnappliedSettingsTest {

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    static class Shop {

        @Bean
        Mesh theirs() {
            return Mesh.builder().build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    static class OrdinaryShop {}

    @ParameterizedTest
    @ValueSource(strings = {"false", "true"})
    void aBadValueStopsTheStartAlthoughItIsNotApplied(String lazy, CapturedOutput output) {
        assertThat(Application.failure(
                        output, Shop.class, "refused-value", "--spring.main.lazy-initialization=" + lazy))
                .contains("mesh.services.orders.retry.max-attempts is 0 (refused-value.yml, line 6)");
    }

    @Test
    void aKeyThatDoesNotExistStopsTheStartAlthoughItIsNotApplied(CapturedOutput output) {
        assertThat(Application.failure(output, Shop.class, "unknown-key"))
                .contains("mesh.services.orders.retry.max-retries is no setting of Mesh (unknown-key.yml, line 5).");
    }

    @Test
    void itIsSaidThatSettingsAreNotApplied(CapturedOutput output) {
        Application.start(Shop.class, "valid", "--mesh.defaults.retry.max-attempts=2", "--mesh.mode=observe")
                .close();

        assertThat(output)
                .contains(
                        "Not applied to the application's own Mesh bean 'theirs': mesh.services, mesh.defaults, mesh.mode.")
                .doesNotContain("WARN")
                .doesNotContain("only observes");
    }

    @ParameterizedTest
    @ValueSource(classes = {Shop.class, OrdinaryShop.class})
    void nothingIsSaidWhereNothingIsSetOrAllIsApplied(Class<?> application, CapturedOutput output) {
        Application.start(application, application == Shop.class ? "no-such-file" : "valid")
                .close();

        assertThat(output).contains("Started ").doesNotContain("Not applied");
    }
}
