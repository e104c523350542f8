package io.mesh.spring.inject;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.autoconfigure.Application;
import io.mesh.spring.autoconfigure.EnableMesh;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@ExtendWith(OutputCaptureExtension.class)
class UnknownServiceTest {

    static class Misspelled {
        Misspelled(@MeshService("stok") ServiceProxy stock) {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    @Import(Misspelled.class)
    static class MisspelledShop {}

    static class Unqualified {
        Unqualified(ServiceProxy stock) {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    @Import(Unqualified.class)
    static class UnqualifiedShop {}

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    @Import(Misspelled.class)
    static class OwnMeshShop {

        @Bean
        Mesh own() {
            return Mesh.builder()
                    .service("goods", service -> service.instances("a:1"))
                    .build();
        }
    }

    @Test
    void aMisspelledServiceIsToldWithThoseConfiguredAndTheNearest(CapturedOutput output) {
        assertThat(Application.failure(output, MisspelledShop.class, "valid"))
                .contains("No service 'stok' is configured, asked for by the constructor of "
                        + Misspelled.class.getName() + ". Configured are: stock.")
                .contains("Did you mean @MeshService(\"stock\")? Otherwise configure mesh.services.stok.");
    }

    @Test
    void withoutAnyServiceItSaysWhatToConfigure(CapturedOutput output) {
        assertThat(Application.failure(output, MisspelledShop.class, "no-such-file"))
                .contains("No service is.")
                .contains("Configure mesh.services.stok.");
    }

    @Test
    void aMisspelledKeyThatMayBeWhyAServiceIsMissingIsNamedFirst(CapturedOutput output) {
        assertThat(Application.failure(
                        output,
                        MisspelledShop.class,
                        "no-such-file",
                        "--mesh.service.stok.instances=localhost:8081",
                        "--mesh.service.stok.retry.max-attempts=2"))
                .contains("Description: mesh.service.stok.instances is no setting of Mesh"
                        + " (\"mesh.service.stok.instances\" from property source \"commandLineArgs\").")
                .contains("No service 'stok' is configured, asked for by")
                .contains(
                        "Action: Did you mean mesh.services.stok.instances?"
                                + " Did you mean mesh.services.stok.retry.max-attempts? Otherwise configure mesh.services.stok.");
    }

    @Test
    void anImpossibleNameIsReportedRatherThanTheServiceThatIsMissingForIt(CapturedOutput output) {
        assertThat(Application.failure(output, MisspelledShop.class, "names"))
                .contains("'myOrders' is no name for an entry of mesh.services (names.yml, line 4)")
                .contains("Call it my-orders.")
                .doesNotContain("stok");
    }

    @Test
    void aProxyAskedForByItsTypeIsToldTheQualifierToAdd(CapturedOutput output) {
        assertThat(Application.failure(output, UnqualifiedShop.class, "valid"))
                .contains("A ServiceProxy is asked for by the constructor of " + Unqualified.class.getName()
                        + ", but not of which service.")
                .contains("Add the qualifier: @MeshService(\"stock\").");
    }

    @Test
    void withTheMeshTurnedOffThePropertyThatDidItIsNamed(CapturedOutput output) {
        assertThat(Application.failure(output, MisspelledShop.class, "turned-off"))
                .contains("A service proxy is asked for by the constructor of " + Misspelled.class.getName()
                        + ", but the mesh is turned off: mesh.enabled is false (turned-off.yml, line 2).")
                .contains("Turn the mesh on, or do without the proxy.");
    }

    @Test
    void aMeshOfTheApplicationItselfListsWhatItHas(CapturedOutput output) {
        assertThat(Application.failure(output, OwnMeshShop.class, "no-such-file"))
                .contains("No service 'stok' is configured")
                .contains("Configured are: goods.")
                .contains("Add the service 'stok' to your Mesh bean 'own', or use one of those.");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    @Import({Unqualified.class, OwnMesh.class})
    static class UnqualifiedOwnMeshShop {}

    @Configuration(proxyBeanMethods = false)
    static class OwnMesh {

        static final List<Mesh> MADE = new CopyOnWriteArrayList<>();

        @Bean
        Mesh own() {
            Mesh mesh = Mesh.builder()
                    .service("goods", service -> service.instances("a:1"))
                    .build();
            MADE.add(mesh);
            return mesh;
        }
    }

    @Test
    void aMeshOfTheApplicationItselfIsAskedForTheQualifierToAdd(CapturedOutput output) {
        assertThat(Application.failure(output, UnqualifiedOwnMeshShop.class, "valid"))
                .contains("Add the qualifier: @MeshService(\"goods\").");
        assertThat(OwnMesh.MADE).isNotEmpty().allMatch(Mesh::isClosed);
    }
}
